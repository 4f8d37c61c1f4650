"""Runs of the order import: their rows, the lock that keeps them apart, and the schema that each one works in.

The staging tables of a run live in a schema of its own, so that dropping them is one statement and no run can see
another's. They are ordinary logged tables: an import goes on after a crash of the database as well as of the importer.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.order_import import ImportPhase

WORK_MEMORY = "64MB"
_LOCK_SPACE = 0x4F494D50  # "OIMP"
_LOCK_TIMED_OUT = "55P03"

_SOURCE = text("INSERT INTO sources (key, name, kind) VALUES (:key, :name, :kind) ON CONFLICT (key) DO NOTHING")

_UNFINISHED = text("""
SELECT id, phase, EXISTS (
    SELECT FROM import_runs AS other
    WHERE other.source_key = import_runs.source_key AND other.started_at > import_runs.started_at
) AS is_stale
FROM import_runs
WHERE file_fingerprint = :file AND mapping_fingerprint = :mapping AND phase <> 'COMPLETE'
""")

_RESTART = text("UPDATE import_runs SET phase = 'STAGING', started_at = now() WHERE id = :id")

_BEGIN = text("""
INSERT INTO import_runs (id, source_key, file_name, file_fingerprint, mapping_fingerprint, phase)
VALUES (:id, :source_key, :file_name, :file, :mapping, 'STAGING')
""")

_ENTER = text("UPDATE import_runs SET phase = :phase, report = :report WHERE id = :id").bindparams(
    bindparam("report", type_=JSONB(none_as_null=True))
)
_NOTED = text("SELECT report FROM import_runs WHERE id = :id")

_COMPLETE = text("""
UPDATE import_runs SET phase = 'COMPLETE', report = :report, completed_at = :at WHERE id = :id
""").bindparams(bindparam("report", type_=JSONB))


class LockNotFree(RuntimeError):
    """Another process is importing from the same source."""


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    phase: ImportPhase
    timezone: str
    """Of times in the file that name none."""
    resumed: bool = False

    @property
    def schema(self) -> str:
        return f"import_{self.id.hex}"


@asynccontextmanager
async def source_lock(engine: AsyncEngine, source_key: str, wait_s: float) -> AsyncIterator[None]:
    """One import of a source at a time, held by the session, so that a dead process holds nothing. LockNotFree."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            await connection.exec_driver_sql(f"SET lock_timeout = {round(wait_s * 1000)}")
            await connection.execute(
                text("SELECT pg_advisory_lock(:space, hashtext(:key))"), {"space": _LOCK_SPACE, "key": source_key}
            )
        except DBAPIError as exc:
            if getattr(exc.orig, "sqlstate", None) != _LOCK_TIMED_OUT:
                raise
            raise LockNotFree(source_key) from exc
        try:
            yield
        finally:
            await connection.invalidate()


@asynccontextmanager
async def staging(engine: AsyncEngine, run: Run, *, keep: bool = True) -> AsyncIterator[AsyncConnection]:
    """A transaction in which a name without schema is one of the run's staging tables, else one of the store's."""
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(
            text("""
            SELECT set_config('search_path', :path, true), set_config('timezone', :timezone, true),
                   set_config('work_mem', :memory, true), set_config('jit', 'off', true),
                   set_config('client_connection_check_interval', '1s', true)
            """),
            {"path": f"{run.schema}, public", "timezone": run.timezone, "memory": WORK_MEMORY},
        )
        yield connection
        if not keep:
            await transaction.rollback()


async def begin_run(
    engine: AsyncEngine, *, source: dict[str, str], file_name: str, file: str, mapping: str, timezone: str
) -> Run:
    """The unfinished run of the same content and mapping, else a new one. `file` and `mapping` are fingerprints.

    A run that another one of its source has begun after was judged by what is no longer so: it starts over.
    """
    async with engine.begin() as connection:
        await connection.execute(_SOURCE, source)
        found = (await connection.execute(_UNFINISHED, {"file": file, "mapping": mapping})).one_or_none()
        if found is not None and found.is_stale:
            await connection.execute(_RESTART, {"id": found.id})
            return Run(found.id, ImportPhase.STAGING, timezone)
        if found is not None:
            return Run(found.id, ImportPhase(found.phase), timezone, resumed=True)
        run = passing_run(timezone)
        values = {"id": run.id, "source_key": source["key"], "file_name": file_name, "file": file, "mapping": mapping}
        await connection.execute(_BEGIN, values)
        return run


def passing_run(timezone: str) -> Run:
    """A run that leaves no trace: for a look at what an import would do, in a transaction that is rolled back."""
    return Run(uuid4(), ImportPhase.STAGING, timezone)


async def enter_phase(
    connection: AsyncConnection, run: Run, phase: ImportPhase, report: dict[str, Any] | None = None
) -> None:
    """`report` holds what cannot be counted again once the phase has begun to write."""
    await connection.execute(_ENTER, {"id": run.id, "phase": phase.value, "report": report})


async def noted_report(connection: AsyncConnection, run: Run) -> dict[str, Any]:
    report: dict[str, Any] = (await connection.execute(_NOTED, {"id": run.id})).scalar_one()
    return report


async def complete_run(connection: AsyncConnection, run: Run, report: dict[str, Any], at: datetime) -> None:
    await connection.execute(_COMPLETE, {"id": run.id, "report": report, "at": at})
    await connection.exec_driver_sql(f'DROP SCHEMA "{run.schema}" CASCADE')
