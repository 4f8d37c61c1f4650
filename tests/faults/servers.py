"""Junction as it runs in earnest: processes of its own on one database, which may be killed."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60


@dataclass
class Server:
    process: Process
    url: str
    """Of its GraphQL endpoint."""

    async def kill(self) -> None:
        """As an outage does: without a word, whatever it was about."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def start_server(database_url: str, data_dir: Path, **settings: str) -> Server:
    return Server(*await _started("serve", "--port", "0", database_url=database_url, data_dir=data_dir, **settings))


async def start_worker(database_url: str, data_dir: Path, **settings: str) -> Process:
    process, _ = await _started("worker", database_url=database_url, data_dir=data_dir, **settings)
    return process


@asynccontextmanager
async def servers(count: int, database_url: str, data_dir: Path, **settings: str) -> AsyncIterator[list[Server]]:
    """Stopped at the end of the block, those that were killed aside."""
    started = await asyncio.gather(*(start_server(database_url, data_dir, **settings) for _ in range(count)))
    try:
        yield list(started)
    finally:
        await asyncio.gather(*(stop(each.process) for each in started))


async def stop(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _started(
    command: str, *arguments: str, database_url: str, data_dir: Path, **settings: str
) -> tuple[Process, str]:
    """The process, and the address that it says it serves at."""
    environment = _environment(settings) | {"DATABASE_URL": database_url, "DATA_DIR": str(data_dir)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from app.cli import main; main()", command, *arguments,
        cwd=ROOT, env=environment, stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    heard = []
    async with asyncio.timeout(START_TIMEOUT_S):
        while line := (await process.stderr.readline()).decode():
            heard.append(line)
            if re.search(r'"event": ?"(serving|working)"', line):
                found = re.search(r"http://[^\"\s]+", line)
                _drained(process)
                return process, f"{found.group()}/graphql" if found else ""
    raise AssertionError(f"it did not start: {''.join(heard)}")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "LOG_FORMAT": "json"} | {k.upper(): v for k, v in settings.items()}


_draining: set[asyncio.Task[None]] = set()


def _drained(process: Process) -> None:
    """Reads on, so that the process never waits for somebody to read what it logs."""

    async def drain() -> None:
        assert process.stderr is not None
        while await process.stderr.readline():
            pass

    task = asyncio.create_task(drain())
    _draining.add(task)
    task.add_done_callback(_draining.discard)
