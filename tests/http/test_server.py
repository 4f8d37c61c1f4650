import asyncio
import socket

import httpx2
from starlette.types import Receive, Scope, Send

from app.http.server import serving


class Slow:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.released = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.entered.set()
        await self.released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


async def test_a_request_under_way_is_answered_before_the_server_is_gone() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    slow = Slow()
    async with httpx2.AsyncClient(timeout=10) as client:
        async with serving(slow, listening):
            request = asyncio.create_task(client.get(address))
            await slow.entered.wait()
            asyncio.get_running_loop().call_later(0.02, slow.released.set)
        assert (await request).text == "done"
    assert listening.fileno() == -1
