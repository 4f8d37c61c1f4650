"""That the recorder sees what goes over the wire, and that nothing wrong goes unnoticed."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Received
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.connectors.request import Request
from app.connectors.transport import SourceTransport
from app.sandbox.faults import FAULT_HEADER
from app.sandbox.server import serve_sandbox
from tests.specifications.exchange import Exchange, Specification, Violation
from tests.specifications.recorder import Recorder, heard_by

WRONG = Violation("POST /things", "$.name", "type", "is wrong")


async def said(request: Received) -> JSONResponse:
    body: Any = await request.json()
    return JSONResponse({"said": body["say"]}, headers={FAULT_HEADER: "garbage"} if body.get("fault") else {})


class Listening:
    """A source called acme on the loopback, and a recorder between it and us."""

    def __init__(self, base_url: str, defects: frozenset[Violation] = frozenset()) -> None:
        self.seen: list[Exchange] = []
        self.recorder = Recorder({"acme": Specification(Path(), self._violations, defects)})
        heard = heard_by(self.recorder, httpx2.AsyncHTTPTransport.handle_async_request)

        class Transport(httpx2.AsyncHTTPTransport):
            handle_async_request = heard  # type: ignore[assignment]

        self.http = Transport()
        self.transport = SourceTransport("acme", f"{base_url}/acme_outlet", http=self.http)

    def _violations(self, exchange: Exchange) -> Iterator[Violation]:
        self.seen.append(exchange)
        yield WRONG

    async def say(self, body: dict[str, Any]) -> Any:
        request = Request("POST", "/things", params={"of": "1"}, json=body)
        return await self.transport.send(request, lambda each: each.decode(dict), deadline=time.monotonic() + 60)


@pytest.fixture
async def base_url(anyio_backend: str) -> AsyncIterator[str]:
    running = await serve_sandbox(Starlette(routes=[Route("/acme_outlet/things", said, methods=["POST"])]))
    yield running.base_url
    await running.close()


async def test_an_exchange_is_held_against_its_vendors_specification(base_url: str) -> None:
    listening = Listening(base_url)
    assert await listening.say({"say": "hello"}) == {"said": "hello"}
    # Nobody who is listened to waits for the verdict.
    assert listening.seen == []
    assert listening.recorder.take() == {WRONG}
    [seen] = listening.seen
    assert (seen.vendor, seen.method, seen.path, seen.query) == ("acme", "POST", "/things", (("of", "1"),))
    assert (seen.json, seen.status, seen.answer) == ({"say": "hello"}, 200, {"said": "hello"})
    assert seen.headers["content-type"] == "application/json"
    assert listening.recorder.take() == set()
    await listening.transport.close()


async def test_each_kind_of_exchange_is_looked_at_once(base_url: str) -> None:
    listening = Listening(base_url)
    for body in ({"say": "Order 1"}, {"say": "Order 2"}, {"say": "REFUND"}, {"say": ["a"]}):
        await listening.say(body)
    assert listening.recorder.take() == {WRONG}
    assert [each.json["say"] for each in listening.seen] == ["Order 1", "REFUND", ["a"]]
    assert listening.recorder.looked_at == {"acme": 3}
    await listening.transport.close()


async def test_known_defects_are_excused(base_url: str) -> None:
    listening = Listening(base_url, frozenset({WRONG}))
    await listening.say({"say": "hello"})
    assert listening.recorder.take() == set()
    await listening.transport.close()


async def test_what_is_meant_to_be_wrong_is_not_looked_at(base_url: str) -> None:
    listening = Listening(base_url)
    await listening.say({"say": "hello", "fault": True})
    async with httpx2.AsyncClient(transport=listening.http) as somebody_else:
        await somebody_else.post(f"{base_url}/acme_outlet/things", json={"say": "hello"})
    assert listening.recorder.take() == set()
    assert listening.seen == []
    await listening.transport.close()
