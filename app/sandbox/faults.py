"""Makes a sandboxed source fail on demand, as a client would meet it on the wire."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ABORT_EXTENSION = "sandbox.abort"
"""The server (server.py) puts there, as "abort", a callable that drops the connection without a word."""

Sleep = Callable[[float], Coroutine[Any, Any, None]]


class Fault(StrEnum):
    DOWN = "down"
    """The connection is dropped without an answer."""
    SLOW = "slow"
    """The right answer, late."""
    GARBAGE = "garbage"
    """200 with a body that breaks off."""
    ERROR_BEFORE = "error_before"
    """503, and nothing was done."""
    ERROR_AFTER = "error_after"
    """Done, and then 500."""
    DROP_AFTER = "drop_after"
    """Done, and then the connection is dropped."""
    TIMEOUT_AFTER = "timeout_after"
    """Done, and no answer for as long as the client waits."""
    CLEAR = "clear"
    """No fault."""


@dataclass
class FaultState:
    fault: Fault = Fault.CLEAR
    latency_ms: int = 0
    request_count: int = 0
    times_left: int | None = None
    """How many requests the fault still meets before it clears; None for all."""

    def meet(self) -> Fault:
        """The fault of the next request."""
        self.request_count += 1
        fault = self.fault
        if self.times_left is not None:
            self.times_left -= 1
            if self.times_left <= 0:
                self.fault, self.times_left = Fault.CLEAR, None
        return fault


class FaultyApp:
    """A source behind its fault."""

    def __init__(self, app: ASGIApp, state: FaultState, *, sleep: Sleep = asyncio.sleep) -> None:
        self._app = app
        self._state = state
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._state.meet()
        match fault:
            case Fault.DOWN:
                await _drop_connection(scope, receive)
                return
            case Fault.GARBAGE:
                garbage = Response(b'{"records": [{"Id": "500', media_type="application/json")
                await garbage(scope, receive, send)
                return
            case Fault.ERROR_BEFORE:
                await Response(b"unavailable", 503, media_type="text/plain")(scope, receive, send)
                return
            case Fault.SLOW:
                body = await _body(receive)
                pause = asyncio.ensure_future(self._sleep(self._state.latency_ms / 1000))
                if not await _outlasts(receive, pause):
                    return
                receive = _replaying(body, receive)
            case Fault.ERROR_AFTER | Fault.DROP_AFTER | Fault.TIMEOUT_AFTER:
                await self._app(scope, _replaying(await _body(receive), receive), _unheard)
                await _keep_back_the_answer(fault, scope, receive, send)
                return
        # Who asked may give up in the middle of asking.
        with suppress(ClientDisconnect):
            await self._app(scope, receive, send)


async def _unheard(_: Message) -> None:
    """What the source would have said."""


async def _keep_back_the_answer(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    match fault:
        case Fault.ERROR_AFTER:
            await Response(b"internal error", 500, media_type="text/plain")(scope, receive, send)
        case Fault.DROP_AFTER:
            await _drop_connection(scope, receive)
        case _:
            await _until_the_client_leaves(receive)


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _outlasts(receive: Receive, pause: "asyncio.Future[None]") -> bool:
    """Whether the client is still there after the pause; a client that leaves ends it."""
    leaving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((pause, leaving), return_when=asyncio.FIRST_COMPLETED)
        return pause.done()
    finally:
        pause.cancel()
        leaving.cancel()


def _replaying(body: bytes, receive: Receive) -> Receive:
    unread = [body]

    async def replay() -> Message:
        return {"type": "http.request", "body": unread.pop(), "more_body": False} if unread else await receive()

    return replay


async def _drop_connection(scope: Scope, receive: Receive) -> None:
    extension = scope.get("extensions", {}).get(ABORT_EXTENSION)
    if extension is None:
        raise ConnectionResetError("this server cannot drop a connection; serve the sandbox with serve_sandbox")
    extension["abort"]()
    await _until_the_client_leaves(receive)


async def _until_the_client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
