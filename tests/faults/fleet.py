"""Servers and workers of one store. Any of them may be killed at any moment; another one takes its place."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.servers import start_server, start_worker, stop

TAKEOVER_S = 2


@dataclass
class Member:
    is_server: bool
    process: Process
    url: str = ""


class Fleet:
    def __init__(self, database_url: str, data_dir: Path, random: Random, **settings: str) -> None:
        self.kills = 0
        self._database_url = database_url
        self._data_dir = data_dir
        self._random = random
        self._settings = {"worker_takeover_s": str(TAKEOVER_S), **settings}
        self._members: list[Member] = []
        self._coming: set[asyncio.Task[None]] = set()

    @property
    def urls(self) -> Sequence[str]:
        """Of servers that live, as far as is known."""
        return [each.url for each in self._members if each.is_server]

    def kill(self, share: float) -> None:
        """At once, each with this probability, and at least one."""
        victims = [each for each in self._members if self._random.random() < share] or self._members[:1]
        for victim in victims:
            victim.process.kill()
            self._members.remove(victim)
            self.kills += 1
            task = asyncio.create_task(self._replace(victim))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def is_whole(self) -> None:
        """Waits for those that take the place of the dead."""
        while self._coming:
            await asyncio.gather(*self._coming)

    async def start(self, *, servers: int, workers: int) -> None:
        starting = [self._started(is_server=place < servers) for place in range(servers + workers)]
        self._members += await asyncio.gather(*starting)

    async def stop(self) -> None:
        await asyncio.gather(*self._coming, return_exceptions=True)
        await asyncio.gather(*(stop(each.process) for each in self._members))

    async def _replace(self, dead: Member) -> None:
        await dead.process.wait()
        self._members.append(await self._started(is_server=dead.is_server))

    async def _started(self, *, is_server: bool) -> Member:
        if not is_server:
            return Member(False, await start_worker(self._database_url, self._data_dir, **self._settings))
        server = await start_server(self._database_url, self._data_dir, **self._settings, worker="false")
        return Member(True, server.process, server.url)


@asynccontextmanager
async def running_fleet(
    database_url: str, data_dir: Path, random: Random, *, servers: int = 2, workers: int = 1, **settings: str
) -> AsyncIterator[Fleet]:
    fleet = Fleet(database_url, data_dir, random, **settings)
    await fleet.start(servers=servers, workers=workers)
    try:
        yield fleet
    finally:
        await fleet.stop()
