"""POST /graphql, and GET for browsers and for queries in the URL: GraphQL over HTTP, with JSON in every answer.

Which status goes with what (GraphQL over HTTP, working draft of 2025, sections 6.3 and 6.4): a request that is not
GraphQL at all has a 4xx of its own; a GraphQL request that could not be executed is 400 for clients that accept
application/graphql-response+json and 200 for those that know only application/json; everything else is 200.

A bare ASGI application: what a framework does for each request would take as long as a point read does.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from app.connectors.freshness import LiveReads
from app.connectors.registry import Registry
from app.domain.actor import Actor, ActorKind
from app.execution.connections import Connections
from app.execution.engine import Engine, Way, refused
from app.execution.errors import BadUserInput, LimitExceeded, TimedOut, internal
from app.execution.limits import Sizes
from app.execution.operations import NotExecutable, Operation
from app.http import graphiql
from app.http.documents import DocumentRefused, Documents
from app.http.graphql_request import (
    GRAPHQL_RESPONSE,
    JSON,
    MULTIPART,
    GraphQLRequest,
    NotGraphQL,
    from_body,
    from_url,
    media_type_for,
)
from app.http.incremental import PartedAnswer, form_for
from app.http.metrics import Metrics, Outcome
from app.http.supervision import Supervised
from app.resolvers.context import Context
from app.schema import QUERY_CHARACTERS_MAX, stored_types
from app.workflows.work import Work

ENGINE = "Junction-Engine"
"""The response header says which of the two answered, plan or interpreter."""
ANSWERING_S = 0.5
ANSWERING_SHARE_MAX = 0.25
"""Of the time for a request, kept from outside systems so that one of them cannot use up all of it."""
KINDS_BY_METHOD = {
    "GET": frozenset({OperationType.QUERY}),
    "HEAD": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}


@dataclass(frozen=True, slots=True)
class Limits:
    body_bytes_max: int
    request_timeout_s: float
    sizes: Sizes
    may_choose_engine: bool = False
    """Whether the request header Junction-Engine, plan or interpreter, forces one way; for the demo and tests."""

    @property
    def sources_timeout_s(self) -> float:
        """All that outside systems may take of a request: what is left then is for answering with all the rest."""
        return self.request_timeout_s - min(ANSWERING_S, self.request_timeout_s * ANSWERING_SHARE_MAX)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    connections: Connections
    reads: LiveReads
    registry: Registry
    work: Work


@dataclass(frozen=True, slots=True)
class _Response:
    body: bytes
    status: int = 200
    way: Way | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    parted: PartedAnswer | None = None
    """What has been sent already, in parts."""

    @property
    def outcome(self) -> Outcome:
        if self.way is None:
            return "refused"
        if self.parted is not None:
            return "errors" if self.parted.has_errors else "ok"
        return "errors" if self.body.startswith(_ERRORS) else "ok"


class GraphQLEndpoint:
    """An ASGI application."""

    def __init__(
        self, engine: Engine, documents: Documents, metrics: Metrics, sources: Sources, limits: Limits
    ) -> None:
        self._engine = engine
        self._documents = documents
        self._metrics = metrics
        self._sources = sources
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        accepted = headers.get(b"accept", b"*/*").decode("latin-1")
        if "text/html" in accepted and scope["method"] in ("GET", "HEAD") and not _asks(scope["query_string"]):
            await graphiql.page(Request(scope))(scope, receive, send)
            return
        media_type = media_type_for(accepted)
        if media_type is None:
            refusal = NotGraphQL(406, f"Answers come as {GRAPHQL_RESPONSE} or {JSON}: name one of them in Accept.")
            await _send(_not_graphql(refusal), JSON, send)
            return
        form = form_for(accepted)
        parted = None if form is None else PartedAnswer(form, send)
        response = await self._respond(scope, headers, media_type, parted, receive)
        if response is not None and response.parted is None:
            await _send(response, media_type, send)

    async def _respond(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        media_type: str,
        parted: PartedAnswer | None,
        receive: Receive,
    ) -> _Response | None:
        """None when the client has left."""
        asked: GraphQLRequest | None = None
        response: _Response | None = None
        started_s = time.perf_counter()
        deadline = time.monotonic() + self._limits.sources_timeout_s
        try:
            with Supervised(receive, self._limits.request_timeout_s) as supervised:
                asked = await self._read(scope, headers, receive)
                supervised.body_is_read()
                way = self._forced(headers)
                response = await self._answered(asked, scope["method"], way, media_type, parted, deadline)
        except NotGraphQL as refusal:
            response = _not_graphql(refusal)
        except ClientDisconnect:
            return None
        except TimeoutError:
            response = await self._too_slow(parted, is_body_read=asked is not None)
        if response is not None:
            self._metrics.observe(response.way, response.outcome, time.perf_counter() - started_s)
        return response

    def _forced(self, headers: Mapping[bytes, bytes]) -> Way | None:
        named = headers.get(_ENGINE_HEADER) if self._limits.may_choose_engine else None
        return None if named is None else _WAYS.get(named)

    async def _read(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> GraphQLRequest:
        if scope["method"] in ("GET", "HEAD"):
            return from_url(scope["query_string"])
        if scope["method"] != "POST":
            raise NotGraphQL(405, "Send a POST, or a GET with the query in the URL.", {"Allow": "GET, POST"})
        body = await self._body(receive)
        return from_body(headers.get(b"content-type", b"").decode("latin-1"), body)

    async def _body(self, receive: Receive) -> bytes:
        """Raises NotGraphQL and ClientDisconnect."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes_max:
                raise NotGraphQL(413, f"The body may have {self._limits.body_bytes_max} bytes at most.")
            if not message.get("more_body", False):
                return bytes(body)

    async def _answered(
        self,
        asked: GraphQLRequest,
        method: str,
        way: Way | None,
        media_type: str,
        parted: PartedAnswer | None,
        deadline: float,
    ) -> _Response:
        try:
            text = self._text(asked)
            operation = self._engine.operation(text, asked.operation_name)
            _require_allowed(operation, method)
            async with self._context(deadline) as context:
                answering = self._engine.traced_answer if asked.wants_plan else self._engine.answer
                given = asked.variables or {}
                answer = await answering(text, operation, given, context, way, in_parts=parted is not None)
                if parted is not None and answer.parts is not None:
                    await parted.send_all(answer.parts, _headers(parted.media_type, answer.way))
                    return _Response(b"", way=answer.way, parted=parted)
        except DocumentRefused as exc:
            status = exc.status if media_type == GRAPHQL_RESPONSE else exc.status_as_json
            return _Response(_errors(str(exc), exc.extensions), status)
        except NotExecutable as exc:
            answer = refused(exc.errors)
        except NotGraphQL as exc:
            return _not_graphql(exc)
        except Exception as exc:  # noqa: BLE001 - the last line: what broke is logged, and the client gets its id
            return await _failed(internal(exc), parted, 500)
        status = 400 if not answer.is_executed and media_type == GRAPHQL_RESPONSE else 200
        return _Response(answer.body, status, answer.way)

    async def _too_slow(self, parted: PartedAnswer | None, *, is_body_read: bool) -> _Response:
        timeout_s = self._limits.request_timeout_s
        if not is_body_read:
            message = f"The body took longer than {timeout_s:g} s to arrive."
            return _not_graphql(NotGraphQL(408, message, {"Connection": "close"}))
        message = f"The answer took longer than {timeout_s:g} s and was stopped."
        return await _failed({"message": message, "extensions": TimedOut(message).extensions}, parted)

    def _text(self, asked: GraphQLRequest) -> str:
        """Raises DocumentRefused and NotExecutable."""
        if asked.query is not None and len(asked.query) > QUERY_CHARACTERS_MAX:
            # Also because texts are remembered: what one of them may hold bounds what all of them do.
            too_long = f"The query may have {QUERY_CHARACTERS_MAX:,} characters at most: send values as variables."
            raise NotExecutable([GraphQLError(too_long, extensions={"code": LimitExceeded.code})])
        return self._documents.find(asked.query, asked.document_id, asked.extensions)

    def _context(self, deadline: float) -> Context:
        return Context(
            connections=self._sources.connections,
            types=stored_types,
            sizes=self._limits.sizes,
            reads=self._sources.reads,
            registry=self._sources.registry,
            work=self._sources.work,
            actor=ANYONE,
            sources_deadline=deadline,
        )


ANYONE = Actor(ActorKind.AGENT, "anonymous")
"""As long as nobody has to say who they are."""
_ERRORS = b'{"errors"'
_ENGINE_HEADER = ENGINE.lower().encode()
_WAYS = {each.encode(): each for each in Way}
_FIXED_HEADERS = (
    # An answer is one client's, and nothing but the media type it names.
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept"),
)


async def _send(response: _Response, media_type: str, send: Send) -> None:
    headers = [
        *_headers(media_type, response.way),
        *((name.lower().encode(), value.encode()) for name, value in response.headers.items()),
        (b"content-length", b"%d" % len(response.body)),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


@cache
def _headers(media_type: str, way: Way | None) -> tuple[tuple[bytes, bytes], ...]:
    engine = () if way is None else ((_ENGINE_HEADER, way.encode()),)
    named = media_type if media_type.startswith(MULTIPART) else f"{media_type}; charset=utf-8"
    return ((b"content-type", named.encode()), *_FIXED_HEADERS, *engine)


def _asks(query_string: bytes) -> bool:
    """Whether a GET asks something, rather than for the page to ask with."""
    return any(name in query_string for name in (b"query=", b"documentId=", b"extensions="))


def _require_allowed(operation: Operation, method: str) -> None:
    """Raises NotGraphQL and NotExecutable."""
    if operation.type in KINDS_BY_METHOD[method]:
        return
    kind = f"{operation.type.value}s".capitalize()
    if operation.type in KINDS_BY_METHOD["POST"]:
        raise NotGraphQL(405, f"{kind} need a POST.", {"Allow": "POST"})
    raise NotExecutable([GraphQLError(f"{kind} are not answered here.")])


def _not_graphql(refusal: NotGraphQL) -> _Response:
    body = _errors(str(refusal), {"code": BadUserInput.code})
    return _Response(body, refusal.status, headers=refusal.headers)


async def _failed(error: dict[str, Any], parted: PartedAnswer | None, status: int = 200) -> _Response:
    if parted is None or not parted.has_begun:
        return _Response(orjson.dumps({"errors": [error]}), status)
    await parted.fail(error)
    return _Response(b"", way=Way.INTERPRETER, parted=parted)


def _errors(message: str, extensions: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
