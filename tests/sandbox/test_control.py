"""Telling sources to fail, and what a client then meets on the wire."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from app.sandbox.app import create_sandbox
from app.sandbox.data import SalesforceOrg, SandboxData, ShopifyShop
from app.sandbox.faults import Fault
from app.sandbox.server import RunningSandbox, serve_sandbox
from tests.sandbox.conftest import FORM
from tests.serving import NO_TLS

TOKEN = {"Authorization": "Bearer control"}
CLEAR = {"fault": "clear", "latency_ms": 0, "retry_after_s": None, "request_count": 0, "times_left": None}


class Naps:
    """Sleeps that last until they are called off."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.begun, self.over, self.called_off = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.begun.set()
        try:
            await self.over.wait()
        except asyncio.CancelledError:
            self.called_off.set()
            raise


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def sandbox(naps: Naps) -> Starlette:
    shops = {"shopify": ShopifyShop(), "shopify_outlet": ShopifyShop()}
    data = SandboxData(salesforce={"salesforce": SalesforceOrg()}, shopify=shops)
    return create_sandbox(data, control_token="control", sleep=naps)


@pytest.fixture
async def running(sandbox: Starlette, naps: Naps) -> AsyncIterator[RunningSandbox]:
    running = await serve_sandbox(sandbox)
    yield running
    naps.over.set()
    await running.close()


@pytest.fixture
async def client(running: RunningSandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=running.base_url, verify=NO_TLS) as client:
        yield client


async def order(client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
    return await client.post("/_control/faults", json=body, headers=TOKEN)


async def get_token(client: httpx2.AsyncClient) -> httpx2.Response:
    return await client.post("/salesforce/services/oauth2/token", data=FORM)


async def test_sources_and_their_faults_are_shown(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/_control", headers=TOKEN)).json() == {
        "sources": {
            "salesforce": {"vendor": "salesforce", **CLEAR},
            "shopify": {"vendor": "shopify", **CLEAR},
            "shopify_outlet": {"vendor": "shopify", **CLEAR},
        }
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": "control"}])
async def test_control_wants_its_token(client: httpx2.AsyncClient, sandbox: Starlette, headers: dict[str, str]) -> None:
    body = {"source": "shopify", "fault": "down"}
    assert (await client.get("/_control", headers=headers)).status_code == 401
    assert (await client.get("/_control/effects", headers=headers)).status_code == 401
    assert (await client.post("/_control/faults", json=body, headers=headers)).status_code == 401
    assert sandbox.state.sources["shopify"].state.fault == "clear"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (
            {"source": "sap", "fault": "down"},
            404,
            "no source is called sap; choose from salesforce, shopify, shopify_outlet",
        ),
        (
            {"source": "shopify", "fault": "sad"},
            400,
            f"Invalid enum value 'sad' - at `$.fault`; choose from {', '.join(Fault)}",
        ),
        ({"source": "shopify"}, 400, "Object missing required field `fault`"),
        ({"source": "shopify", "fault": "slow", "latency_ms": -1}, 400, "latency_ms must be between 0 and 600000"),
        (
            {"source": "shopify", "fault": "throttled", "retry_after_s": -1},
            400,
            "retry_after_s must be between 0 and 86400",
        ),
        ({"source": "shopify", "fault": "slow", "ms": 1}, 400, "Object contains unknown field `ms`"),
        ({"source": "shopify", "fault": "down", "times": 0}, 400, "times must be between 1 and 1000000"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, sandbox: Starlette, body: dict[str, Any], status: int, error: str
) -> None:
    answer = await order(client, body)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert sandbox.state.sources["shopify"].state.fault == "clear"


async def test_down_drops_the_connection_of_one_source(client: httpx2.AsyncClient) -> None:
    answer = await order(client, {"source": "salesforce", "fault": "down"})
    assert answer.json() == {"vendor": "salesforce", **CLEAR, "fault": "down"}
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        await get_token(client)
    assert (await client.post("/shopify/admin/oauth/access_token", data=FORM)).status_code == 200
    await order(client, {"source": "salesforce", "fault": "clear"})
    assert (await get_token(client)).status_code == 200


async def test_slow_without_a_figure_is_slower_than_a_deadline(client: httpx2.AsyncClient) -> None:
    answer = await order(client, {"source": "salesforce", "fault": "slow"})
    assert answer.json() == {"vendor": "salesforce", **CLEAR, "fault": "slow", "latency_ms": 5_000}


async def test_garbage_is_a_200_that_breaks_off(client: httpx2.AsyncClient) -> None:
    await order(client, {"source": "salesforce", "fault": "garbage"})
    answer = await get_token(client)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated string"):
        answer.json()


async def test_truncated_breaks_off_in_the_middle_of_the_right_answer(client: httpx2.AsyncClient) -> None:
    await order(client, {"source": "salesforce", "fault": "truncated"})
    async with client.stream("POST", "/salesforce/services/oauth2/token", data=FORM) as answer:
        assert answer.status_code == 200
        assert answer.headers["x-sandbox-fault"] == "truncated"
        parts = answer.aiter_bytes()
        assert (await anext(parts)).startswith(b'{"access_token":"00D')
        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            await anext(parts)


async def test_mistyped_has_the_right_names_and_wrong_values(client: httpx2.AsyncClient) -> None:
    right = (await get_token(client)).json()
    await order(client, {"source": "salesforce", "fault": "mistyped"})
    wrong = (await get_token(client)).json()
    assert wrong == {name: len(value) for name, value in right.items()}


@pytest.mark.parametrize("retry_after_s", [None, 7])
async def test_throttled_does_nothing_and_may_say_how_long_to_wait(
    client: httpx2.AsyncClient, sandbox: Starlette, retry_after_s: int | None
) -> None:
    wait = {} if retry_after_s is None else {"retry_after_s": retry_after_s}
    await order(client, {"source": "salesforce", "fault": "throttled", **wait})
    answer = await get_token(client)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, retry_after_s and str(retry_after_s))
    assert sandbox.state.sources["salesforce"].app.tokens.issued == ()


async def test_a_vendor_throttles_in_its_own_manner(client: httpx2.AsyncClient) -> None:
    await order(client, {"source": "shopify", "fault": "throttled"})
    answer = await client.post("/shopify/admin/api/2026-10/graphql.json", json={"query": "{ shop { name } }"})
    assert answer.status_code == 200
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["THROTTLED"]


async def test_an_expired_token_is_met_once(client: httpx2.AsyncClient) -> None:
    token = (await get_token(client)).json()["access_token"]
    await order(client, {"source": "salesforce", "fault": "expired_token", "times": 1})
    path, bearer = "/salesforce/services/data/v67.0/query", {"Authorization": f"Bearer {token}"}
    assert (await client.get(path, headers=bearer)).json()[0]["errorCode"] == "INVALID_SESSION_ID"
    renewed = (await get_token(client)).json()["access_token"]
    query = {"q": "SELECT Id FROM Contact"}
    assert (await client.get(path, params=query, headers={"Authorization": f"Bearer {renewed}"})).status_code == 200


async def test_error_before_does_nothing(client: httpx2.AsyncClient, sandbox: Starlette) -> None:
    await order(client, {"source": "salesforce", "fault": "error_before"})
    assert (await get_token(client)).status_code == 503
    assert sandbox.state.sources["salesforce"].app.tokens.issued == ()


async def test_error_after_has_done_it(client: httpx2.AsyncClient, sandbox: Starlette) -> None:
    await order(client, {"source": "salesforce", "fault": "error_after"})
    assert (await get_token(client)).status_code == 500
    assert len(sandbox.state.sources["salesforce"].app.tokens.issued) == 1


async def test_drop_after_has_done_it(client: httpx2.AsyncClient, sandbox: Starlette) -> None:
    await order(client, {"source": "salesforce", "fault": "drop_after"})
    with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
        await get_token(client)
    assert len(sandbox.state.sources["salesforce"].app.tokens.issued) == 1


async def test_timeout_after_has_done_it_and_says_nothing(client: httpx2.AsyncClient, sandbox: Starlette) -> None:
    await order(client, {"source": "salesforce", "fault": "timeout_after"})
    with pytest.raises(httpx2.ReadTimeout):
        await client.post("/salesforce/services/oauth2/token", data=FORM, timeout=0.05)
    assert len(sandbox.state.sources["salesforce"].app.tokens.issued) == 1


async def test_a_fault_clears_after_so_many_requests(client: httpx2.AsyncClient) -> None:
    await order(client, {"source": "salesforce", "fault": "error_before", "times": 2})
    statuses = [(await get_token(client)).status_code for _ in range(4)]
    assert statuses == [503, 503, 200, 200]
    shown = (await client.get("/_control", headers=TOKEN)).json()["sources"]["salesforce"]
    assert shown == {"vendor": "salesforce", **CLEAR, "request_count": 4}


async def test_who_was_asked_nothing_has_done_nothing(client: httpx2.AsyncClient) -> None:
    shown = (await client.get("/_control/effects", headers=TOKEN)).json()["sources"]
    assert shown == {"salesforce": {}, "shopify": {}, "shopify_outlet": {}}


async def test_slow_is_the_right_answer_late(client: httpx2.AsyncClient, naps: Naps) -> None:
    await order(client, {"source": "salesforce", "fault": "slow", "latency_ms": 1_500})
    answer = asyncio.create_task(get_token(client))
    await client.get("/_control", headers=TOKEN)
    assert not answer.done()
    naps.over.set()
    assert (await answer).status_code == 200
    assert naps.seconds == [1.5]


async def test_a_client_that_leaves_ends_a_slow_answer(client: httpx2.AsyncClient, naps: Naps) -> None:
    await order(client, {"source": "salesforce", "fault": "slow", "latency_ms": 1_500})
    answer = asyncio.create_task(get_token(client))
    await naps.begun.wait()
    answer.cancel()
    await naps.called_off.wait()
    assert not naps.over.is_set()


async def test_a_taken_port_is_said_so(running: RunningSandbox, sandbox: Starlette) -> None:
    port = int(running.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await serve_sandbox(sandbox, port=port)


async def test_a_closed_sandbox_frees_its_port(sandbox: Starlette) -> None:
    first = await serve_sandbox(sandbox)
    port = int(first.base_url.rpartition(":")[2])
    await first.close()
    second = await serve_sandbox(sandbox, port=port)
    await second.close()
    assert second.base_url == first.base_url
