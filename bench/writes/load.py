"""Puts load on servers, from a process of its own: each connection asks, reads the answer to its end, and asks again.

wrk, which the reads use, cannot follow one order through its life. This one takes some 0.05 ms of CPU a request.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import cast

import orjson
import uvloop

from bench.servers import PATH
from bench.writes import lifecycle, orders

ANSWER_TIMEOUT_S = 30
LIFECYCLE = "lifecycle"
RIGHT = {"spread": "CONFIRMED", "hot": "CONFIRMED", LIFECYCLE: "COMPLETED"}
"""How each must end."""


class Suspicious(RuntimeError):
    """A cell that must not count, or a store that does not add up."""


@dataclass(frozen=True, slots=True)
class Load:
    ports: Sequence[int]
    """Of servers that share the connections evenly."""
    kind: str
    """Of orders.CHOICES, or LIFECYCLE."""
    connections: int
    duration_s: float
    """After which nothing new is begun."""
    name: str
    """Begins the idempotency keys, so it must be new each time."""
    each_at_most: int | None = None
    """Requests, or lifecycles, of one connection."""


@dataclass(frozen=True, slots=True)
class Measured:
    duration_s: float
    latencies_ms: list[float]
    """Ascending; of a lifecycle from end to end."""
    outcomes: dict[str, int]
    """How many ended how."""
    cpu_s: float
    """Of the generator itself."""

    @property
    def count(self) -> int:
        return len(self.latencies_ms)

    @property
    def rate(self) -> float:
        return self.count / self.duration_s

    def percentile_ms(self, percent: float) -> float:
        """The smallest that so many are at or below."""
        place = -(-len(self.latencies_ms) * percent // 100)
        return self.latencies_ms[max(0, int(place) - 1)]


def refuse_suspicious(name: str, measured: Measured, right: str) -> None:
    """Raises Suspicious: a server that fails fast must not look fast."""
    if set(measured.outcomes) != {right}:
        raise Suspicious(f"{name}: {measured.outcomes}, where all should be {right}")


class Client(asyncio.Protocol):
    """One connection of HTTP/1.1, with one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not asserted: uvloop's transports are none of asyncio's.
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer is not None and (body := body_of(self._received)) is not None:
            self._answer.set_result(body)

    async def post(self, body: object) -> bytes:
        text = orjson.dumps(body)
        self._received, self._answer = b"", self._loop.create_future()
        head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self.transport.write(f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text)
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await self._answer


def body_of(received: bytes) -> bytes | None:
    """Of an answer that has come to its end; it must tell its length."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return body if len(body) >= length else None


def generate(load: Load) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_generated, load).result()


def _generated(load: Load) -> Measured:
    return uvloop.run(_generate(load))


async def _generate(load: Load) -> Measured:
    latencies_ms: list[float] = []
    outcomes: Counter[str] = Counter()
    clients = [await _connected(load.ports[n % len(load.ports)]) for n in range(load.connections)]
    cpu_before_s, begun = time.process_time(), time.perf_counter()

    async def keep_asking(n: int, client: Client) -> None:
        draw = random.Random(f"{load.name} {n}")  # noqa: S311
        done = 0
        while time.perf_counter() < begun + load.duration_s and done != load.each_at_most:
            at = time.perf_counter()
            outcomes[await _once(load.kind, client, f"{load.name}-{n}-{done}", draw)] += 1
            latencies_ms.append((time.perf_counter() - at) * 1000)
            done += 1

    await asyncio.gather(*(keep_asking(n, client) for n, client in enumerate(clients)))
    duration_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu_before_s
    for client in clients:
        client.transport.close()
    return Measured(duration_s, sorted(latencies_ms), dict(outcomes), cpu_s)


async def _connected(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    return client


async def _once(kind: str, client: Client, key: str, draw: random.Random) -> str:
    if kind == LIFECYCLE:
        return await lifecycle.lived(client.post, key, draw)
    return orders.placed(await client.post(orders.place(orders.CHOICES[kind](draw), key, draw)))
