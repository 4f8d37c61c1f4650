"""Makes a sandboxed source fail on demand, as a client would meet it on the wire."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ABORT_EXTENSION = "sandbox.abort"
"""The server (server.py) puts there, as "abort", a callable that drops the connection without a word."""

FAULT_HEADER = "x-sandbox-fault"
"""On every answer that no vendor would have given."""

LATENCY_MS_DEFAULT = 5_000
"""Of `slow`: longer than Junction waits for a source (SOURCE_TIMEOUT_S, 2 s), so that it shows what a deadline does."""

Throttled = Callable[[int | None], Response]
"""Takes the seconds to wait, where the vendor says how long."""
Sleep = Callable[[float], Coroutine[Any, Any, None]]


class Fault(StrEnum):
    DOWN = "down"
    """The connection is dropped without an answer."""
    SLOW = "slow"
    """The right answer, late."""
    GARBAGE = "garbage"
    """200 with a body that is no JSON."""
    TRUNCATED = "truncated"
    """The right answer, and the connection is dropped in the middle of it."""
    MISTYPED = "mistyped"
    """The right answer's shape, and in it every value is of another type."""
    THROTTLED = "throttled"
    """Asks for fewer requests in the vendor's way, with Retry-After where `retry_after_s` is set; nothing was done."""
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    """Every access token has just expired."""
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
    retry_after_s: int | None = None
    request_count: int = 0
    times_left: int | None = None
    """How many requests the fault still meets before it clears; None for all."""
    spared: int = 0
    """How many requests it lets pass first."""

    def meet(self) -> Fault:
        """The fault of the next request."""
        self.request_count += 1
        if self.spared > 0:
            self.spared -= 1
            return Fault.CLEAR
        fault = self.fault
        if self.times_left is not None:
            self.times_left -= 1
            if self.times_left <= 0:
                self.fault, self.times_left = Fault.CLEAR, None
        return fault


class FaultyApp:
    """A source behind its fault."""

    def __init__(
        self,
        app: ASGIApp,
        state: FaultState,
        *,
        throttled: Throttled | None = None,
        expire_tokens: Callable[[], None] = lambda: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`throttled` makes the vendor's answer, where that is not a plain 429."""
        self._app = app
        self._state = state
        self._throttled = throttled or _too_many_requests
        self._expire_tokens = expire_tokens
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._state.meet()
        match fault:
            case Fault.DOWN:
                await _drop_connection(scope, receive)
                return
            case Fault.GARBAGE:
                garbage = Response(b'{"records": [{"Id": "500', media_type="application/json")
                await _marked(garbage, fault)(scope, receive, send)
                return
            case Fault.ERROR_BEFORE:
                unavailable = Response(b"unavailable", 503, media_type="text/plain")
                await _marked(unavailable, fault)(scope, receive, send)
                return
            case Fault.THROTTLED:
                throttled = self._throttled(self._state.retry_after_s)
                await _marked(throttled, fault)(scope, receive, send)
                return
            case Fault.TRUNCATED | Fault.MISTYPED:
                answer = await self._answer(scope, receive)
                spoil = _break_off if fault is Fault.TRUNCATED else _mistype
                await spoil(answer, scope, receive, send)
                return
            case Fault.EXPIRED_TOKEN:
                self._expire_tokens()
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

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        said: list[Message] = []

        async def hear(message: Message) -> None:
            said.append(message)

        await self._app(scope, _replaying(await _body(receive), receive), hear)
        body = b"".join(message.get("body", b"") for message in said[1:])
        answer = Response(body, said[0]["status"])
        answer.raw_headers = list(said[0]["headers"])
        return answer


def _too_many_requests(retry_after_s: int | None) -> Response:
    return Response(b"slow down", 429, throttled_headers(retry_after_s), "text/plain")


def throttled_headers(retry_after_s: int | None) -> dict[str, str]:
    return {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}


def _marked(answer: Response, fault: Fault) -> Response:
    """So that whoever holds answers against the vendor's specification knows which are meant to be wrong."""
    answer.headers[FAULT_HEADER] = fault
    return answer


async def _break_off(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status_code, "headers": _marked_raw(answer)})
    await send({"type": "http.response.body", "body": bytes(answer.body)[: len(answer.body) // 2], "more_body": True})
    await _drop_connection(scope, receive)


def _marked_raw(answer: Response) -> list[tuple[bytes, bytes]]:
    return [*answer.raw_headers, (FAULT_HEADER.encode(), Fault.TRUNCATED.encode())]


async def _mistype(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    body = msgspec.json.encode(_mistyped(msgspec.json.decode(answer.body or b"null")))
    mistyped = Response(body, answer.status_code, media_type="application/json")
    await _marked(mistyped, Fault.MISTYPED)(scope, receive, send)


def _mistyped(value: Any) -> Any:
    match value:
        case dict():
            return {name: _mistyped(each) for name, each in value.items()}
        case list():
            return [_mistyped(each) for each in value]
        case bool() | None:
            return value
        case str():
            return len(value)
    return str(value)


async def _unheard(_: Message) -> None:
    """What the source would have said."""


async def _keep_back_the_answer(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    match fault:
        case Fault.ERROR_AFTER:
            failed = Response(b"internal error", 500, media_type="text/plain")
            await _marked(failed, fault)(scope, receive, send)
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
