"""`junction worker`, and the worker inside `junction serve`."""

import asyncio
import os
import re
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import asyncpg
import httpx2

from app.database.open import open_database
from app.stores.jobs import Job, enqueue
from tests.cli.processes import LINE, REPOSITORY, environment, serving
from tests.database.processes import kill_postgres

WAIT_S = 30
"""Only a test that fails waits this long."""


class _Statements:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.has_jobs = False

    async def run(self, sql: str, *args: Any) -> None:
        await self.connection.execute(sql, *args)


async def _ask_for_tidying(url: str) -> None:
    """The one that waits by schedule, now."""
    connection = await asyncpg.connect(url)
    await enqueue(_Statements(connection), Job(name="jobs.tidy", key="jobs.tidy"))
    await connection.close()


async def _is_tidied(url: str) -> bool:
    """Its successor waits for its turn."""
    connection = await asyncpg.connect(url)
    sql = "SELECT count(*) FROM jobs.pgqueuer_log WHERE status = 'successful' AND entrypoint = 'jobs.tidy'"
    found = await connection.fetchval(sql)
    await connection.close()
    return bool(found)


async def _until_tidied(url: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await _is_tidied(url):  # noqa: ASYNC110 - the log tells nobody
            await asyncio.sleep(0.05)


def test_a_server_runs_jobs_and_counts_them(migrated_database: str, tmp_path: Path) -> None:
    asyncio.run(_ask_for_tidying(migrated_database))
    with serving(PORT=0, DATABASE_URL=migrated_database, DATA_DIR=tmp_path) as running:
        asyncio.run(_until_tidied(migrated_database))
        metrics = httpx2.get(f"{running.address}/metrics").text
        assert running.stop(signal.SIGTERM) == 0
    assert 'junction_job_attempts_total{job="jobs.tidy",outcome="done"} 1.0' in metrics
    assert re.search(r'^junction_jobs\{job="jobs.tidy",status="queued"\} 1.0$', metrics, re.MULTILINE)


def test_a_server_whose_postgres_is_killed_goes_on_with_its_jobs(tmp_path: Path) -> None:
    with serving(PORT=0, DATA_DIR=tmp_path):
        kill_postgres(tmp_path)
        with open_database(None, tmp_path, durable=False) as database:
            asyncio.run(_ask_for_tidying(database.url))
            asyncio.run(_until_tidied(database.url))


def test_a_server_that_shall_not_leaves_jobs_to_a_worker(migrated_database: str, tmp_path: Path) -> None:
    settings = environment(DATABASE_URL=migrated_database, DATA_DIR=tmp_path)
    asyncio.run(_ask_for_tidying(migrated_database))
    with serving(PORT=0, DATABASE_URL=migrated_database, DATA_DIR=tmp_path, WORKER="false") as running:
        metrics = httpx2.get(f"{running.address}/metrics").text
        assert 'junction_jobs{job="jobs.tidy",status="queued"} 1.0' in metrics
        assert "junction_job_attempts_total{" not in metrics
        with (
            TemporaryFile("w+") as log,
            subprocess.Popen([*LINE, "worker"], env=settings, cwd=REPOSITORY, stderr=log) as worker,
        ):
            try:
                asyncio.run(_until_tidied(migrated_database))
                os.kill(worker.pid, signal.SIGTERM)
                assert worker.wait(timeout=WAIT_S) == 0
            finally:
                worker.kill()
            log.seek(0)
            told = log.read()
    assert [event for event in ("working", "stopped", "Traceback") if event in told] == ["working", "stopped"]
