"""Actions as clients see them: the same by plan and by interpreter, in one statement however many rows."""

from typing import Any

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask_by

ENGINES = ("plan", "interpreter")
ACTIONS = """actions { name allowed blockedBy { __typename code message field
  ... on IllegalTransition { state allowed } ... on VersionConflict { currentVersion } } }"""
ORDERS = "{ orders(first: 50, where: {%s}) { nodes { number status management " + ACTIONS + " } } }"


async def asked(engine: str, demo: Demo, query: str) -> tuple[Any, list[str]]:
    answer = await ask_by(engine, demo, query)
    assert answer.errors == []
    return answer.data, answer.statements


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_page_of_orders_with_their_actions_is_one_statement(demo: Demo, engine: str) -> None:
    data, statements = await asked(engine, demo, ORDERS % "")
    assert len(data["orders"]["nodes"]) == 50
    assert len(statements) == 1


@pytest.mark.parametrize(
    "query",
    [
        ORDERS % "",
        ORDERS % "status: [DRAFT, ON_HOLD, CONFIRMED]",
        ORDERS % "status: [CANCELED, EXPIRED, PENDING]",
        "{ fulfillmentOrders(first: 50) { nodes { number " + ACTIONS + " } } }",
        "{ returns(first: 50) { nodes { number " + ACTIONS + " order { number " + ACTIONS + " } } } }",
    ],
)
async def test_both_engines_agree(demo: Demo, query: str) -> None:
    by_plan, _ = await asked("plan", demo, query)
    by_interpreter, _ = await asked("interpreter", demo, query)
    assert by_plan == by_interpreter


async def first_order(engine: str, demo: Demo, condition: str) -> dict[str, Any]:
    data, _ = await asked(engine, demo, ORDERS % condition)
    order: dict[str, Any] = next(each for each in data["orders"]["nodes"] if each["management"] == "MANAGED")
    return order


def named(actions: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What speaks against each, by its name; checked to be nothing just when it is allowed."""
    assert all(each["allowed"] == (each["blockedBy"] == []) for each in actions)
    return {each["name"]: each["blockedBy"] for each in actions}


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_held_order_may_be_released_and_says_why_not_routed(demo: Demo, engine: str) -> None:
    order = await first_order(engine, demo, "status: [ON_HOLD]")
    actions = named(order["actions"])
    allowed = [name for name, refusals in actions.items() if not refusals]
    assert allowed[:4] == ["orderEdit", "orderCancel", "orderHold", "orderReleaseHold"]
    assert actions["orderRoute"] == [
        {
            "__typename": "IllegalTransition",
            "code": "ILLEGAL_TRANSITION",
            "message": f"order {order['number']} is ON_HOLD; orderRoute needs it to be CONFIRMED or PROCESSING",
            "field": None,
            "state": "ON_HOLD",
            "allowed": allowed,
        }
    ]


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_delivered_order_may_be_returned_and_one_that_came_back_may_not(demo: Demo, engine: str) -> None:
    delivered = await first_order(engine, demo, "status: [COMPLETED], returnStatus: [NONE]")
    assert named(delivered["actions"])["returnRequest"] == []
    returned = await first_order(engine, demo, "status: [COMPLETED], returnStatus: [RETURNED]")
    assert named(returned["actions"])["returnRequest"] == [
        {
            "__typename": "ValidationError",
            "code": "NOT_RETURNABLE",
            "message": f"order {returned['number']} has no delivered units that are not returned,"
            " or announced to be, already",
            "field": None,
        }
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("status: [OPEN]", "fulfillmentOrders", ["Accept", "Reject", "Move"]),
        ("status: [CLOSED]", "fulfillmentOrders", []),
        ("status: [REQUESTED]", "returns", ["Approve", "Decline", "Cancel"]),
        ("status: [PARTIALLY_RECEIVED]", "returns", ["Receive", "Inspect"]),
        ("status: [INSPECTED]", "returns", ["Close"]),
    ],
)
async def test_what_the_state_allows(demo: Demo, engine: str, query: str, field: str, allowed: list[str]) -> None:
    data, _ = await asked(engine, demo, f"{{ {field}(first: 1, where: {{{query}}}) {{ nodes {{ {ACTIONS} }} }} }}")
    prefix = "fulfillmentOrder" if field == "fulfillmentOrders" else "return"
    actions = named(data[field]["nodes"][0]["actions"])
    assert [name for name, refusals in actions.items() if not refusals] == [prefix + each for each in allowed]


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_an_action_says_is_what_its_mutation_answers(demo: Demo, engine: str) -> None:
    data, _ = await asked(
        engine, demo, "{ orders(first: 1, where: {status: [CANCELED]}) { nodes { id " + ACTIONS + " } } }"
    )
    (order,) = data["orders"]["nodes"]
    mutation = """mutation { orderHold(input: {orderId: "%s", reason: MANUAL}) { order { id } userErrors {
      __typename code message field ... on IllegalTransition { state allowed } ... on VersionConflict { currentVersion }
    } } }"""
    data, _ = await asked(engine, demo, mutation % order["id"])
    assert data["orderHold"] == {"order": None, "userErrors": named(order["actions"])["orderHold"]}
