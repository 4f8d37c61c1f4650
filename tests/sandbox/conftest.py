"""Plain HTTP clients to the sandbox: in this process, or over loopback."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from starlette.types import ASGIApp

from app.sandbox.data import CLIENT_ID, CLIENT_SECRET

FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[[ASGIApp], httpx2.AsyncClient]]:
    clients: list[httpx2.AsyncClient] = []

    def open_client(app: ASGIApp) -> httpx2.AsyncClient:
        clients.append(httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://vendor.test"))
        return clients[-1]

    yield open_client
    for client in clients:
        await client.aclose()
