"""Brings the database to the newest revision of `migrations/`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

MIGRATIONS = Path(__file__).parents[2] / "migrations"
POSTGRES_VERSION_MIN = 18
_LOCK_KEY = 0x4A554E4354  # "JUNCT": two processes that start together migrate one after the other


class DatabaseTooOld(RuntimeError):
    """The server lacks what the schema needs (uuidv7() came with PostgreSQL 18)."""


async def migrate(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """In one transaction. Answers the revisions before and after. Raises DatabaseTooOld."""
    async with engine.begin() as connection:
        return await connection.run_sync(_migrate)


async def require_version(engine: AsyncEngine) -> None:
    """Raises DatabaseTooOld."""
    async with engine.connect() as connection:
        await connection.run_sync(_require_version)


async def is_current(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return await connection.run_sync(_revision) == newest_revision()


def newest_revision() -> str | None:
    """The one that this version's tables are of."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _migrate(connection: Connection) -> tuple[str | None, str | None]:
    _require_version(connection)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    before = _revision(connection)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.upgrade(config, "head")
    return before, _revision(connection)


def _require_version(connection: Connection) -> None:
    version = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    if version < POSTGRES_VERSION_MIN:
        raise DatabaseTooOld(f"Junction needs PostgreSQL {POSTGRES_VERSION_MIN} or newer; this server is {version}.")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
