"""The sandboxed org as an HTTP client meets it."""

from collections.abc import Callable

import httpx2
import pytest
from starlette.types import ASGIApp

from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.wire import SalesforceApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import make_contact
from tests.sandbox.conftest import FORM

ORG = SalesforceOrg([make_contact(number) for number in range(1, 6)])
QUERY = "/services/data/v67.0/query"
Open = Callable[[ASGIApp], httpx2.AsyncClient]


async def sign_in(client: httpx2.AsyncClient) -> None:
    token = (await client.post("/services/oauth2/token", data=FORM)).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


async def test_a_token_is_granted(client_of: Open) -> None:
    answer = await client_of(SalesforceApp(ORG).asgi).post("/services/oauth2/token", data=FORM)
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"access_token", "instance_url", "token_type", "issued_at"}
    assert (body["instance_url"], body["token_type"]) == ("http://vendor.test", "Bearer")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
    ],
)
async def test_a_token_is_refused(client_of: Open, change: dict[str, str], error: str) -> None:
    app = SalesforceApp(ORG)
    answer = await client_of(app.asgi).post("/services/oauth2/token", data=FORM | change)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert app.tokens.issued == ()


async def test_a_query_wants_a_token_that_lives(client_of: Open) -> None:
    clock = FakeClock()
    app = SalesforceApp(ORG, token_lifetime_s=60, monotonic=clock.monotonic)
    client = client_of(app.asgi)
    expired = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    ask = {"q": "SELECT Id FROM Contact"}

    answer = await client.get(QUERY, params=ask)
    assert (answer.status_code, answer.json()) == (401, expired)
    await sign_in(client)
    assert (await client.get(QUERY, params=ask)).status_code == 200
    clock.now_s += 60
    answer = await client.get(QUERY, params=ask)
    assert (answer.status_code, answer.json()) == (401, expired)


async def test_a_result_comes_in_pages(client_of: Open) -> None:
    client = client_of(SalesforceApp(ORG, rows_per_page=2).asgi)
    await sign_in(client)
    answer = await client.get(QUERY, params={"q": "SELECT Id FROM Contact ORDER BY Id"})
    sizes = [len(answer.json()["records"])]
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/15000"
    while not answer.json()["done"]:
        assert answer.json()["totalSize"] == 5
        answer = await client.get(answer.json()["nextRecordsUrl"])
        sizes.append(len(answer.json()["records"]))
    assert sizes == [2, 2, 1]
    assert "nextRecordsUrl" not in answer.json()
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=3/15000"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{QUERY}?q=SELECT", 400, "MALFORMED_QUERY"),
        (QUERY, 400, "MALFORMED_QUERY"),
        (f"{QUERY}?q=SELECT+Wings+FROM+Contact", 400, "INVALID_FIELD"),
        (f"{QUERY}/01gnone-2000", 400, "INVALID_QUERY_LOCATOR"),
        (f"{QUERY}?q={'x' * 17_000}", 414, "URI_TOO_LONG"),
        ("/services/data/v1.0/query", 404, "NOT_FOUND"),
    ],
)
async def test_errors_are_a_list_with_a_code(client_of: Open, path: str, status: int, code: str) -> None:
    client = client_of(SalesforceApp(ORG).asgi)
    await sign_in(client)
    answer = await client.get(path)
    assert answer.status_code == status
    [error] = answer.json()
    assert error["errorCode"] == code
    assert error["message"]
