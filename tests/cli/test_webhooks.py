"""`junction webhooks`: what failed, and what a person decides of it."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from tests.cli.conftest import Here
from tests.database.processes import fetch

FAILED = UUID("00000000-0000-0000-0000-0000000000e1")
OTHER = UUID("00000000-0000-0000-0000-0000000000e2")
EVENTS = f"""
INSERT INTO sources (key, name, kind) VALUES ('web', 'Web', 'STOREFRONT');
INSERT INTO webhook_deliveries (id, source_key, external_event_id, sent_at, body, subject, attempts, failed_at, failure)
VALUES ('{FAILED}', 'web', 'e1', '2026-11-01', '{{"id": 7}}', 'order 7', 15, '2026-11-02 03:04:05+00', 'web is away'),
       ('{OTHER}', 'web', 'e2', '2026-11-01', '{{"id": 8}}', 'order 8', 3, NULL, NULL)
"""


def execute(url: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(run())


@pytest.fixture
def database(migrated_database: str) -> str:
    execute(migrated_database, EVENTS)
    return migrated_database


def test_those_that_failed_are_listed_with_their_reason(here: Here, database: str) -> None:
    code, out, err = here("webhooks", DATABASE_URL=database, COLUMNS="160")
    assert (code, err) == (0, "")
    _heads, line = out.splitlines()
    assert line.split(maxsplit=3) == [str(FAILED), "web", "e1", "order 7  2026-11-02 03:04:05 UTC  web is away"]
    code, out, _ = here("webhooks", "--json", DATABASE_URL=database)
    (event,) = json.loads(out)
    assert (event["id"], event["failure"], event["body"]) == (str(FAILED), "web is away", {"id": 7})


def test_one_is_tried_again_or_dropped_once(here: Here, database: str) -> None:
    assert here("webhooks", "retry", str(FAILED), DATABASE_URL=database) == (0, "It waits to be taken over.\n", "")
    jobs = "SELECT dedupe_key FROM jobs.pgqueuer"
    assert fetch(database, jobs) == ["webhook.process:web:order 7"]
    for decision in ("retry", "drop"):
        code, out, err = here("webhooks", decision, str(FAILED), DATABASE_URL=database)
        told = f"junction: No failed event has the id {FAILED}; junction webhooks lists them.\n"
        assert (code, out, err) == (1, "", told)
    execute(database, "UPDATE webhook_deliveries SET failed_at = now(), failure = 'again'")
    assert here("webhooks", "drop", str(FAILED), DATABASE_URL=database) == (0, "It is forgotten.\n", "")
    assert fetch(database, "SELECT external_event_id FROM webhook_deliveries") == ["e2"]
    code, out, _ = here("webhooks", DATABASE_URL=database, COLUMNS="160")
    assert out.splitlines()[1].startswith(str(OTHER))


def test_no_database_is_made_to_look_into(here: Here, tmp_path: Path) -> None:
    code, _, err = here("webhooks", DATA_DIR=tmp_path / "data")
    assert (code, err.startswith("junction: There is no database yet; ")) == (1, True)
    assert not (tmp_path / "data").exists()
