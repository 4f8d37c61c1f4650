"""When answering ends early: too slow, nobody there to hear it, no store. Nothing stays behind."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx2
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp, Message

from app.settings import Settings
from app.wiring import running_application
from tests.http.leaving_client import LeavingClient

LOCATIONS = {"query": "{ locations { key } }"}
EMPTY: dict[str, Any] = {"data": {"locations": []}}


@asynccontextmanager
async def _application(url: str, **limits: float) -> AsyncIterator[ASGIApp]:
    """Over empty tables, with a single connection to the database."""
    settings = Settings(database_connections_max=1, **limits)  # type: ignore[arg-type]
    async with running_application(settings, url, (), migrates=True) as application:
        yield application.http


def _client(app: ASGIApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://junction")


@asynccontextmanager
async def _locked_locations(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Statements that read locations wait for the end of the block. Yields a connection to watch them from."""
    locking, watching = await asyncpg.connect(url), await asyncpg.connect(url)
    async with locking.transaction():
        await locking.execute("LOCK TABLE locations IN ACCESS EXCLUSIVE MODE")
        yield watching
    await locking.close()
    await watching.close()


async def _wait_for_waiting(watching: asyncpg.Connection, count: int) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(2000):
        if await watching.fetchval(waiting) == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"still not {count} statements waiting after 20 s")


async def test_too_slow_an_answer_is_stopped_with_its_statement(fresh_database: str) -> None:
    async with _application(fresh_database, request_timeout_s=1.5) as app, _client(app) as client:
        async with _locked_locations(fresh_database) as watching:
            answer = (await client.post("/graphql", json=LOCATIONS)).json()
            await _wait_for_waiting(watching, 0)
        message = "The answer took longer than 1.5 s and was stopped."
        assert answer == {"errors": [{"message": message, "extensions": {"code": "TIMEOUT"}}]}
        # The only connection is free again.
        assert (await client.post("/graphql", json=LOCATIONS)).json() == EMPTY


async def test_a_client_that_leaves_takes_its_statement_along(fresh_database: str) -> None:
    async with _application(fresh_database) as app, _locked_locations(fresh_database) as watching:
        client = LeavingClient(LOCATIONS)
        asking = asyncio.ensure_future(app(client.scope, client.receive, client.send))
        await _wait_for_waiting(watching, 1)
        client.left.set()
        await asking
        await _wait_for_waiting(watching, 0)
        assert client.sent == []


async def test_a_client_that_leaves_in_the_middle_of_its_body(fresh_database: str) -> None:
    parts: Iterator[Message] = iter(
        [{"type": "http.request", "body": b'{"query"', "more_body": True}, {"type": "http.disconnect"}]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        return next(parts)

    async def send(message: Message) -> None:
        sent.append(message)

    async with _application(fresh_database) as app:
        await app(LeavingClient(LOCATIONS).scope, receive, send)
    assert sent == []


async def test_a_body_that_does_not_end(fresh_database: str) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b'{"query"'
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/json"}
    async with _application(fresh_database, request_timeout_s=0.1) as app, _client(app) as client:
        # The transport reads a body only when the application does.
        response = await client.post("/graphql", content=dripping(), headers=headers)
    assert (response.status_code, response.headers["Connection"]) == (408, "close")
    assert response.json()["errors"][0]["message"] == "The body took longer than 0.1 s to arrive."


async def test_a_store_out_of_reach_is_named_and_comes_back(fresh_database: str, tmp_path: Path) -> None:
    real = Path(parse_qs(urlsplit(fresh_database).query)["host"][0])
    way = tmp_path / "way"
    way.symlink_to(real)
    url = make_url(fresh_database).update_query_dict({"host": str(way)}).render_as_string(hide_password=False)
    async with _application(url) as app, _client(app) as client:
        assert (await client.post("/graphql", json=LOCATIONS)).json() == EMPTY
        way.unlink()
        await _disconnect_all(fresh_database)
        for _ in range(2):
            (error,) = (await client.post("/graphql", json=LOCATIONS)).json()["errors"]
            assert error["message"] == "The store cannot be reached; try again in a moment."
            assert error["extensions"] == {"code": "SOURCE_UNAVAILABLE", "source": "junction"}
        assert (await client.get("/health/ready")).status_code == 503
        os.symlink(real, way)
        assert (await client.post("/graphql", json=LOCATIONS)).json() == EMPTY
        assert (await client.get("/health/ready")).status_code == 200


async def _disconnect_all(url: str) -> None:
    connection = await asyncpg.connect(url)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await connection.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}")
    await connection.close()
