import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.server import _Joined, serving


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


class Told:
    """Answers with a body in the given parts, the second of them when it is let go."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts
        self.released = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = sum(map(len, self._parts))
        headers = [(b"content-length", b"%d" % length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for n, part in enumerate(self._parts, start=1):
            await send({"type": "http.response.body", "body": part, "more_body": n < len(self._parts)})
            if n < len(self._parts):
                await self.released.wait()


@asynccontextmanager
async def connected(app: ASGIApp) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    listening = socket.create_server(("127.0.0.1", 0))
    async with serving(app, listening):
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        yield reader, writer
        writer.close()
        await writer.wait_closed()


ASKED = b"GET / HTTP/1.1\r\nHost: junction\r\n\r\n"
DATA_SEGMENTS_RECEIVED = 152
"""Where struct tcp_info of Linux says so: linux/tcp.h, tcpi_data_segs_in."""


def _segments_received(writer: asyncio.StreamWriter) -> int:
    info = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    count: int = struct.unpack_from("I", info, DATA_SEGMENTS_RECEIVED)[0]
    return count


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts segments")
async def test_head_and_body_arrive_in_one_segment() -> None:
    async with connected(Told(b"done")) as (reader, writer):
        for answered in (1, 2, 3):
            writer.write(ASKED)
            head = await reader.readuntil(b"\r\n\r\n")
            assert (head.splitlines()[0], await reader.readexactly(4)) == (b"HTTP/1.1 200 OK", b"done")
            assert _segments_received(writer) == answered


async def test_what_is_sent_in_parts_arrives_in_parts() -> None:
    told = Told(b"one", b"two")
    async with connected(told) as (reader, writer):
        writer.write(ASKED)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(3) == b"one"
        told.released.set()
        assert await reader.readexactly(3) == b"two"


async def test_a_large_answer_arrives_whole() -> None:
    body = bytes(range(256)) * 40_000
    async with connected(Told(body)) as (reader, writer):
        writer.write(ASKED)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(body)) == body


async def test_requests_in_a_row_are_answered_in_a_row() -> None:
    async with connected(Told(b"done")) as (reader, writer):
        writer.write(ASKED * 3)
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(4) == b"done"


async def test_the_last_answer_is_sent_before_the_connection_is_closed() -> None:
    async with connected(Told(b"done")) as (reader, writer):
        writer.write(ASKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await reader.read()).endswith(b"\r\n\r\ndone")


async def test_what_is_no_http_is_refused_in_words() -> None:
    async with connected(Told(b"done")) as (reader, writer):
        writer.write(b"nonsense\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


class Recording(asyncio.Transport):
    """Notes what it is given, call by call."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.sent.append(b"".join(list_of_data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


async def test_what_one_turn_of_the_loop_writes_is_one_call() -> None:
    transport = Recording()
    joined = _Joined(transport)
    joined.write(b"head")
    joined.write(b"body")
    assert transport.sent == []
    await asyncio.sleep(0)
    assert transport.sent == [b"headbody"]
    joined.write(b"more")
    joined.close()
    assert (transport.sent, transport.is_closed) == ([b"headbody", b"more"], True)
    await asyncio.sleep(0)
    assert transport.sent == [b"headbody", b"more"]
    assert joined.get_extra_info("peername") == ("127.0.0.1", 1)
