"""One request to the Admin GraphQL API: the document goes out, the data comes back, or what Shopify says instead."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import msgspec

from app.connectors.contract import SourceGarbled, SourceRefused, SourceUnavailable
from app.connectors.manifest import Manifest
from app.connectors.request import Answer, Request
from app.connectors.shopify.auth import authorizer
from app.connectors.shopify.envelope import Cost, Envelope, open_envelope
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

T = TypeVar("T")
Node = dict[str, Any]
"""An object as received."""


class PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class Connection(msgspec.Struct, rename="camel"):
    nodes: list[Node]
    page_info: PageInfo


class _Nodes(msgspec.Struct):
    nodes: list[Node | None]


class _Node(msgspec.Struct):
    node: Node | None


class UserError(msgspec.Struct):
    message: str
    code: str | None = None


WORDS = {
    "currently in progress": "IDEMPOTENCY_CONCURRENT_REQUEST",
    "different operation parameters": "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
}
"""Of mutations whose errors have no code (refundCreate): as Shopify's schema words the codes that others have."""


class Payload(msgspec.Struct, rename="camel", kw_only=True):
    user_errors: list[UserError]


P = TypeVar("P", bound=Payload)


class _Payload(msgspec.Struct, Generic[P]):
    payload: P


class Api:
    def __init__(self, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.source_key = transport.source_key
        self.manifest = manifest
        self.base_url = config.base_url.rstrip("/")
        self._transport = transport
        self.skus: dict[str, str] = {}
        """By the number of the inventory item, as far as this process has read them: events name the item alone."""
        self._costs: dict[str, float] = {}
        """Points that each document was found to cost at most."""
        self._authorizer = authorizer(config, transport)
        self._path = f"/admin/api/{manifest.api_version}/graphql.json"

    async def query(self, document: str, variables: Mapping[str, object], shape: type[T], *, deadline: float) -> T:
        # A query by POST changes nothing, so it may be repeated.
        return await self._send(document, variables, shape, deadline=deadline, repeatable=True)

    async def change(
        self, document: str, variables: Mapping[str, object], shape: type[P], *, deadline: float, repeatable: bool
    ) -> P:
        """A mutation whose one field is called `payload`: what came of it, with `user_errors` where Shopify refused.

        Raises SourceUnavailable where the same request is still being carried out, and SourceRefused for a key that
        was used for another.
        """
        sent = self._send(document, variables, _Payload[shape], deadline=deadline, repeatable=repeatable)  # type: ignore[valid-type]
        payload: P = (await sent).payload
        for error in payload.user_errors:
            match error.code or _code_in(error.message):
                case "IDEMPOTENCY_CONCURRENT_REQUEST" | "SERVICE_UNAVAILABLE" as code:
                    raise SourceUnavailable(self.source_key, f"{self.source_key} is still at work ({code})")
                case "IDEMPOTENCY_KEY_PARAMETER_MISMATCH" as code:
                    message = f"{self.source_key} has seen this key with another request"
                    raise SourceRefused(self.source_key, message, code=code)
        return payload

    async def nodes(self, document: str, ids: Sequence[str], *, deadline: float) -> dict[str, Node]:
        """Of a document that takes `$ids` and asks for `nodes`; by the id asked for, none for an unknown one."""
        found = await self.query(document, {"ids": ids}, _Nodes, deadline=deadline)
        if len(found.nodes) != len(ids):
            raise self.garbled("a list")
        return {id_: node for id_, node in zip(ids, found.nodes, strict=True) if node}

    async def node(self, document: str, variables: Mapping[str, object], *, deadline: float) -> Node | None:
        """Of a document that asks for one `node`; None for one that is no more."""
        return (await self.query(document, variables, _Node, deadline=deadline)).node

    async def items(
        self, document: str, id_: str, connection: str, after: str | None, *, deadline: float
    ) -> AsyncIterator[Node]:
        """All of a node's connection behind `after`, by a document that takes `$id` and `$after`."""
        while True:
            node = await self.node(document, {"id": id_, "after": after}, deadline=deadline)
            if node is None:
                return
            page = self.convert(node.get(connection), Connection, "a page")
            for each in page.nodes:
                yield each
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor

    async def fill(self, node: Node, connection: str, document: str, *, deadline: float) -> None:
        """Adds the pages of a connection that follow the node's first. Raises SourceGarbled where it has none."""
        page = self.convert(node.get(connection), Connection, "a page").page_info
        if page.has_next_page:
            rest = self.items(document, node["id"], connection, page.end_cursor, deadline=deadline)
            node[connection]["nodes"] += [each async for each in rest]

    async def _send(
        self, document: str, variables: Mapping[str, object], shape: type[T], *, deadline: float, repeatable: bool
    ) -> T:
        name = _named(document)
        request = Request(
            "POST",
            self._path,
            json={"query": document, "variables": variables},
            repeatable=repeatable,
            name=name,
            cost=self._costs.get(name, 1.0),
        )

        def read(answer: Answer) -> T:
            envelope = answer.decode(Envelope[shape])  # type: ignore[valid-type]
            self._learn(name, request.cost, envelope.extensions.cost)
            return open_envelope(self.source_key, envelope)

        return await self._transport.send(request, read, deadline=deadline, authorizer=self._authorizer)

    def _learn(self, name: str, taken: float, cost: Cost | None) -> None:
        """What Shopify wants for a document, and how much its bucket holds: later requests wait for their points."""
        if cost is None:
            return
        # What is left is told in whole points, so one more is waited for.
        self._costs[name] = max(cost.requested_query_cost + 1, self._costs.get(name, 0.0))
        bucket = cost.throttle_status
        if bucket.restore_rate > 0:
            # This request still counts as under way, while Shopify has counted it already.
            self._transport.correct_rate(
                bucket.currently_available + taken, per_s=bucket.restore_rate, most=bucket.maximum_available
            )

    def convert(self, value: object, shape: type[T], what: str) -> T:
        """Raises SourceGarbled, saying what could not be read."""
        try:
            return msgspec.convert(value, shape)
        except msgspec.ValidationError as exc:
            raise self.garbled(what) from exc

    @contextmanager
    def readable(self, what: str) -> Iterator[None]:
        """Around what is read out of values: those that make no sense are SourceGarbled."""
        try:
            yield
        except (msgspec.ValidationError, ValueError) as exc:
            raise self.garbled(what) from exc

    def garbled(self, what: str) -> SourceGarbled:
        return SourceGarbled(self.source_key, f"{self.source_key} sent {what} that cannot be read")


def _code_in(message: str) -> str | None:
    return next((code for words, code in WORDS.items() if words in message), None)


def _named(document: str) -> str:
    """`query Orders`, for logs."""
    return re.split(r"[({]", document, maxsplit=1)[0].strip()
