"""Serves the sandbox over real HTTP on the caller's event loop, and lets a source drop its connections."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.sandbox.faults import ABORT_EXTENSION

BACKLOG = 128
SHUTDOWN_S = 1
"""How long closing waits for answers under way, a slow source's among them."""


class _Protocol(HttpToolsProtocol):
    """Hands the application a way to end the connection, which ASGI has no word for; keeps no access log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Config(access_log=False) would silence every other server of this process, too.
        self.access_log = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT_EXTENSION: {"abort": self.transport.abort}}


class _Server(uvicorn.Server):
    """Leaves the process's signals to its owner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class RunningSandbox:
    base_url: str
    _server: uvicorn.Server
    _task: "asyncio.Task[None]"

    async def close(self) -> None:
        """Returns once the port is free again."""
        self._server.should_exit = True
        await self._task


async def serve_sandbox(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 0, *, is_dated: bool = True
) -> RunningSandbox:
    """Accepts connections when it returns; port 0 takes a free one. Raises OSError when the port is taken.

    Answers say when they were given, unless `is_dated` leaves that to the application.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        date_header=is_dated,
        log_config=None,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="sandbox")
    return RunningSandbox(f"http://{host}:{listener.getsockname()[1]}", server, task)


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns off Nagle's delay, 40 ms an answer, only where the protocol is named; socket.create_server does not.
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
