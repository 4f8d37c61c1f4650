import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from app.connectors.contract import CircuitState, SourceInfo
from app.domain.source import SourceKind
from app.http.application import create_http_application
from app.http.metrics import Metrics
from app.stores.engine import create_engine
from app.stores.migrations import migrate

SALESFORCE = SourceInfo("salesforce", "Salesforce", SourceKind.CRM, True, frozenset({"cases"}))
SHOPIFY = SourceInfo("shopify", "Shopify", SourceKind.STOREFRONT, False, frozenset({"storefront_profiles"}))


class _Sources:
    sources = (SALESFORCE, SHOPIFY)

    def circuit(self, key: str) -> CircuitState:
        return {"salesforce": CircuitState.OPEN}[key]


TOLD = [
    {"key": "salesforce", "enabled": True, "circuit": "OPEN"},
    {"key": "shopify", "enabled": False, "circuit": None},
]


@asynccontextmanager
async def _client(engine: AsyncEngine) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_http_application(PlainTextResponse("graphql"), Metrics(), engine, _Sources())
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
        yield client


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(fresh_database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def unreachable() -> AsyncIterator[AsyncEngine]:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    engine = create_engine(f"postgresql://nobody:s3cret@127.0.0.1:{port}/nothing")
    yield engine
    await engine.dispose()


async def _ready(engine: AsyncEngine) -> tuple[int, Any]:
    async with _client(engine) as client:
        response = await client.get("/health/ready")
        return response.status_code, response.json()


async def test_ready_on_a_migrated_database_whatever_the_sources_do(engine: AsyncEngine) -> None:
    await migrate(engine)
    expected = {"status": "ok", "checks": {"database": "ok", "migrations": "ok"}, "sources": TOLD}
    assert await _ready(engine) == (200, expected)


async def test_not_ready_before_the_migrations(engine: AsyncEngine) -> None:
    checks = {"database": "ok", "migrations": "not current: run junction migrate"}
    assert await _ready(engine) == (503, {"status": "unavailable", "checks": checks, "sources": TOLD})


async def test_not_ready_on_the_tables_of_another_version(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    assert (await _ready(engine))[0] == 503


async def test_not_ready_but_alive_without_the_database(unreachable: AsyncEngine) -> None:
    checks = {"database": "cannot be reached", "migrations": "unknown"}
    assert await _ready(unreachable) == (503, {"status": "unavailable", "checks": checks, "sources": TOLD})
    async with _client(unreachable) as client:
        response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_the_root_leads_to_graphql(unreachable: AsyncEngine) -> None:
    async with _client(unreachable) as client:
        response = await client.get("/")
        assert (response.status_code, response.headers["Location"]) == (307, "/graphql")
        assert (await client.get("/graphql")).text == "graphql"


async def test_a_fault_of_ours_is_told_by_its_id_alone(unreachable: AsyncEngine) -> None:
    class Broken:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            raise LookupError("s3cret")

    app = create_http_application(Broken(), Metrics(), unreachable, _Sources())
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    with capture_logs():
        async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
            response = await client.post("/graphql", headers={"X-Request-Id": "trace-7"})
    message = "Something went wrong here. It is logged as trace-7."
    assert response.status_code == 500
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "INTERNAL", "id": "trace-7"}}]}
