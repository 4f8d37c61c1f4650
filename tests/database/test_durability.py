"""What was acknowledged is there after a kill at any moment, and nothing of the server is left running."""

import asyncio
import os
import signal
from pathlib import Path
from random import Random

import asyncpg

from app.database.open import open_database
from app.database.watcher import RESTARTS_MAX
from tests.database.processes import answers, fetch, is_served, kill_postgres, postmaster_pid, running, wait_until

ROUNDS = 4
WRITERS = 4
KILLED_AFTER = 100
CREATE = "CREATE TABLE written (id bigint GENERATED ALWAYS AS IDENTITY, text text)"
INSERT = "INSERT INTO written (text) VALUES (repeat('x', 500)) RETURNING id"


def test_killed_owner_leaves_no_server_and_loses_no_acknowledged_row(tmp_path: Path) -> None:
    random = Random(1)  # noqa: S311 - a moment, not a secret
    acknowledged: list[int] = []
    for _ in range(ROUNDS):
        with running("append.py", tmp_path) as owner:
            assert owner.first_line()[0] == "embedded"
            acknowledged += map(int, owner.lines(random.randint(1, 150)))
            owner.kill()
            acknowledged += map(int, owner.remaining_lines())
        wait_until(lambda: not is_served(tmp_path))
    with open_database(None, tmp_path) as database:
        assert set(acknowledged) <= set(fetch(database.url, "SELECT id FROM written"))


def test_killed_postgres_recovers_every_acknowledged_row_at_the_next_start(tmp_path: Path) -> None:
    random = Random(2)  # noqa: S311 - a moment, not a secret
    acknowledged: list[int] = []
    for _ in range(ROUNDS):
        with running("append.py", tmp_path) as owner:
            assert owner.first_line()[0] == "embedded"
            acknowledged += map(int, owner.lines(random.randint(1, 150)))
            kill_postgres(tmp_path)
            acknowledged += map(int, owner.remaining_lines())
            assert owner.process.wait() == 1
    with open_database(None, tmp_path) as database:
        assert set(acknowledged) <= set(fetch(database.url, "SELECT id FROM written"))


def test_postgres_killed_under_its_owner_is_started_again_at_the_same_address(tmp_path: Path) -> None:
    with open_database(None, tmp_path) as database:
        acknowledged: list[int] = []
        fetch(database.url, CREATE)
        for _ in range(ROUNDS):
            acknowledged += asyncio.run(_append_until_killed(database.url, tmp_path))
            wait_until(lambda: answers(database.url))
        assert set(acknowledged) <= set(fetch(database.url, "SELECT id FROM written"))
    assert not is_served(tmp_path)


def test_postgres_killed_again_and_again_stays_down(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as database:
        for _ in range(RESTARTS_MAX):
            kill_postgres(tmp_path)
            wait_until(lambda: answers(database.url))
        kill_postgres(tmp_path)
        wait_until(lambda: not is_served(tmp_path))
        assert (tmp_path / "postgres/server.log").read_text().endswith("within 60 s; it stays down\n")


def test_postgres_stopped_on_purpose_is_not_started_again(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False):
        os.kill(postmaster_pid(tmp_path), signal.SIGINT)
        wait_until(lambda: not is_served(tmp_path))
        with open_database(None, tmp_path, durable=False) as database:
            assert (database.origin, fetch(database.url, "SELECT 1")) == ("embedded", [1])


def test_a_process_that_comes_while_postgres_is_killed_waits_for_it(tmp_path: Path) -> None:
    with running("hold.py", tmp_path) as owner:
        _, address = owner.first_line()
        kill_postgres(tmp_path)
        with open_database(None, tmp_path) as database:
            assert (database.origin, database.url, fetch(database.url, "SELECT 1")) == ("joined", address, [1])


async def _append_until_killed(url: str, data_dir: Path) -> list[int]:
    """Rows acknowledged to several writers, until Postgres was killed under them."""
    acknowledged: list[int] = []

    async def append() -> None:
        connection = await asyncpg.connect(url)
        try:
            while True:
                acknowledged.append(await connection.fetchval(INSERT))
                if len(acknowledged) == KILLED_AFTER:
                    kill_postgres(data_dir)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            connection.terminate()

    await asyncio.gather(*(append() for _ in range(WRITERS)))
    return acknowledged
