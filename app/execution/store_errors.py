"""What a client is told when a statement failed for a reason that is not ours.

The store is a source among others: out of reach it is named as one, and what can wait for it may be asked again.
"""

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.execution.connections import NoFreeConnection
from app.execution.errors import BadUserInput, ClientFacing, SourceFailed, TimedOut

STORE = "junction"
"""Its key among the sources."""

FAILURES = (
    DBAPIError,
    PoolTimeoutError,
    NoFreeConnection,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DataError,
)
"""What a statement can fail with: SQLAlchemy wraps errors of statements, not those of connecting."""

# Connection lost or refused, too many connections or out of memory, shut down or starting up.
# https://www.postgresql.org/docs/18/errcodes-appendix.html, read 2026-11
_OUT_OF_REACH = ("08", "53", "57P")
_LOST = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The last is what asyncpg says where a connection breaks in the midst of a statement, and is told to roll back."""
_CANCELED = "57014"
"""Stopped by the server at the statement's time limit."""
_NOT_A_CHARACTER = "22021"
"""U+0000, which no text of Postgres holds. The values of a read come from its request."""

log = structlog.get_logger(__name__)


def client_facing(failure: Exception) -> ClientFacing | None:
    """None when the statement itself was wrong, which is our fault."""
    if isinstance(failure, NoFreeConnection | PoolTimeoutError):
        log.warning("store_busy")
        return SourceFailed(STORE, "The store is too busy to answer; try again later.", timed_out=True)
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    sqlstate = getattr(cause, "sqlstate", None) or ""
    if sqlstate == _NOT_A_CHARACTER:
        return BadUserInput("A text of the request holds the character U+0000; no stored text does.")
    if sqlstate == _CANCELED:
        return TimedOut("Reading the store took too long and was stopped: ask for less at a time.")
    lost = isinstance(failure, InterfaceError) or getattr(failure, "connection_invalidated", False)
    if lost or sqlstate.startswith(_OUT_OF_REACH) or isinstance(cause, _LOST):
        log.warning("store_unreachable", reason=type(cause).__name__, sqlstate=sqlstate or None)
        return SourceFailed(STORE, "The store cannot be reached; try again in a moment.", timed_out=False)
    return None
