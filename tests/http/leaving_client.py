"""A client that posts a GraphQL request to an ASGI application, and can leave before it is answered."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.types import Message, Scope


class LeavingClient:
    """`sent` is what the application has sent to it; set `left` to leave."""

    def __init__(self, request: Mapping[str, Any], *, accept: bytes = b"*/*") -> None:
        self.left = asyncio.Event()
        self.sent: list[Message] = []
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-type", b"application/json"), (b"accept", accept)],
            "server": ("junction", 80),
            "client": ("127.0.0.1", 1),
        }
        self._unread = [{"type": "http.request", "body": json.dumps(request).encode(), "more_body": False}]

    async def receive(self) -> Message:
        if self._unread:
            return self._unread.pop()
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
