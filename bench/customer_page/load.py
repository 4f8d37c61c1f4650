"""Asks for the page at a fixed rate, whatever the answers take: who waits for one is followed by the next all the same.

An answer's time counts from when it was due, so that a server that falls behind cannot hide it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, cast

import orjson
import uvloop

from bench.writes.load import Client

WITHOUT_A_SOURCE = frozenset({"SOURCE_UNAVAILABLE", "SOURCE_TIMED_OUT"})


@dataclass(frozen=True, slots=True)
class Load:
    port: int
    query: str
    emails: Sequence[str]
    """Of customers, asked for in turn."""
    rate: float
    """Pages a second."""
    duration_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    latencies_ms: list[float]
    """Ascending."""
    outcomes: dict[str, int]
    """`whole`, `without` and the sources that had nothing to show, or `broken`: the store's part is missing, too."""
    states: dict[str, dict[str, int]]
    """How often each source was said to be in each state."""

    def percentile_ms(self, percent: float) -> float:
        """The smallest that so many are at or below."""
        place = -(-len(self.latencies_ms) * percent // 100)
        return self.latencies_ms[max(0, int(place) - 1)]


def generate(load: Load) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_generated, load).result()


def _generated(load: Load) -> Measured:
    return uvloop.run(_generate(load))


async def _generate(load: Load) -> Measured:
    idle: list[Client] = []
    latencies_ms: list[float] = []
    answers: list[bytes] = []

    async def ask(email: str, due: float) -> None:
        # The server closes those that were idle for a while.
        while idle and idle[-1].transport.is_closing():
            idle.pop()
        client = idle.pop() if idle else await _connected(load.port)
        answer = await client.post({"query": load.query, "variables": {"email": email}})
        latencies_ms.append((time.perf_counter() - due) * 1000)
        answers.append(answer)
        idle.append(client)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as pages:
        for n in range(int(load.rate * load.duration_s)):
            due = begun + n / load.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            pages.create_task(ask(load.emails[n % len(load.emails)], due))
    for client in idle:
        client.transport.close()
    # Not while load is on: reading takes as long as asking.
    read = [orjson.loads(answer) for answer in answers]
    return Measured(sorted(latencies_ms), dict(Counter(map(outcome, read))), _states(read))


async def _connected(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    return client


def outcome(answer: Mapping[str, Any]) -> str:
    customer = (answer.get("data") or {}).get("customer")
    if customer is None or not customer["orders"]["nodes"]:
        return "broken"
    failed = [error["extensions"] for error in answer.get("errors", ())]
    if any(each["code"] not in WITHOUT_A_SOURCE for each in failed):
        return "broken"
    return f"without {' and '.join(sorted({each['source'] for each in failed}))}" if failed else "whole"


def _states(answers: Sequence[Any]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for each in answers:
        for key, state in states_told(each):
            found.setdefault(key, Counter())[state] += 1
    return {key: dict(states) for key, states in sorted(found.items())}


def states_told(value: Any) -> Sequence[tuple[str, str]]:
    """Source key and state, wherever the answer has them."""
    if isinstance(value, list):
        return [pair for each in value for pair in states_told(each)]
    if not isinstance(value, dict):
        return []
    own = [(each["source"]["key"], each["state"]) for each in cast("list[Any]", value.get("sources") or [])]
    return own + [pair for each in value.values() for pair in states_told(each)]
