"""Gives every request an id, and writes a log line about it: never its body, its headers or its query string.

At level INFO only about those that failed or were slow: to write a line takes a fifth of what a point read does.
"""

import re
import time
from collections.abc import Callable
from secrets import token_hex
from urllib.parse import quote

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.stores.labels import PATH as LABELS

HEADER = b"x-request-id"
SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
PATH_LENGTH_MAX = 200
SLOW_S = 1.0
"""From here on a request is worth a line of its own. All are counted in /metrics, and logged at level DEBUG."""


class RequestLog:
    """The outermost layer of the HTTP application, so that it also sees what the others answer on an error."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        new_id: Callable[[], str] = lambda: token_hex(16),
        elapsed_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._new_id = new_id
        self._elapsed_s = elapsed_s
        self._log = structlog.get_logger("junction.http").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _sent_id(scope) or self._new_id()
        # Not unbound at the end: the context is the request's own, and the server's word on a crash comes after it.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started_s = self._elapsed_s()
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            elapsed_s = self._elapsed_s() - started_s
            tell = self._log.info if status is None or status >= 500 or elapsed_s >= SLOW_S else self._log.debug
            tell(
                "request",
                method=scope["method"],
                path=_told(scope["path"]),
                status=status,
                ms=round(elapsed_s * 1000, 3),
            )


def _told(path: str) -> str:
    # Who reads the log is not to print the labels.
    return f"{LABELS}..." if path.startswith(LABELS) else quote(path[:PATH_LENGTH_MAX])


def _sent_id(scope: Scope) -> str | None:
    """The caller's own id, where it is one that cannot do harm in a log."""
    for name, value in scope["headers"]:
        if name == HEADER and SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return None
