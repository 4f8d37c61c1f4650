"""Brings the database to the newest revision of `migrations/`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = structlog.get_logger("junction.migrations")
MIGRATIONS = Path(__file__).parents[2] / "migrations"
POSTGRES_VERSION_MIN = 18
_LOCK_KEY = 0x4A554E4354  # "JUNCT": two processes that start together migrate one after the other


class DatabaseTooOld(RuntimeError):
    """The server lacks what the schema needs (uuidv7() came with PostgreSQL 18)."""


async def migrate(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """In one transaction. Answers the revisions before and after. Raises DatabaseTooOld."""
    async with engine.begin() as connection:
        await _require_version(connection)
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        before = await _revision(connection)
        if before == newest_revision():
            return before, before
        if before is None:
            # They were never of those versions, so nobody wants to know how they came through them.
            with _each_step_untold():
                await connection.run_sync(_upgrade)
            log.info("made the tables")
        else:
            await connection.run_sync(_upgrade)
        return before, await _revision(connection)


async def require_version(engine: AsyncEngine) -> None:
    """Raises DatabaseTooOld."""
    async with engine.connect() as connection:
        await _require_version(connection)


async def is_current(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return await _revision(connection) == newest_revision()


def newest_revision() -> str:
    """The one that this version's tables are of: files are named by revision, in their order."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py"))


@contextmanager
def _each_step_untold() -> Iterator[None]:
    steps = logging.getLogger("alembic.runtime.migration")
    level = steps.level
    steps.setLevel(logging.WARNING)
    try:
        yield
    finally:
        steps.setLevel(level)


def _upgrade(connection: Connection) -> None:
    # Not at the top: most starts find nothing to do, and with the migrations it would take an eighth of their memory.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.upgrade(config, "head")


async def _require_version(connection: AsyncConnection) -> None:
    version = int(await connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    if version < POSTGRES_VERSION_MIN:
        raise DatabaseTooOld(f"Junction needs PostgreSQL {POSTGRES_VERSION_MIN} or newer; this server is {version}.")


async def _revision(connection: AsyncConnection) -> str | None:
    if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
