"""Can requests be served from this database? Asked every few seconds, so it costs one short statement."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.migrations import newest_revision

TIMEOUT_S = 2.0
OK = "ok"
UNKNOWN = "unknown"
NOT_CURRENT = "not current: run junction migrate"
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each is `OK`, or says what is wrong in words that name no host, user or value: anyone may read them."""

    database: str
    migrations: str

    @property
    def is_ready(self) -> bool:
        return (self.database, self.migrations) == (OK, OK)


class ReadinessCheck:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._newest = newest_revision()

    async def __call__(self) -> Readiness:
        try:
            async with asyncio.timeout(TIMEOUT_S), self._engine.connect() as connection:
                revision = await connection.scalar(_REVISION)
        except TimeoutError:
            return Readiness(f"no answer within {TIMEOUT_S:g} s", UNKNOWN)
        except ProgrammingError:  # there is no such table
            return Readiness(OK, NOT_CURRENT)
        except (SQLAlchemyError, OSError):
            return Readiness("cannot be reached", UNKNOWN)
        return Readiness(OK, OK if revision == self._newest else NOT_CURRENT)
