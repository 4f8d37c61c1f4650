"""Connections for reading: never too many, given back after errors, replaced when lost, closed when given up."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from app.execution.connections import Connections, NoFreeConnection
from app.stores.engine import create_connections, recorded_statements

PID = "SELECT pg_backend_pid()"


class Scripted:
    """A connection that does what it is told to, statement by statement; what it is asked for it tells."""

    def __init__(self, *acts: Callable[[], Awaitable[None]]) -> None:
        self._acts = deque(acts)
        self.statements: list[str] = []
        self.is_terminated = False
        self._is_closed = False
        self.close_fails = False

    async def fetch(self, query: str, *_: Any) -> list[Any]:
        self.statements.append(query)
        if self._acts:
            await self._acts.popleft()()
        return [query]

    def is_closed(self) -> bool:
        return self._is_closed

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's name
        if self.close_fails:
            raise TimeoutError
        self._is_closed = True

    def terminate(self) -> None:
        self.is_terminated = True


class Server:
    """Hands out connections in the order in which they are given, then plain ones."""

    def __init__(self, *scripted: Scripted) -> None:
        self._scripted = deque(scripted)
        self.opened: list[Scripted] = []

    async def connect(self) -> Scripted:
        self.opened.append(self._scripted.popleft() if self._scripted else Scripted())
        return self.opened[-1]

    def connections(self, connections_max: int, wait_timeout_s: float = 30) -> Connections:
        return Connections(self.connect, connections_max=connections_max, wait_timeout_s=wait_timeout_s)


def waits(go: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        await go.wait()

    return act


def fails(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        raise error

    return act


@asynccontextmanager
async def opened(url: str, connections_max: int = 3) -> AsyncIterator[Connections]:
    connections = create_connections(url, connections_max=connections_max, statement_timeout_s=60)
    try:
        yield connections
    finally:
        await connections.close()


@pytest.fixture
async def watching(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database)
    yield connection
    await connection.close()


async def pid_of(connections: Connections) -> int:
    (row,) = await connections.rows(PID, ())
    pid: int = row[0]
    return pid


async def wait_for_count(watching: asyncpg.Connection, count: int, where: str, *given: Any) -> None:
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND {where}"
    for _ in range(2000):
        if await watching.fetchval(asked, *given) == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"still not {count} backends with {where} after 20 s")


async def test_connections_are_opened_when_needed_and_never_too_many() -> None:
    go = asyncio.Event()
    server = Server(*(Scripted(waits(go)) for _ in range(2)))
    connections = server.connections(2)
    asked = [asyncio.create_task(connections.rows(f"S{n}", ())) for n in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [each.statements for each in server.opened] == [["S0"], ["S1"]]
    go.set()
    assert await asyncio.gather(*asked) == [["S0"], ["S1"], ["S2"], ["S3"], ["S4"]]
    assert len(server.opened) == 2


async def test_one_connection_is_enough_for_one_after_the_other() -> None:
    server = Server()
    connections = server.connections(5)
    for n in range(3):
        await connections.rows(f"S{n}", ())
    assert [each.statements for each in server.opened] == [["S0", "S1", "S2"]]


async def test_who_waits_too_long_is_told_so_and_takes_no_turn_away() -> None:
    go = asyncio.Event()
    server = Server(Scripted(waits(go)))
    connections = server.connections(1, wait_timeout_s=0.01)
    first = asyncio.create_task(connections.rows("S0", ()))
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(NoFreeConnection):
            await connections.rows("S1", ())
    go.set()
    assert await first == ["S0"]
    assert await connections.rows("S2", ()) == ["S2"]
    assert [each.statements for each in server.opened] == [["S0", "S2"]]


async def test_who_leaves_while_waiting_takes_no_turn_away() -> None:
    go = asyncio.Event()
    server = Server(Scripted(waits(go)))
    connections = server.connections(1)
    asked = [asyncio.create_task(connections.rows(f"S{n}", ())) for n in range(3)]
    await asyncio.sleep(0)
    asked[1].cancel()
    go.set()
    await asyncio.wait(asked)
    assert (asked[0].result(), asked[1].cancelled(), asked[2].result()) == (["S0"], True, ["S2"])
    assert [each.statements for each in server.opened] == [["S0", "S2"]]


async def test_a_server_that_is_away_is_tried_twice_and_no_more() -> None:
    server = Server(*(Scripted(fails(ConnectionResetError())) for _ in range(3)))
    connections = server.connections(1)
    with pytest.raises(ConnectionResetError):
        await connections.rows("S0", ())
    assert [each.statements for each in server.opened] == [["S0"], ["S0"]]


async def test_a_lost_connection_takes_along_those_that_are_free() -> None:
    """All of them are gone, most likely, and each that is tried costs its user a moment."""
    go = asyncio.Event()
    server = Server(*(Scripted(waits(go), fails(ConnectionResetError())) for _ in range(3)))
    connections = server.connections(3)
    asked = [asyncio.create_task(connections.rows(f"S{n}", ())) for n in range(3)]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*asked)
    assert await connections.rows("S3", ()) == ["S3"]
    assert [len(each.statements) for each in server.opened] == [1, 1, 2, 1]
    await connections.close()
    assert [each.is_closed() for each in server.opened] == [True] * 4


async def test_a_connection_that_does_not_close_is_cut_off() -> None:
    server = Server()
    connections = server.connections(1)
    await connections.rows("S0", ())
    server.opened[0].close_fails = True
    await connections.close()
    assert server.opened[0].is_terminated


async def test_each_statement_is_told_once_even_when_it_is_tried_twice() -> None:
    told: list[str] = []
    server = Server(Scripted(fails(ConnectionResetError())))
    connections = Connections(server.connect, connections_max=1, told=told.append)
    await connections.rows("S0", ())
    assert told == ["S0"]


async def test_a_lost_connection_is_replaced_unseen(fresh_database: str, watching: asyncpg.Connection) -> None:
    async with opened(fresh_database) as connections:
        lost = await pid_of(connections)
        await watching.execute("SELECT pg_terminate_backend($1, 10000)", lost)
        with recorded_statements() as statements:
            assert await pid_of(connections) != lost
        assert statements == [PID]


@pytest.mark.parametrize(
    ("sql", "given", "error"),
    [
        ("SELECT 1 / $1::int", 0, asyncpg.DivisionByZeroError),
        ("SELECT * FROM nowhere WHERE $1", True, asyncpg.UndefinedTableError),
        ("SELECT $1::text", "\0", asyncpg.CharacterNotInRepertoireError),
        # Refused by the driver, before it is sent.
        ("SELECT $1::int", 2**31, asyncpg.DataError),
        ("SELECT $1::int", "x", asyncpg.DataError),
    ],
)
async def test_a_statement_that_fails_keeps_its_connection(
    fresh_database: str, sql: str, given: Any, error: type[Exception]
) -> None:
    async with opened(fresh_database) as connections:
        pid = await pid_of(connections)
        with pytest.raises(error):
            await connections.rows(sql, (given,))
        assert await pid_of(connections) == pid


async def test_who_leaves_takes_the_statement_along(fresh_database: str, watching: asyncpg.Connection) -> None:
    sleeping = "datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep%'"
    async with opened(fresh_database, connections_max=1) as connections:
        pid = await pid_of(connections)
        asked = asyncio.create_task(connections.rows("SELECT pg_sleep(600)", ()))
        await wait_for_count(watching, 1, sleeping)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await wait_for_count(watching, 0, sleeping)
        await wait_for_count(watching, 0, "pid = $1", pid)
        assert await pid_of(connections) != pid


async def test_closing_leaves_no_connection_behind(fresh_database: str, watching: asyncpg.Connection) -> None:
    async with opened(fresh_database, connections_max=2) as connections:
        await asyncio.gather(*(connections.rows("SELECT pg_sleep(0.05)", ()) for _ in range(4)))
        await wait_for_count(watching, 2, "datname = current_database()")
    await wait_for_count(watching, 0, "datname = current_database()")
