"""Sees every exchange between our connectors and the sandbox, during the whole suite, and holds it against its vendor.

It sits where requests leave for the network, below everything of ours: in the HTTP client's own transports. Exchanges
of one kind are looked at once: those that differ in nothing but numbers and names.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx2

from app.connectors.transport import USER_AGENT
from app.sandbox.faults import FAULT_HEADER
from tests.specifications.exchange import Exchange, Specification, Violation

_NUMBERS = re.compile(r"[0-9][0-9A-Za-z.:+-]*")


class Recorder:
    def __init__(self, specifications: Mapping[str, Specification]) -> None:
        """By vendor."""
        self._specifications = specifications
        self._seen: set[str] = set()
        self._unjudged: list[Exchange] = []
        self.looked_at: dict[str, int] = dict.fromkeys(specifications, 0)

    def record(self, exchange: Exchange) -> None:
        """Keeps it for `take`: judging, and reading the specification before it, would hold up what is listened to."""
        if exchange.vendor not in self._specifications or (kind := _kind(exchange)) in self._seen:
            return
        self._seen.add(kind)
        self._unjudged.append(exchange)

    def take(self) -> set[Violation]:
        """What is found in the exchanges since the last call."""
        unjudged, self._unjudged = self._unjudged, []
        return {violation for exchange in unjudged for violation in self._judged(exchange)}

    def _judged(self, exchange: Exchange) -> set[Violation]:
        specification = self._specifications[exchange.vendor]
        self.looked_at[exchange.vendor] += 1
        try:
            found = set(specification.violations(exchange))
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is a violation of this exchange
            found = {Violation(f"{exchange.method} {exchange.path}", "", "unreadable", repr(exc))}
        return found - specification.defects


def _kind(exchange: Exchange) -> str:
    """Words and types, without numbers."""
    parts = [exchange.vendor, exchange.method, exchange.path, exchange.status, exchange.query, *exchange.headers]
    return _NUMBERS.sub("#", json.dumps([*parts, _shape(exchange.content), _shape(exchange.answer_content)]))


def _shape(content: bytes) -> object:
    try:
        return _shape_of(json.loads(content))
    except ValueError:
        return content.decode(errors="replace")


def _shape_of(value: Any) -> object:
    match value:
        case dict():
            return {name: _shape_of(each) for name, each in value.items()}
        case list():
            # Of a list's items the kinds count, not how many there are.
            return sorted({json.dumps(_shape_of(each)) for each in value})
        case str():
            # What looks like a word of the vendor's, of which there are few, counts as itself.
            return value if re.fullmatch("[A-Z_]{1,40}|[a-z_]{1,25}", value) else f"text of {len(value)}"
    return type(value).__name__


def exchange_of(request: httpx2.Request, response: httpx2.Response) -> Exchange:
    """Both read to their end. The host names the vendor, as in http://stripe.test, or the path before its own does."""
    host, path = (request.url.host or "").partition(".")[0], request.url.path
    first, _, rest = path.lstrip("/").partition("/")
    vendor, path = (host, path) if host != "127" else (first.partition("_")[0], f"/{rest}")
    return Exchange(
        vendor=vendor,
        method=request.method,
        path=path,
        query=tuple(request.url.params.multi_items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        content=request.content,
        status=response.status_code,
        answer_headers={name.lower(): value for name, value in response.headers.items()},
        answer_content=response.content,
    )


class _Heard(httpx2.AsyncByteStream):
    """An answer on its way, whose bytes are told once it has been read to its end."""

    def __init__(self, stream: httpx2.AsyncByteStream, whole: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._whole = whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = bytearray()
        async for part in self._stream:
            body += part
            yield part
        self._whole(bytes(body))

    async def aclose(self) -> None:
        await self._stream.aclose()


Handle = Callable[[Any, httpx2.Request], Any]


def heard_by(recorder: Recorder, handle: Handle) -> Handle:
    """A transport's `handle_async_request` that tells the recorder of our connectors' exchanges."""

    async def handle_async_request(transport: Any, request: httpx2.Request) -> httpx2.Response:
        response: httpx2.Response = await handle(transport, request)
        if request.headers.get("User-Agent") != USER_AGENT or FAULT_HEADER in response.headers:
            return response
        await request.aread()

        def whole(raw: bytes) -> None:
            read = httpx2.Response(response.status_code, headers=response.headers, content=raw)
            recorder.record(exchange_of(request, read))

        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Heard(response.stream, whole)
        return response

    return handle_async_request
