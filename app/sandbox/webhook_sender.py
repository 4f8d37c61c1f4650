"""Sends a sandboxed vendor's events, signed in its manner: at once, late, more than once, or in another order."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request as ControlRequest
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from app.connectors.contract import SourceFailure
from app.connectors.request import Request
from app.connectors.transport import SourceTransport, TransportLimits
from app.sandbox.faults import Sleep

ATTEMPTS_MAX = 8
PAUSE_FIRST_S = 0.5
ANSWER_TIMEOUT_S = 10.0

Event = Mapping[str, Any]


class WebhookOrder(msgspec.Struct, forbid_unknown_fields=True):
    url: str | None
    """None: nothing is sent but to who has subscribed, and what waits is forgotten."""
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 0
    copies: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    is_held: bool = False
    """Keeps events until they are released."""


class ReleaseOrder(msgspec.Struct, forbid_unknown_fields=True):
    is_reversed: bool = False


class WebhookSender:
    def __init__(
        self,
        headers: Callable[[Event, bytes], Mapping[str, str]],
        *,
        body: Callable[[Event], object] = lambda event: event,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`headers` are the vendor's, a signature of the body's bytes among them; made anew for each attempt.

        `body` is what of an event becomes the body, where that is not all of it.
        """
        self._headers = headers
        self._body = body
        self._sleep = sleep
        self._order = WebhookOrder(url=None)
        self._transports: dict[str, SourceTransport] = {}
        self._waiting: list[tuple[Event, str]] = []
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str | None:
        return self._order.url

    @property
    def routes(self) -> list[BaseRoute]:
        """POST /webhooks takes a WebhookOrder, POST /webhooks/release a ReleaseOrder."""

        async def set_(request: ControlRequest) -> JSONResponse:
            order = msgspec.json.decode(await request.body(), type=WebhookOrder)
            await self.set(order)
            return JSONResponse(msgspec.to_builtins(order))

        async def release(request: ControlRequest) -> JSONResponse:
            order = msgspec.json.decode(await request.body() or b"{}", type=ReleaseOrder)
            return JSONResponse({"released": await self.release(is_reversed=order.is_reversed)})

        return [Route("/webhooks", set_, methods=["POST"]), Route("/webhooks/release", release, methods=["POST"])]

    @property
    def control(self) -> ASGIApp:
        return control_of(self.routes)

    async def set(self, order: WebhookOrder) -> None:
        await self.close()
        self._order = order

    def happened(self, event: Event, subscribed: Iterable[str] = ()) -> None:
        """`subscribed` are addresses beside that of the order."""
        for url in dict.fromkeys(filter(None, (self._order.url, *subscribed))):
            self._waiting.append((event, url))
            if not self._order.is_held:
                self._start(*self._waiting.pop())

    async def release(self, *, is_reversed: bool = False) -> int:
        """Sends what is held, one after the other; answers how many events there were."""
        waiting, self._waiting = self._waiting, []
        for event, url in reversed(waiting) if is_reversed else waiting:
            await self._deliver(event, url)
        return len(waiting)

    async def close(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        self._waiting.clear()
        for transport in self._transports.values():
            await transport.close()
        self._transports.clear()

    def _start(self, event: Event, url: str) -> None:
        task = asyncio.create_task(self._deliver(event, url), name="sandbox webhook")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, event: Event, url: str) -> None:
        if self._order.delay_ms:
            await self._sleep(self._order.delay_ms / 1000)
        for _ in range(self._order.copies):
            for attempt in range(ATTEMPTS_MAX):
                if await self._is_accepted(event, url):
                    break
                await self._sleep(PAUSE_FIRST_S * 2**attempt)

    async def _is_accepted(self, event: Event, url: str) -> bool:
        address = urlsplit(url)
        body = msgspec.json.encode(self._body(event))
        headers = {"Content-Type": "application/json", **self._headers(event, body)}
        request = Request("POST", address.path, body=body, headers=headers, name="webhook")
        transport = self._transport(f"{address.scheme}://{address.netloc}")
        try:
            await transport.send(request, lambda _: None, deadline=time.monotonic() + ANSWER_TIMEOUT_S)
        except SourceFailure:
            return False
        return True

    def _transport(self, base_url: str) -> SourceTransport:
        if base_url not in self._transports:
            limits = TransportLimits(attempts_max=1, circuit_failures_max=1_000_000)
            self._transports[base_url] = SourceTransport("webhooks", base_url, limits=limits)
        return self._transports[base_url]


def control_of(routes: Iterable[BaseRoute]) -> ASGIApp:
    """Answers 400 to an order that cannot be read."""

    async def refuse(_: ControlRequest, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 400)

    return Starlette(routes=list(routes), exception_handlers={msgspec.DecodeError: refuse})
