"""What a client asks, read from the body of a POST or the URL of a GET, and in which form it wants the answer."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import msgspec

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
MULTIPART = "multipart/mixed"


class GraphQLRequest(msgspec.Struct, rename="camel"):
    """`query`, or the name of a stored one in `document_id` or `extensions`. All but one of them may be null."""

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None

    @property
    def wants_plan(self) -> bool:
        """Whether the answer should say how it came about, in `extensions.plan`."""
        return self.extensions is not None and self.extensions.get("plan") is True


class NotGraphQL(Exception):
    """A request that is no GraphQL request: `status` and a sentence on what to send instead."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


_DECODER = msgspec.json.Decoder(GraphQLRequest)
_OBJECT = msgspec.json.Decoder(dict[str, Any] | None)


def from_body(content_type: str, body: bytes) -> GraphQLRequest:
    """Raises NotGraphQL."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise NotGraphQL(415, "Send the request as JSON, with Content-Type: application/json.")
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise NotGraphQL(400, f"The body is not a GraphQL request: {exc}.") from exc


def from_url(query_string: bytes) -> GraphQLRequest:
    """Raises NotGraphQL."""
    given = {name: values[-1] for name, values in parse_qs(query_string.decode("ascii", "replace")).items()}
    return GraphQLRequest(
        given.get("query"),
        given.get("documentId"),
        given.get("operationName"),
        _object(given, "variables"),
        _object(given, "extensions"),
    )


@lru_cache(maxsize=256)
def media_type_for(accepted: str) -> str | None:
    """The media type of an answer that comes at once; None when neither will do.

    application/json for clients that take anything, or multipart/mixed: in parts comes only what is deferred.
    """
    ranges = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    if GRAPHQL_RESPONSE in ranges:
        return GRAPHQL_RESPONSE
    return JSON if {JSON, "application/*", "*/*", MULTIPART} & set(ranges) else None


def _object(given: Mapping[str, str], name: str) -> dict[str, Any] | None:
    if not given.get(name):
        return None
    try:
        found: dict[str, Any] | None = _OBJECT.decode(given[name])
    except (msgspec.DecodeError, RecursionError) as exc:
        raise NotGraphQL(400, f"The parameter {name} is not a JSON object: {exc}.") from exc
    return found
