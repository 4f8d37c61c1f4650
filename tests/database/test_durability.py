"""What was acknowledged is there after a kill at any moment, and nothing of the server is left running."""

from pathlib import Path
from random import Random

from app.database.open import open_database
from tests.database.processes import fetch, is_served, kill_postgres, running, wait_until

ROUNDS = 4


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


def test_postgres_killed_under_its_owner_is_started_by_the_next_process(tmp_path: Path) -> None:
    with running("hold.py", tmp_path) as owner:
        owner.first_line()
        kill_postgres(tmp_path)
        with open_database(None, tmp_path) as database:
            assert (database.origin, fetch(database.url, "SELECT 1")) == ("embedded", [1])
