"""The sandboxed org as an HTTP client meets it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.wire import SalesforceApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import contact_id, make_contact
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
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/5000000"
    while not answer.json()["done"]:
        assert answer.json()["totalSize"] == 5
        answer = await client.get(answer.json()["nextRecordsUrl"])
        sizes.append(len(answer.json()["records"]))
    assert sizes == [2, 2, 1]
    assert "nextRecordsUrl" not in answer.json()
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=3/5000000"


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


SOBJECTS = "/services/data/v67.0/sobjects"


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({"Wings": 2}, "INVALID_FIELD", None),
        ({"CaseNumber": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CaseNumber"]),
        ({"Subject": "x" * 256}, "STRING_TOO_LONG", ["Subject"]),
        ({"ContactId": "1"}, "MALFORMED_ID", ["ContactId"]),
        ({"ContactId": "003000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY", None),
    ],
)
async def test_a_record_that_cannot_be_is_refused_and_not_made(
    client_of: Open, body: dict[str, Any], code: str, fields: list[str] | None
) -> None:
    app = SalesforceApp(ORG)
    client = client_of(app.asgi)
    await sign_in(client)
    for answer in (
        await client.post(f"{SOBJECTS}/Case", json=body),
        await client.patch(f"{SOBJECTS}/Case/Junction_Key__c/1", json=body),
    ):
        assert answer.status_code == 400
        [error] = answer.json()
        assert (error["errorCode"], error.get("fields")) == (code, fields)
    assert list(app.records.rows("Case")) == []


async def test_an_upsert_makes_one_record_for_each_key(client_of: Open) -> None:
    app = SalesforceApp(ORG)
    client = client_of(app.asgi)
    await sign_in(client)
    path = f"{SOBJECTS}/Case/Junction_Key__c/1001"
    made, changed = [await client.patch(path, json={"Subject": word}) for word in ("Help", "Please help")]
    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (changed.status_code, changed.json()) == (200, made.json() | {"created": False})
    (case,) = app.records.rows("Case")
    assert (case["Subject"], case["Junction_Key__c"]) == ("Please help", "1001")
    assert app.records.effects.shown() == {"case": {"1001": 1}}


async def test_deleted_records_are_found_by_query_all_alone(client_of: Open) -> None:
    app = SalesforceApp(ORG)
    client, control = client_of(app.asgi), client_of(app.control)
    await sign_in(client)
    gone = contact_id(2)
    assert (await control.delete(f"/Contact/{gone}")).json() == {"changed": ["IsDeleted"]}
    assert (await control.delete(f"/Contact/{gone}")).status_code == 404
    query = {"q": f"SELECT Id, IsDeleted FROM Contact WHERE Id = '{gone}'"}
    found = [(await client.get(path, params=query)).json()["records"] for path in (QUERY, f"{QUERY}All")]
    assert [[record["IsDeleted"] for record in records] for records in found] == [[], [True]]


async def test_what_a_user_may_not_see_is_neither_described_nor_queried(client_of: Open) -> None:
    client = client_of(SalesforceApp(replace(ORG, hidden=frozenset({"Opportunity", "Contact.Email"}))).asgi)
    await sign_in(client)
    assert (await client.get(f"{SOBJECTS}/Opportunity/describe")).status_code == 404
    fields = {each["name"] for each in (await client.get(f"{SOBJECTS}/Contact/describe")).json()["fields"]}
    assert ("Email" in fields, "Phone" in fields) == (False, True)
    refused = await client.get(QUERY, params={"q": "SELECT Email FROM Contact"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


async def test_requests_of_a_day_are_used_up(client_of: Open) -> None:
    clock = FakeClock()
    client = client_of(SalesforceApp(ORG, daily_requests_max=1, monotonic=clock.monotonic).asgi)
    await sign_in(client)
    query = {"q": "SELECT Id FROM Contact"}
    statuses = [(await client.get(QUERY, params=query)).status_code for _ in range(2)]
    refused = await client.get(QUERY, params=query)
    assert (statuses, refused.json()[0]["errorCode"]) == ([200, 403], "REQUEST_LIMIT_EXCEEDED")
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=1/1"
    clock.now_s += 86_400
    await sign_in(client)
    assert (await client.get(QUERY, params=query)).status_code == 200
