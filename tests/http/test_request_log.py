from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from app.http.request_log import RequestLog


async def _echo_id(_: Request) -> PlainTextResponse:
    return PlainTextResponse(get_contextvars()["request_id"])


async def _crash(_: Request) -> PlainTextResponse:
    raise LookupError("the shelf is empty")


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def client(logged: list[Any]) -> AsyncIterator[httpx2.AsyncClient]:
    """The clock advances by 250 ms whenever it is read, and ids are given out in order."""
    clock, ids = count(0, 0.25), count(1)
    app = RequestLog(
        Starlette(routes=[Route("/echo", _echo_id, methods=["GET", "POST"]), Route("/crash", _crash)]),
        new_id=lambda: f"id-{next(ids)}",
        elapsed_s=lambda: next(clock),
    )
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
        yield client


async def test_a_request_gets_an_id_and_one_line(client: httpx2.AsyncClient, logged: list[Any]) -> None:
    response = await client.get("/echo")
    assert (response.text, response.headers["X-Request-Id"]) == ("id-1", "id-1")
    assert logged == [
        {"event": "request", "method": "GET", "path": "/echo", "status": 200, "ms": 250.0, "log_level": "debug"}
    ]


async def test_neither_body_nor_query_string_nor_headers_are_logged(
    client: httpx2.AsyncClient, logged: list[Any]
) -> None:
    await client.post("/echo?query=s3cret", content=b"s3cret", headers={"Authorization": "Bearer s3cret"})
    assert [line["path"] for line in logged] == ["/echo"]
    assert "s3cret" not in str(logged)


async def test_the_address_of_a_label_is_not_logged(client: httpx2.AsyncClient, logged: list[Any]) -> None:
    await client.get("/labels/s3cret")
    assert [line["path"] for line in logged] == ["/labels/..."]


async def test_a_path_cannot_forge_a_line(client: httpx2.AsyncClient, logged: list[Any]) -> None:
    assert (await client.get("/a%0Ab")).status_code == 404
    assert [(line["path"], line["status"]) for line in logged] == [("/a%0Ab", 404)]


@pytest.mark.parametrize("sent", ["trace-7f.3_B", "x" * 64])
async def test_a_sane_id_of_the_caller_is_kept(client: httpx2.AsyncClient, sent: str) -> None:
    response = await client.get("/echo", headers={"X-Request-Id": sent})
    assert (response.text, response.headers["X-Request-Id"]) == (sent, sent)


@pytest.mark.parametrize("sent", ["", "two words", "x" * 65, "a;b", 'quote"'])
async def test_another_id_is_replaced(client: httpx2.AsyncClient, sent: str) -> None:
    response = await client.get("/echo", headers={"X-Request-Id": sent})
    assert (response.text, response.headers["X-Request-Id"]) == ("id-1", "id-1")


async def test_a_crash_is_logged_as_500_and_answered_with_the_id(client: httpx2.AsyncClient, logged: list[Any]) -> None:
    response = await client.get("/crash")
    assert (response.status_code, response.headers["X-Request-Id"]) == (500, "id-1")
    assert [(line["path"], line["status"]) for line in logged] == [("/crash", 500)]


async def test_a_slow_request_and_one_that_failed_are_worth_a_line(logged: list[Any]) -> None:
    clock = count(0, 1.0)
    app = RequestLog(
        Starlette(routes=[Route("/echo", _echo_id), Route("/crash", _crash)]), elapsed_s=lambda: next(clock)
    )
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
        await client.get("/echo")
        await client.get("/crash")
    assert [(line["path"], line["log_level"]) for line in logged] == [("/echo", "info"), ("/crash", "info")]
