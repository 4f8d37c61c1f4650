"""The write side's transactions: SQL through the driver, on connections of their own.

Statements are texts with $1, $2 …; JSON goes in and comes out as text (`json_of`, `json_in`). They stay prepared on
their connection, so a transaction costs its round trips and little more (docs/decisions/0005-writes-are-sql.md).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

import asyncpg
import orjson

from app.domain.actor import Actor
from app.domain.outgoing import Pushes
from app.stores.jobs import Bell, enqueue
from app.stores.telling import Telling

Record: TypeAlias = Any
"""asyncpg.Record: values by name and by place."""
Clock = Callable[[], datetime]
CLOSE_TIMEOUT_S = 5.0
NOBODY: Pushes = MappingProxyType({})


def utc_now() -> datetime:
    return datetime.now(UTC)


def json_of(value: object) -> str:
    """For a parameter of type jsonb."""
    return orjson.dumps(value, default=str).decode()


def json_of_sent(value: object) -> str:
    """Of what others sent: `json_of` takes neither a whole number of any size, nor the character below."""
    return json.dumps(storable(value), default=str)


def storable(value: Any) -> Any:
    """Without the character that Postgres stores in no text, which may be what is wrong with it."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {storable(name): storable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value


def json_in(text: str | None) -> Any:
    """Of a column of type jsonb."""
    return None if text is None else orjson.loads(text)


def hush(exc: BaseException) -> None:
    """Takes from an error of Postgres what quotes the row: it is people's data, and the error is about to be logged."""
    if isinstance(exc, asyncpg.PostgresError):
        exc.detail = None


class Transaction:
    """One command's work: `at` is the moment of all that it writes, `actor` who it is for.

    Statements run one after the other, also when several tasks ask: a connection has one line.
    """

    def __init__(
        self, connection: Any, actor: Actor, at: datetime, told: Callable[[str], None], pushes: Pushes = NOBODY
    ) -> None:
        self._connection = connection
        self._told = told
        self._line = asyncio.Lock()
        self.actor = actor
        self.at = at
        self.has_jobs = False
        """Workers are to be told after the commit."""
        self.telling = Telling(pushes)

    async def rows(self, sql: str, *values: Any) -> list[Record]:
        self._told(sql)
        async with self._line:
            found: list[Record] = await self._connection.fetch(sql, *values)
            return found

    async def row(self, sql: str, *values: Any) -> Record | None:
        """The first; None without one."""
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row; None without one."""
        found = await self.rows(sql, *values)
        return found[0][0] if found else None

    async def run(self, sql: str, *values: Any) -> None:
        await self.rows(sql, *values)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone; what was done before stays."""
        async with self._connection.transaction():
            yield


class ReadsOf:
    """Reading as a transaction sees it, for what else reads through `Connections`.

    All that the transaction writes, it has written before the first of these reads.
    """

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._turn = asyncio.Lock()
        self._has_savepoint = False

    async def rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """One that fails spoils nothing for the next: without the savepoint Postgres would refuse all behind it."""
        async with self._turn:
            if not self._has_savepoint:
                await self._tx.run("SAVEPOINT before_reading")
                self._has_savepoint = True
            try:
                return await self._tx.rows(sql, *parameters)
            except BaseException:
                await self._tx.run("ROLLBACK TO SAVEPOINT before_reading")
                raise


class Writers:
    """Opens transactions, as many at a time as the pool has connections; others wait their turn."""

    def __init__(
        self,
        pool: "asyncpg.Pool",
        *,
        clock: Clock = utc_now,
        told: Callable[[str], None] = lambda _: None,
        pushes: Pushes = NOBODY,
    ) -> None:
        """`told` hears the SQL of each statement before it runs. `pushes` says whom changes are told to."""
        self._pool = pool
        self._clock = clock
        self._told = told
        self._pushes = pushes
        self._bell = Bell(self._notify)

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncIterator[Transaction]:
        """Commits at the end of the block; rolls back when the block raises."""
        async with self._pool.acquire() as connection:
            tx = Transaction(connection, actor, self._clock(), self._told, self._pushes)
            async with connection.transaction():
                yield tx
                await enqueue(tx, *tx.telling.jobs())
        if tx.has_jobs:
            self._bell.ring()

    @asynccontextmanager
    async def rehearsal(self, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction that is rolled back at the end of the block, whatever happened in it."""
        async with self._pool.acquire() as connection:
            rehearsed = connection.transaction()
            await rehearsed.start()
            try:
                yield Transaction(connection, actor, self._clock(), self._told)
            finally:
                await rehearsed.rollback()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._bell.close()
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _notify(self, channel: str, payload: str) -> None:
        await self._pool.execute("SELECT pg_notify($1, $2)", channel, payload)
