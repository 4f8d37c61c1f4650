"""Examines a database: is it one that Junction can use, and does what it holds add up?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.stores.law import Law
from app.stores.laws import LAWS
from app.stores.migrations import POSTGRES_VERSION_MIN, is_current

SAMPLE_ROWS_MAX = 10


class Verdict(StrEnum):
    OK = "OK"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    """An earlier check failed, so that this one would mean nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    verdict: Verdict
    summary: str
    advice: str | None = None
    rows: int = 0
    """How many rows disagree."""
    sample: tuple[Mapping[str, Any], ...] = ()
    """The first of them, at most SAMPLE_ROWS_MAX."""


async def examine(engine: AsyncEngine) -> list[Finding]:
    """In one snapshot, reading only. A failed check of the database itself skips those of what it holds."""
    is_migrated = await is_current(engine)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with snapshot.connect() as connection:
        findings = [await _version(connection), _migrations(is_migrated), await _trigrams(connection)]
        usable = all(finding.verdict is Verdict.OK for finding in findings)
        return findings + [await _judge(connection, law) if usable else _skipped(law) for law in LAWS]


async def _version(connection: AsyncConnection) -> Finding:
    version = str(await connection.scalar(text("SHOW server_version")))
    if int(version.partition(".")[0]) >= POSTGRES_VERSION_MIN:
        return Finding("database.version", Verdict.OK, f"PostgreSQL {version}")
    advice = f"Upgrade the server to PostgreSQL {POSTGRES_VERSION_MIN} or newer."
    return Finding("database.version", Verdict.FAILED, f"PostgreSQL {version} is too old", advice)


def _migrations(is_migrated: bool) -> Finding:
    if is_migrated:
        return Finding("database.migrations", Verdict.OK, "The tables are those of this version")
    advice = "Run junction migrate; if it has nothing to do, this Junction is older than the database."
    return Finding("database.migrations", Verdict.FAILED, "The tables are of another version", advice)


async def _trigrams(connection: AsyncConnection) -> Finding:
    version = await connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm'"))
    if version:
        return Finding("database.pg_trgm", Verdict.OK, f"Extension pg_trgm {version}, for search")
    advice = "junction migrate makes it. Where it cannot, install what the Postgres packages call contrib."
    return Finding("database.pg_trgm", Verdict.FAILED, "Extension pg_trgm is missing", advice)


async def _judge(connection: AsyncConnection, law: Law) -> Finding:
    query = text(f"SELECT count(*) OVER () AS rows_total, broken.* FROM ({law.broken}) broken LIMIT {SAMPLE_ROWS_MAX}")  # noqa: S608 - both are constants of ours
    sample = [dict(row) for row in (await connection.execute(query)).mappings()]
    if not sample:
        return Finding(law.name, Verdict.OK, law.says)
    rows = sample[0]["rows_total"]
    shown = tuple({name: value for name, value in row.items() if name != "rows_total"} for row in sample)
    return Finding(law.name, Verdict.FAILED, f"Broken: {law.says[0].lower()}{law.says[1:]}", law.advice, rows, shown)


def _skipped(law: Law) -> Finding:
    return Finding(law.name, Verdict.SKIPPED, law.says)
