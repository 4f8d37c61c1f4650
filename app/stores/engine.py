"""The SQLAlchemy engine on a PostgreSQL URL; every statement that leaves through it can be counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.timeouts import CONNECT_TIMEOUT_S
from app.domain.outgoing import Pushes
from app.execution.connections import Connections
from app.stores.transaction import NOBODY, Clock, Writers, utc_now

STATEMENTS_PREPARED_MAX = 200
"""On each connection; those not used for longest give way."""
LOCK_TIMEOUT_S = 10
IDLE_IN_TRANSACTION_TIMEOUT_S = 60
_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


def create_engine(url: str, *, connections_max: int = 10) -> AsyncEngine:
    """`url` is plain PostgreSQL (postgresql://…); nothing connects before the first use."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connect, url),
        pool_size=connections_max,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,  # values of a failed statement are people's data, and would stand in the log
    )
    event.listen(engine.sync_engine, "before_cursor_execute", _record)
    event.listen(engine.sync_engine, "handle_error", _drop_detail)
    return engine


def create_connections(url: str, *, connections_max: int, statement_timeout_s: float) -> Connections:
    """For reading: a few connections on which statements stay prepared. Nothing connects before the first use."""
    connect = partial(
        _connect,
        url,
        # Statements that the server stops even where nobody waits for them any longer.
        statement_timeout=f"{statement_timeout_s * 1000:.0f}",
        statement_cache_size=STATEMENTS_PREPARED_MAX,
        max_cacheable_statement_size=0,
    )
    return Connections(connect, connections_max=connections_max, wait_timeout_s=statement_timeout_s, told=_tell)


async def open_writers(url: str, *, connections_max: int, clock: Clock = utc_now, pushes: Pushes = NOBODY) -> Writers:
    """For commands. Nothing connects before the first use, except that a bad URL is refused at once."""
    pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=connections_max,
        # Each use is one transaction, and the end of that leaves nothing behind that would need a reset.
        reset=_leave,
        timeout=CONNECT_TIMEOUT_S,
        statement_cache_size=STATEMENTS_PREPARED_MAX,
        max_cacheable_statement_size=0,
        server_settings=_settings(
            lock_timeout=f"{LOCK_TIMEOUT_S}s",
            # A process that hangs in the midst of a command lets go of its rows.
            idle_in_transaction_session_timeout=f"{IDLE_IN_TRANSACTION_TIMEOUT_S}s",
        ),
    )
    return Writers(pool, clock=clock, told=_tell, pushes=pushes)


async def _leave(_: asyncpg.Connection) -> None:
    pass


async def _connect(url: str, *, statement_timeout: str = "0", **options: Any) -> asyncpg.Connection:
    # asyncpg reads the URL itself, since it knows every parameter of PostgreSQL's own clients (sslmode, host=/socket).
    settings = _settings(statement_timeout=statement_timeout)
    return await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=settings, **options)


def _settings(**others: str) -> dict[str, str]:
    return {
        "application_name": "junction",
        "timezone": "UTC",
        # A plan is one wide statement: compiling it would take Postgres longer than running it.
        "jit": "off",
        # A request to cancel can come before the statement has begun, and is then lost: the server looks for itself.
        "client_connection_check_interval": "1000",
        **others,
    }


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """The SQL texts executed inside the block, by this task and those it starts."""
    statements: list[str] = []
    token = _statements.set(statements)
    try:
        yield statements
    finally:
        _statements.reset(token)


def _record(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    _tell(statement)


def _tell(statement: str) -> None:
    statements = _statements.get()
    if statements is not None:
        statements.append(statement)


def _drop_detail(context: ExceptionContext) -> None:
    """DETAIL quotes the row ("Failing row contains (…)"), so it is a parameter that `hide_parameters` does not know of.

    All three of the chain have it in their text: the driver's error, its translation, and SQLAlchemy's own.
    """
    translated = context.original_exception
    error = translated.__cause__
    if not isinstance(error, asyncpg.PostgresError) or not error.detail:
        return
    quoted, error.detail = f"\nDETAIL:  {error.detail}", None
    for told in (translated, context.sqlalchemy_exception):
        if told is not None:
            told.args = tuple(part.replace(quoted, "") if isinstance(part, str) else part for part in told.args)
