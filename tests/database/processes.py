"""Other processes using the same data folder, and the server as the operating system sees it."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import asyncpg

PROGRAMS = Path(__file__).parent / "programs"
REPOSITORY = Path(__file__).parents[2]


class Program:
    """A program of `programs/` on a data folder, in a session of its own.

    `prefix` is the command it runs under, `packages` a folder whose packages come before the installed ones.
    """

    def __init__(self, name: str, data_dir: Path, *, prefix: Sequence[str] = (), packages: str = "") -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-u", str(PROGRAMS / name), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONPATH": f"{packages}:{REPOSITORY}".lstrip(":")},
            start_new_session=True,
        )

    def first_line(self) -> tuple[str, str]:
        """The database's origin and URL, or "unavailable" and why."""
        assert self.process.stdout is not None
        origin, _, rest = self.process.stdout.readline().strip().partition(" ")
        return origin, rest

    def lines(self, count: int) -> list[str]:
        assert self.process.stdout is not None
        return [self.process.stdout.readline().strip() for _ in range(count)]

    def remaining_lines(self) -> list[str]:
        """All that is still to come, until the program ends."""
        assert self.process.stdout is not None
        return self.process.stdout.read().splitlines()

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def running(name: str, data_dir: Path, *, prefix: Sequence[str] = (), packages: str = "") -> Iterator[Program]:
    program = Program(name, data_dir, prefix=prefix, packages=packages)
    try:
        yield program
    finally:
        program.close()


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text().splitlines()[0])


def kill_postgres(data_dir: Path) -> None:
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)


def is_served(data_dir: Path) -> bool:
    """Whether any process of a server is left: all of them inherit this lock, and only the kernel can drop it."""
    with (data_dir / "postgres/server.lock").open() as lock:
        return is_locked(lock)


def answers(url: str) -> bool:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return fetch(url, "SELECT 1") == [1]
    return False


def is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "still not so after 20 s"
        time.sleep(0.02)


def fetch(url: str, query: str) -> list[object]:
    """The first column."""

    async def run() -> list[object]:
        connection = await asyncpg.connect(url)
        try:
            return [row[0] for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(run())
