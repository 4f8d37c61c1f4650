"""Servers, workers and Postgres die at random moments. What was acknowledged happened once, and nothing by halves.

CRASH_OPERATIONS sets how many commands are given; 3000 take some minutes.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx2
import pytest

from app.database.open import open_database
from app.stores.doctor import Verdict, examine
from app.stores.engine import create_engine
from app.stores.migrations import migrate
from app.workflows.payment_settle import LEASE_MARGIN_S
from app.workflows.policy import Policy
from tests.database.processes import kill_postgres
from tests.faults.caller import Caller, GivenUp
from tests.faults.fleet import Fleet, running_fleet
from tests.faults.lives import Fate, Life
from tests.faults.outside import Outside, running_outside
from tests.faults.passing import time_passing
from tests.faults.trial import KNOWN
from tests.fixtures_shop import SHOP

OPERATIONS = int(os.environ.get("CRASH_OPERATIONS", "150"))
OPERATIONS_OF_A_LIFE = 8
CALLS_BETWEEN_KILLS = 70
REQUESTS_BETWEEN_KILLS = 100
"""To vendors. It dies the moment that the vendor is asked, or is about to answer."""
AT_A_TIME = 8
LEASE_S = Policy().gateway_timeout_s + LEASE_MARGIN_S
IS_LATE_S = 5
"""No vendor here takes so long to answer: who has waited longer is dead."""
OUTAGE = frozenset({"SOURCE_UNAVAILABLE", "SOURCE_TIMED_OUT", "TIMEOUT"})
"""What a caller is told while Postgres is away."""


@dataclass
class Stage:
    url: str
    outside: Outside
    fleet: Fleet
    client: httpx2.AsyncClient
    random: Random

    def caller(self, **more: Any) -> Caller:
        return Caller(self.client, lambda: self.fleet.urls, self.random, **more)


async def test_what_was_acknowledged_happened_once_though_servers_and_workers_die(
    migrated_database: str, tmp_path: Path
) -> None:
    async with _stage(migrated_database, tmp_path) as stage:
        fleet = stage.fleet
        calls = _Clock(stage.random, CALLS_BETWEEN_KILLS, lambda: fleet.kill(0.3))
        # All at once, as in a power cut: so whoever asks the vendor is among them.
        requests = _Clock(stage.random, REQUESTS_BETWEEN_KILLS, lambda: fleet.kill(1))
        stage.outside.on_request = stage.outside.on_answer = lambda _: requests.tick()
        caller = stage.caller(on_call=calls.tick, gives_up=0.3)
        await _live(caller, stage.random, max(len(Fate), OPERATIONS // OPERATIONS_OF_A_LIFE))
        calls.stop()
        requests.stop()
        await fleet.is_whole()
        await _require_once(stage, caller)
        sys.stderr.write(
            f"{calls.count} commands, {len(caller.acknowledged)} acknowledged, {caller.given_up} given up,"
            f" {caller.lost} connections lost, {fleet.kills} processes killed, {requests.count // 2} requests to"
            f" vendors, not done at once {caller.refused}\n"
        )


@pytest.fixture
def durable_store(tmp_path: Path) -> Iterator[str]:
    """On a server of its own, which may die: every commit is on the disk."""

    async def create(url: str) -> None:
        engine = create_engine(url)
        await migrate(engine)
        await engine.dispose()

    with open_database(None, tmp_path) as database:
        asyncio.run(create(database.url))
        yield database.url


async def test_what_was_acknowledged_happened_once_though_postgres_dies(durable_store: str, tmp_path: Path) -> None:
    async with _stage(durable_store, tmp_path) as stage:
        calls = _Clock(stage.random, CALLS_BETWEEN_KILLS, lambda: _kill_once(calls, tmp_path))
        caller = stage.caller(on_call=calls.tick, expects=OUTAGE)
        await _live(caller, stage.random, 2 * len(Fate))
        assert caller.lost + caller.away > 0
        await _require_once(stage, caller)


def _kill_once(clock: "_Clock", data_dir: Path) -> None:
    clock.stop()
    kill_postgres(data_dir)


class _Clock:
    """Strikes at seeded moments, so many ticks apart on average."""

    def __init__(self, random: Random, every: int, strike: Callable[[], None]) -> None:
        self.count = 0
        self._random = random
        self._every = every
        self._strike = strike
        self._next = random.randint(1, every)

    def tick(self) -> None:
        self.count += 1
        if self.count == self._next:
            self._next += self._random.randint(1, 2 * self._every)
            self._strike()

    def stop(self) -> None:
        self._next = 0


@asynccontextmanager
async def _stage(url: str, data_dir: Path) -> AsyncIterator[Stage]:
    """A shop with more on its shelves than anyone asks for."""
    *rows, movements = SHOP.split(";")
    connection = await asyncpg.connect(url)
    for statement in (*rows, "UPDATE inventory_positions SET on_hand = 1000000", movements):
        await connection.execute(statement)
    await connection.close()
    random = Random(4)  # noqa: S311 - moments, not secrets
    async with running_outside() as outside:
        outside.configure(data_dir)
        async with (
            running_fleet(url, data_dir, random) as fleet,
            httpx2.AsyncClient(timeout=30) as client,
            time_passing(url, late_s=IS_LATE_S, lease_s=LEASE_S),
        ):
            yield Stage(url, outside, fleet, client, random)


async def _live(caller: Caller, random: Random, count: int) -> None:
    """Lives to their ends, some at a time."""
    fates = list(Fate)
    waiting = [Life(caller, f"life-{number}", fates[number % len(fates)], random) for number in range(count)]

    async def live_some() -> None:
        while waiting:
            try:
                await waiting.pop(0).live()
            except GivenUp:
                continue

    async with asyncio.TaskGroup() as together:
        for _ in range(AT_A_TIME):
            together.create_task(live_some())


# ── what must be so in the end


async def _require_once(stage: Stage, caller: Caller) -> None:
    await _require_known(caller)
    await _until_idle(stage.url)
    outside = stage.outside
    effects = outside.effects()
    assert {count for counts in effects.values() for count in counts.values()} == {1}
    taken, given_back = outside.taken_minor()
    did = {kind: len(counts) for kind, counts in effects.items()} | {"taken": taken, "given back": given_back}
    connection = await asyncpg.connect(stage.url)
    known = dict(await connection.fetchrow(KNOWN))
    numbers = [each[0] for each in await connection.fetch("SELECT external_id FROM order_references")]
    commands = dict(await connection.fetch("SELECT mutation, count(*) FROM commands GROUP BY mutation"))
    await connection.close()
    assert did == {kind: count for kind, count in known.items() if count}
    assert len(numbers) == len(set(numbers)) == commands["orderPlace"]
    acknowledged = Counter(each.mutation for each in caller.acknowledged)
    for mutation, count in acknowledged.items():
        assert count <= commands[mutation] <= count + caller.given_up, mutation
    engine = create_engine(stage.url)
    assert [each for each in await examine(engine) if each.verdict is not Verdict.OK] == []
    await engine.dispose()


async def _require_known(caller: Caller) -> None:
    """Each acknowledged command once more: it is known, and answers with the same ids."""
    for each in list(caller.acknowledged):
        again = await caller.do(each.mutation, each.key, **each.input)
        assert caller.acknowledged.pop().key == each.key
        assert again["replayed"]
        assert _ids(again) == _ids(each.payload), each


def _ids(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in ("replayed", "userErrors")}


async def _until_idle(url: str) -> None:
    """No job is left but those that come again and again, and none has failed."""
    connection = await asyncpg.connect(url)
    async with asyncio.timeout(60):
        while await connection.fetchval(WAITING):  # noqa: ASYNC110 - another process works it off
            await asyncio.sleep(0.2)
    failed = await connection.fetch("SELECT entrypoint, headers FROM jobs.pgqueuer WHERE status = 'failed'")
    await connection.close()
    assert failed == []


WAITING = "SELECT count(*) FROM jobs.pgqueuer WHERE status <> 'failed' AND headers ->> 'key' <> entrypoint"
