"""GraphQL over HTTP: what is accepted, what is refused with which status, and that every answer is JSON."""

import json
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.graphql.asking import set_fault

NEWER = "application/graphql-response+json"
TYPENAME = {"query": "{ __typename }"}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"1", 400, "Expected `object`, got `int`"),
        (b"null", 400, "Expected `object`, got `null`"),
        (b"[]", 400, "Expected `object`, got `array`"),
        (b"{}", 400, "Send a query, or name a stored one"),
        (b"\xff\xfe", 400, "JSON is malformed"),
        (b"", 400, "Input data was truncated"),
        (b'{"query": 1}', 400, "Expected `str | null`, got `int` - at `$.query`"),
        (b'{"query": "{ __typename }", "variables": []}', 400, "Expected `object | null`, got `array`"),
        (
            b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 90_000 + b"1" + b"}" * 90_000 + b"}",
            400,
            "recursion",
        ),
        (b'{"query": "' + b"x" * 1_000_000 + b'"}', 413, "The body may have 1000000 bytes at most."),
    ],
)
async def test_a_body_that_is_no_request(
    demo_client: httpx2.AsyncClient, body: bytes, status: int, message: str
) -> None:
    response = await demo_client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert message in error["message"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_other_media_types_and_methods_are_refused(demo_client: httpx2.AsyncClient) -> None:
    form = await demo_client.post("/graphql", data={"query": "{ __typename }"})
    assert form.status_code == 415
    assert form.json()["errors"][0]["message"] == "Send the request as JSON, with Content-Type: application/json."
    assert (await demo_client.put("/graphql", json=TYPENAME)).headers["Allow"] == "GET, POST"
    wanting_xml = await demo_client.post("/graphql", json=TYPENAME, headers={"Accept": "application/xml"})
    assert wanting_xml.status_code == 406


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (NEWER, NEWER),
        (f"application/json;q=0.5, {NEWER}", NEWER),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream, application/json", "application/json"),
    ],
)
async def test_the_answer_comes_as_the_client_accepts_it(
    demo_client: httpx2.AsyncClient, accept: str, answered: str
) -> None:
    response = await demo_client.post("/graphql", json=TYPENAME, headers={"Accept": accept})
    assert response.json() == {"data": {"__typename": "Query"}}
    assert response.headers["Content-Type"] == f"{answered}; charset=utf-8"
    assert response.headers["Vary"] == "Accept"


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query A { __typename } query B { __typename }"])
async def test_a_wrong_request_is_400_only_for_clients_that_expect_it(
    demo_client: httpx2.AsyncClient, query: str
) -> None:
    for accept, status in ((NEWER, 400), ("application/json", 200)):
        response = await demo_client.post("/graphql", json={"query": query}, headers={"Accept": accept})
        assert response.status_code == status
        body = response.json()
        assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]
        assert "data" not in body


async def test_data_with_errors_is_200_for_everybody(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "down")
    query = '{ customer(by: {number: "C100001"}) { displayName cases { nodes { number } } } }'
    transport = httpx2.ASGITransport(fresh_demo.application.http)
    async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
        response = await client.post("/graphql", json={"query": query}, headers={"Accept": NEWER})
    assert response.status_code == 200
    assert response.json()["data"] == {"customer": {"displayName": "Ada Lovelace", "cases": None}}


async def test_a_query_in_the_url(demo_client: httpx2.AsyncClient) -> None:
    query = "query ($number: String!) { customer(by: {number: $number}) { displayName } }"
    parameters = {"query": query, "variables": json.dumps({"number": "C100001"})}
    response = await demo_client.get("/graphql", params=parameters)
    assert response.json() == {"data": {"customer": {"displayName": "Ada Lovelace"}}}
    assert (await demo_client.get("/graphql")).status_code == 400
    assert (await demo_client.get("/graphql", params={"query": query, "variables": "["})).status_code == 400


async def test_a_browser_gets_the_page(demo_client: httpx2.AsyncClient) -> None:
    response = await demo_client.get("/graphql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_a_fault_of_ours_shows_one_opaque_id_and_is_logged_with_it(fresh_demo: Demo) -> None:
    async with fresh_demo.application.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE order_changes RENAME TO somewhere_else")
    query = 'query Broken { order(by: {number: "1001"}) { number changes { kind } } }'
    transport = httpx2.ASGITransport(fresh_demo.application.http)
    with capture_logs() as logs:
        async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
            body: dict[str, Any] = (
                await client.post("/graphql", json={"query": query, "operationName": "Broken"})
            ).json()
    (error,) = body["errors"]
    id_ = error["extensions"]["id"]
    assert error["message"] == f"Something went wrong here. It is logged as {id_}."
    assert error["extensions"] == {"code": "INTERNAL", "id": id_}
    assert "order_changes" not in json.dumps(body)
    (line,) = [each for each in logs if each["event"] == "internal_error"]
    assert (line["error_id"], line["operation"], line["path"]) == (id_, "Broken", ["order", "changes"])


async def test_a_query_too_long_is_refused(demo_client: httpx2.AsyncClient) -> None:
    query = "{ __typename }" + " " * 100_000
    for accept, status in ((NEWER, 400), ("application/json", 200)):
        response = await demo_client.post("/graphql", json={"query": query}, headers={"Accept": accept})
        assert response.status_code == status
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["LIMIT_EXCEEDED"]


async def test_the_answer_says_which_engine_made_it_and_the_demo_lets_it_be_chosen(
    demo_client: httpx2.AsyncClient,
) -> None:
    for query, chosen, answered in (
        ("{ connectors { enabled } }", "", "plan"),
        ("{ connectors { enabled } }", "interpreter", "interpreter"),
        ("{ __schema { queryType { name } } }", "", "interpreter"),
    ):
        headers = {"Junction-Engine": chosen}
        response = await demo_client.post("/graphql", json={"query": query}, headers=headers)
        assert response.headers["Junction-Engine"] == answered
    only_plan = {"Junction-Engine": "plan"}
    response = await demo_client.post(
        "/graphql", json={"query": "{ __schema { queryType { name } } }"}, headers=only_plan
    )
    assert response.json() == {
        "errors": [{"message": "No plan covers this request.", "extensions": {"code": "BAD_USER_INPUT"}}]
    }


async def test_refused_requests_read_nothing(demo_client: httpx2.AsyncClient) -> None:
    with recorded_statements() as statements:
        await demo_client.post("/graphql", json={"query": "{ customers { nodes { nothing } } }"})
        await demo_client.get("/graphql", params={"query": "mutation { __typename }"})
    assert statements == []
