"""What a remote read costs besides the source itself: `python -m bench.freshness`, with ROUNDS=1 for a quick run.

The source answers at once, in this process, so that what is left is Junction's and Postgres' own.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.connectors.contract import Connector, Page, SourceInfo, Window
from app.connectors.freshness import LiveReads
from app.connectors.ports.crm import CaseRecord
from app.connectors.reads import Cases
from app.database.open import open_database
from app.domain.source import SourceKind
from app.stores.engine import create_connections, create_engine, open_writers
from app.stores.migrations import migrate
from app.stores.readings import StoredReadings
from bench.machine import machine

ROUNDS = int(os.environ.get("ROUNDS", "5"))
READS = 400
"""In each round."""
AT = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = Page(
    tuple(CaseRecord(f"500{n}", str(n), "Where is it?", "New", None, "Web", AT, None, None) for n in range(3)), True
)
QUESTION = Cases(Window(3))
Settle = Callable[[], Awaitable[None]]


class Crm:
    info = SourceInfo("crm", "CRM", SourceKind.CRM, True, frozenset({"cases"}))
    sources = (info,)

    def __getitem__(self, _: str) -> Connector:
        return self

    async def cases(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        return dict.fromkeys(external_ids, PAGE)


async def measure(name: str, ids: int, read: Callable[[list[str]], Awaitable[object]], settle: Settle) -> None:
    """Medians over the rounds, of one reader at a time."""
    elapsed_us, cpu_us = [], []
    wanted = [f"003{n:015}" for n in range(ids)]
    for _ in range(ROUNDS):
        began, cpu_began = time.perf_counter(), time.process_time()
        for _ in range(READS):
            await read(wanted)
        elapsed_us.append((time.perf_counter() - began) / READS * 1e6)
        cpu_us.append((time.process_time() - cpu_began) / READS * 1e6)
        await settle()
    print(f"| {name} | {ids} | {statistics.median(elapsed_us):,.0f} | {statistics.median(cpu_us):,.0f} |")


async def main(url: str) -> None:
    engine = create_engine(url, connections_max=1)
    await migrate(engine)
    await engine.dispose()
    writers = await open_writers(url, connections_max=2)
    connections = create_connections(url, connections_max=2, statement_timeout_s=5)
    shared = LiveReads(Crm(), StoredReadings(connections, writers))
    alone = LiveReads(Crm())
    print(f"{machine()}, one reader at a time, {ROUNDS} rounds of {READS} reads\n")
    print("| read | ids | µs | of these CPU of the process |\n| --- | ---: | ---: | ---: |")
    try:
        for ids in (1, 50):
            for name, reads, max_age in (
                ("live, nothing remembered", alone, None),
                ("live", shared, None),
                ("CACHED", shared, timedelta(hours=1)),
                ("asked with maxAge, nothing young enough", shared, timedelta(0)),
            ):

                async def read(
                    wanted: list[str], reads: LiveReads = reads, max_age: timedelta | None = max_age
                ) -> object:
                    return await reads.read(QUESTION, {"crm": wanted}, max_age=max_age)

                await measure(name, ids, read, reads.flushed)
    finally:
        await shared.close()
        await alone.close()
        await connections.close()
        await writers.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, open_database(None, Path(folder)) as database:
        asyncio.run(main(database.url))
