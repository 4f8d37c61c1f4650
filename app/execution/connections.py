"""Connections for reading: a free list, and statements that stay prepared.

The driver's own pool makes a proxy for each use and resets the session after it. That costs as much as a point read
does, and is for nothing here: every use is one SELECT, outside a transaction, that leaves no trace in its session.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import asyncpg
import structlog

log = structlog.get_logger(__name__)

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    ConnectionError,
)
"""How the loss of a connection shows, depending on what the driver was about."""
CLOSE_TIMEOUT_S = 5.0


class ReadsRows(Protocol):
    async def rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]: ...


class Connection(Protocol):
    """What is needed of asyncpg's."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...
    def is_closed(self) -> bool: ...
    async def close(self, *, timeout: float) -> None: ...  # noqa: ASYNC109 - asyncpg's name
    def terminate(self) -> None: ...


class NoFreeConnection(Exception):
    """All were busy for as long as one may wait."""


class Connections:
    """At most `connections_max`, opened when first needed. `told` hears the SQL of each statement before it runs."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        connections_max: int,
        wait_timeout_s: float = 30.0,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connect = connect
        self._turns = asyncio.Semaphore(connections_max)
        self._wait_timeout_s = wait_timeout_s
        self._told = told
        self._free: list[Connection] = []
        self._closing: set[asyncio.Task[None]] = set()

    async def rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """Raises NoFreeConnection, and whatever the driver does.

        A connection that turns out to be lost is replaced, once: the server may have been started anew meanwhile.
        """
        self._told(sql)
        await self._turn()
        try:
            try:
                return await self._rows(sql, parameters)
            except LOST:
                self._discard(*self._free)
                return await self._rows(sql, parameters)
        finally:
            self._turns.release()

    async def close(self) -> None:
        """Those that are free."""
        self._discard(*self._free)
        await asyncio.gather(*self._closing)

    async def _turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(self._wait_timeout_s):
                await self._turns.acquire()
        except TimeoutError as exc:
            raise NoFreeConnection from exc

    async def _rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        connection = self._free.pop() if self._free else await self._connect()
        try:
            rows = await connection.fetch(sql, *parameters)
        except asyncpg.PostgresError:
            self._give_back(connection)
            raise
        except BaseException:
            # Canceled in the midst of its statement, or lost. Closing tells the server to stop, too.
            self._discard(connection)
            raise
        self._give_back(connection)
        return rows

    def _give_back(self, connection: Connection) -> None:
        if not connection.is_closed():
            self._free.append(connection)

    def _discard(self, *connections: Connection) -> None:
        self._free = [each for each in self._free if each not in connections]
        for each in connections:
            closing = asyncio.create_task(_close(each), name="close connection")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


async def _close(connection: Connection) -> None:
    """Politely, if that can be: the server is told to stop what it does. Never raises."""
    try:
        await connection.close(timeout=CLOSE_TIMEOUT_S)
    except Exception as exc:  # noqa: BLE001 - whatever state the driver is in, the connection must go
        log.info("connection_not_closed", reason=type(exc).__name__)
    finally:
        if not connection.is_closed():
            connection.terminate()
