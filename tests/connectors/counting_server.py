"""A server over loopback that counts the connections it accepts, and answers when it may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n"yes"'


class CountingServer:
    def __init__(self) -> None:
        self.base_url = ""
        self.connections = 0
        self.requests = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.arrived = asyncio.Condition()
        self.serving: set[asyncio.Task[None] | None] = set()

    async def has(self, requests: int) -> None:
        """Once so many have arrived."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: self.requests >= requests)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.add(asyncio.current_task())
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                async with self.arrived:
                    self.requests += 1
                    self.arrived.notify_all()
                await self.may_answer.wait()
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def counting_server() -> AsyncIterator[CountingServer]:
    counting = CountingServer()
    async with await asyncio.start_server(counting.serve, "127.0.0.1", 0) as server:
        counting.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield counting
        counting.may_answer.set()
        await asyncio.gather(*(task for task in counting.serving if task))
