"""`extensions.plan`: how an answer came about, told only to those who ask."""

from typing import Any

import httpx2
import pytest

from app.wiring import Demo
from tests.fixtures_demo import client_of
from tests.graphql.asking import set_fault

CASES = '{ customer(by: {email: "ada.lovelace@example.com"}) { displayName cases(first: 3) { nodes { subject } } } }'


async def _asked(client: httpx2.AsyncClient, query: str, **request: Any) -> Any:
    headers = {"Junction-Engine": request.pop("engine", "")}
    response = await client.post("/graphql", json={"query": query, **request}, headers=headers)
    assert response.status_code == 200
    return response.json()


def _timeless(plan: dict[str, Any]) -> dict[str, Any]:
    """Without its times, which are checked to be such."""
    times = [plan["ms"].pop("total"), plan["ms"].pop("statements"), *(each.pop("ms") for each in plan["batches"])]
    assert all(isinstance(each, float) and each >= 0 for each in times)
    return plan


@pytest.mark.parametrize(
    ("engine", "reason"), [("plan", None), ("interpreter", "The request asked for the interpreter.")]
)
async def test_both_engines_tell(demo_client: httpx2.AsyncClient, engine: str, reason: str | None) -> None:
    answer = await _asked(demo_client, CASES, extensions={"plan": True}, engine=engine)
    plain = await _asked(demo_client, CASES, engine=engine)
    assert answer["data"] == plain["data"]
    assert list(answer) == ["data", "extensions"]
    assert _timeless(answer["extensions"]["plan"]) == {
        "engine": engine,
        "reason": reason,
        "cost": {"rows": 1, "values": 4},
        "statements": 1,
        "batches": [{"path": ["customer", "cases"], "keys": 1, "failed": 0}],
        "ms": {},
    }


async def test_why_there_is_no_plan(demo_client: httpx2.AsyncClient) -> None:
    answer = await _asked(demo_client, '{ __type(name: "Order") { name } }', extensions={"plan": True})
    assert answer["data"] == {"__type": {"name": "Order"}}
    assert _timeless(answer["extensions"]["plan"]) == {
        "engine": "interpreter",
        "reason": "No plan covers __type.",
        "cost": {"rows": 0, "values": 1},
        "statements": 0,
        "batches": [],
        "ms": {},
    }


async def test_keys_that_failed_are_counted_beside_their_errors(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "salesforce", "down")
    async with client_of(fresh_demo) as client:
        answer = await _asked(client, CASES, extensions={"plan": True})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SOURCE_UNAVAILABLE"]
    assert answer["data"]["customer"]["cases"] is None
    (batch,) = _timeless(answer["extensions"]["plan"])["batches"]
    assert batch == {"path": ["customer", "cases"], "keys": 1, "failed": 1}


@pytest.mark.parametrize("extensions", [None, {}, {"plan": False}, {"plan": "true"}, {"plan": 1}, {"other": True}])
async def test_without_being_asked_nothing_is_told(
    demo_client: httpx2.AsyncClient, extensions: dict[str, Any] | None
) -> None:
    assert list(await _asked(demo_client, "{ __typename }", extensions=extensions)) == ["data"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ customers(first: 101) { totalCount } }"])
async def test_where_nothing_was_executed_there_is_nothing_to_tell(demo_client: httpx2.AsyncClient, query: str) -> None:
    answer = await _asked(demo_client, query, extensions={"plan": True})
    assert answer["errors"]
    assert ("extensions" in answer) is ("data" in answer)


async def test_a_get_asks_in_its_url(demo_client: httpx2.AsyncClient) -> None:
    asked = {"query": "{ __typename }", "extensions": '{"plan": true}'}
    answer = (await demo_client.get("/graphql", params=asked)).json()
    assert answer["data"] == {"__typename": "Query"}
    assert answer["extensions"]["plan"]["engine"] == "plan"
