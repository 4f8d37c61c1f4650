"""Sends a sandboxed vendor's events to one address, signed: at once, late, more than once, or in another order."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request as ControlRequest
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from app.connectors.contract import SourceFailure
from app.connectors.transport import Request, SourceTransport, TransportLimits
from app.sandbox.faults import Sleep

ATTEMPTS_MAX = 8
PAUSE_FIRST_S = 0.5
ANSWER_TIMEOUT_S = 10.0


Event = Mapping[str, Any]
"""What becomes the body."""


class WebhookOrder(msgspec.Struct, forbid_unknown_fields=True):
    url: str | None
    """None: nothing is sent, and what waits is forgotten."""
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 0
    copies: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    is_held: bool = False
    """Keeps events until they are released."""


class ReleaseOrder(msgspec.Struct, forbid_unknown_fields=True):
    is_reversed: bool = False


class WebhookSender:
    def __init__(self, headers: Callable[[Event, bytes], Mapping[str, str]], *, sleep: Sleep = asyncio.sleep) -> None:
        """`headers` are the vendor's, a signature of the body's bytes among them; made anew for each attempt."""
        self._headers = headers
        self._sleep = sleep
        self._order = WebhookOrder(url=None)
        self._transport: SourceTransport | None = None
        self._waiting: list[Event] = []
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str | None:
        return self._order.url

    @property
    def control(self) -> ASGIApp:
        """POST /webhooks takes a WebhookOrder, POST /webhooks/release a ReleaseOrder."""

        async def set_(request: ControlRequest) -> JSONResponse:
            order = msgspec.json.decode(await request.body(), type=WebhookOrder)
            await self.set(order)
            return JSONResponse(msgspec.to_builtins(order))

        async def release(request: ControlRequest) -> JSONResponse:
            order = msgspec.json.decode(await request.body() or b"{}", type=ReleaseOrder)
            return JSONResponse({"released": await self.release(is_reversed=order.is_reversed)})

        async def refuse(_: ControlRequest, error: Exception) -> JSONResponse:
            return JSONResponse({"error": str(error)}, 400)

        routes = [
            Route("/webhooks", set_, methods=["POST"]),
            Route("/webhooks/release", release, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={msgspec.DecodeError: refuse})

    async def set(self, order: WebhookOrder) -> None:
        await self.close()
        self._order = order
        if order.url is not None:
            address = urlsplit(order.url)
            limits = TransportLimits(attempts_max=1, circuit_failures_max=1_000_000)
            base = f"{address.scheme}://{address.netloc}"
            self._transport = SourceTransport("webhooks", base, limits=limits)

    def happened(self, event: Event) -> None:
        if self._transport is None:
            return
        self._waiting.append(event)
        if not self._order.is_held:
            self._start(self._waiting.pop())

    async def release(self, *, is_reversed: bool = False) -> int:
        """Sends what is held, one after the other; answers how many events there were."""
        waiting, self._waiting = self._waiting, []
        for event in reversed(waiting) if is_reversed else waiting:
            await self._deliver(event)
        return len(waiting)

    async def close(self) -> None:
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        self._waiting.clear()
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    def _start(self, event: Event) -> None:
        task = asyncio.create_task(self._deliver(event), name="sandbox webhook")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, event: Event) -> None:
        if self._order.delay_ms:
            await self._sleep(self._order.delay_ms / 1000)
        for _ in range(self._order.copies):
            for attempt in range(ATTEMPTS_MAX):
                if await self._is_accepted(event):
                    break
                await self._sleep(PAUSE_FIRST_S * 2**attempt)

    async def _is_accepted(self, event: Event) -> bool:
        if self._transport is None or self._order.url is None:
            return True
        body = msgspec.json.encode(event)
        headers = {"Content-Type": "application/json", **self._headers(event, body)}
        request = Request("POST", urlsplit(self._order.url).path, body=body, headers=headers)
        try:
            await self._transport.send(request, lambda _: None, deadline=time.monotonic() + ANSWER_TIMEOUT_S)
        except SourceFailure:
            return False
        return True
