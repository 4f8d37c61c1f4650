"""Orders as they were: from the images in their logs, alike by plan and by interpreter, or not at all."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.wiring import Demo
from tests.graphql.asking import Answer, ask_by

ENGINES = ("plan", "interpreter")
MONEY = "{ amount currency }"
ORDER = f"""
fragment Whole on Order {{
  id version number status fulfillmentStatus paymentStatus returnStatus updatedAt completedAt canceledAt metadata
  shippingAddress {{ line1 city }} totals {{ total {MONEY} paid {MONEY} refunded {MONEY} balance {MONEY} }}
  lines {{ id sku quantity quantities {{ reserved allocated inFulfillment shipped delivered returnRequested returned }}
    product {{ title }} }}
  changes {{ kind at reason amount {MONEY} actor {{ name }} lines {{ quantityDelta orderLine {{ sku }} }} }}
  holds {{ reason note releasedAt }}
  payments {{ status gateway {{ key }} captured {MONEY} transactions {{ kind status amount {MONEY} at }} }}
  fulfillmentOrders {{ number status location {{ name }} holds {{ reason }} lines {{ picked orderLine {{ id }} }}
    shipments {{ number }} order {{ version }} }}
  shipments {{ number status carrier {{ name }} lines {{ quantity }} events {{ at status description }} }}
  returns {{ id number status version outcome {{ net {MONEY} }} refunds {{ status }} shipment {{ status }}
    order {{ version }}
    lines {{ received dispositions {{ disposition location {{ key }} }} }}
    exchangeLines {{ sku orderLine {{ sku }} }} }}
  routingDecisions {{ policy splitCount chosen {{ location {{ key }} }} candidates {{ eligible score distanceKm }} }}
  exceptions {{ status order {{ number }} }}
  events(first: 100) {{ nodes {{ type at sequence }} pageInfo {{ hasNextPage endCursor }} }}
  externalReferences {{ externalId }} customer {{ displayName }} actions {{ name allowed blockedBy {{ message }} }}
}}"""
NOW = "query ($n: String!) { order(by: {number: $n}) { ...Whole } }" + ORDER
THEN = "query ($n: String!, $t: DateTime!) { order(by: {number: $n}, asOf: $t) { ...Whole } }" + ORDER
HERS = """{ customer(by: {number: "C100001"}) { orders(first: 50) { nodes { number
  events(first: 100) { nodes { at } } } } } }"""


async def both(demo: Demo, query: str, **variables: Any) -> Answer:
    by_plan, by_interpreter = [await ask_by(engine, demo, query, **variables) for engine in ENGINES]
    assert by_plan.errors == by_interpreter.errors == []
    assert by_plan.data == by_interpreter.data
    return by_plan


async def hers(demo: Demo) -> dict[str, list[datetime]]:
    """The hero's orders by number, each with when its events were."""
    orders = (await ask_by("", demo, HERS)).data["customer"]["orders"]["nodes"]
    return {
        each["number"]: [datetime.fromisoformat(event["at"]) for event in each["events"]["nodes"]] for each in orders
    }


def printed(moment: datetime) -> str:
    return moment.isoformat()


async def test_an_order_at_each_of_its_events_is_alike_by_both_ways_and_one_statement_by_plan(demo: Demo) -> None:
    for number, moments in sorted((await hers(demo)).items())[::4]:
        for moment in moments:
            answer = await both(demo, THEN, n=number, t=printed(moment))
            then = answer.data["order"]
            until = sum(each <= moment for each in moments)
            assert (then["version"], len(answer.statements)) == (until, 1)
            assert len(then["events"]["nodes"]) == until
            assert then["events"]["pageInfo"]["hasNextPage"] is False


async def test_after_its_last_event_an_order_is_as_it_is(demo: Demo) -> None:
    for number in sorted(await hers(demo))[::2]:
        now = (await ask_by("", demo, NOW, n=number)).data
        assert (await both(demo, THEN, n=number, t="9999-12-30T00:00:00Z")).data == now


async def test_what_became_of_an_order_step_by_step(demo: Demo) -> None:
    query = """query ($n: String!, $t: DateTime!) { order(by: {number: $n}, asOf: $t) {
      status paymentStatus fulfillmentStatus returnStatus lines { quantities { shipped } } shipments { status } } }"""
    number, moments = min((await hers(demo)).items())
    told: list[Any] = []
    for moment in moments:
        then = (await both(demo, query, n=number, t=printed(moment))).data["order"]
        shipped = sum(line["quantities"]["shipped"] for line in then["lines"])
        told.append((then["status"], then["paymentStatus"], then["fulfillmentStatus"], shipped))
    assert list(dict.fromkeys(told)) == STEPS


STEPS = [
    ("PENDING", "NOT_PAID", "UNFULFILLED", 0),
    ("PENDING", "AUTHORIZED", "UNFULFILLED", 0),
    ("CONFIRMED", "AUTHORIZED", "UNFULFILLED", 0),
    ("PROCESSING", "AUTHORIZED", "UNFULFILLED", 0),
    ("PROCESSING", "AUTHORIZED", "FULFILLED", 3),
    ("PROCESSING", "PAID", "FULFILLED", 3),
    ("PROCESSING", "PAID", "DELIVERED", 3),
    ("COMPLETED", "PAID", "DELIVERED", 3),
    ("COMPLETED", "PARTIALLY_REFUNDED", "DELIVERED", 3),
]


@pytest.mark.parametrize("moment", ["2001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"])
async def test_before_its_first_event_there_was_no_order(demo: Demo, moment: str) -> None:
    for number, moments in (await hers(demo)).items():
        assert (await both(demo, THEN, n=number, t=moment)).data == {"order": None}
        assert (await both(demo, THEN, n=number, t=printed(moments[0] - timedelta(microseconds=1)))).data[
            "order"
        ] is None
    assert (await both(demo, THEN, n="no such", t=moment)).data == {"order": None}


async def test_what_happened_to_its_return_changed_the_order_too(demo: Demo) -> None:
    number = min(await hers(demo))
    order = (await ask_by("", demo, NOW, n=number)).data["order"]
    query = "query ($id: ID!) { events(first: 9, subjectId: $id) { nodes { type at } } }"
    events = (await ask_by("", demo, query, id=order["returns"][0]["id"])).data["events"]["nodes"]
    query = """query ($n: String!, $t: DateTime!) { order(by: {number: $n}, asOf: $t) {
      returnStatus lines { quantities { returnRequested returned } } returns { status version } } }"""
    told = []
    for event in events:
        then = (await both(demo, query, n=number, t=event["at"])).data["order"]
        units = [sum(line["quantities"][name] for line in then["lines"]) for name in ("returnRequested", "returned")]
        told.append((event["type"], then["returnStatus"], then["returns"][0]["version"], units))
    assert told == [
        ("return.requested", "REQUESTED", 1, [1, 0]),
        ("return.approved", "IN_PROGRESS", 2, [1, 0]),
        ("return.shipped", "IN_PROGRESS", 3, [1, 0]),
        ("return.received", "IN_PROGRESS", 4, [0, 1]),
        ("return.inspected", "IN_PROGRESS", 5, [0, 1]),
        ("return.closed", "PARTIALLY_RETURNED", 6, [0, 1]),
    ]


async def test_two_moments_and_now_side_by_side(demo: Demo) -> None:
    number, moments = min((await hers(demo)).items())
    query = f"""query ($n: String!) {{
      first: order(by: {{number: $n}}, asOf: "{printed(moments[0])}") {{ version status lines {{ sku }} }}
      later: order(by: {{number: $n}}, asOf: "{printed(moments[2])}") {{ version }}
      now: order(by: {{number: $n}}) {{ version status }}
      orders(first: 2) {{ nodes {{ number lines {{ sku }} }} }}
    }}"""
    answer = await both(demo, query, n=number)
    assert [answer.data[key]["version"] for key in ("first", "later")] == [1, 3]
    assert (answer.data["first"]["status"], answer.data["now"]["status"]) == ("PENDING", "COMPLETED")
    assert len(answer.data["orders"]["nodes"]) == 2
    assert len(answer.statements) == 1


async def test_what_lies_beyond_the_order_is_as_it_is_now(demo: Demo) -> None:
    number, moments = min((await hers(demo)).items())
    query = """query ($n: String!, $t: DateTime!) { order(by: {number: $n}, asOf: $t) {
      version customer { orders(first: 50) { totalCount nodes { number version } } } } }"""
    assert (await ask_by("plan", demo, query, n=number, t=printed(moments[0]))).data is None
    then = (await ask_by("", demo, query, n=number, t=printed(moments[0]))).data["order"]
    assert then["version"] == 1
    orders = then["customer"]["orders"]
    assert orders["totalCount"] == len(orders["nodes"]) == len(await hers(demo))
    assert {each["number"]: each["version"] for each in orders["nodes"]}[number] > 1


async def test_it_takes_whole_transactions_in_the_order_of_the_log(fresh_demo: Demo) -> None:
    """The second event says that it was before the first."""
    number, moments = min((await hers(fresh_demo)).items())
    async with fresh_demo.application.engine.begin() as connection:
        await connection.execute(text(BACKDATE), {"number": number, "at": moments[0] - timedelta(hours=1)})
    for moment, version in ((moments[0] - timedelta(minutes=1), None), (moments[0], 2)):
        then = (await both(fresh_demo, THEN, n=number, t=printed(moment))).data["order"]
        assert (then and then["version"]) == version


BACKDATE = """
UPDATE events SET at = :at FROM orders
 WHERE orders.number = :number AND subject_id = orders.id AND sequence = 2
"""


async def lose_images(demo: Demo, number: str, condition: str, management: str = "MANAGED") -> None:
    of_order = "subject_id = (SELECT id FROM orders WHERE number = :number)"
    async with demo.application.engine.begin() as connection:
        await connection.execute(
            text(f"UPDATE events SET images = NULL WHERE {of_order} AND {condition}"), {"number": number}
        )
        await connection.execute(
            text("UPDATE orders SET management = :management WHERE number = :number"),
            {"number": number, "management": management},
        )


@pytest.mark.parametrize(
    ("lost", "management", "unknown", "earliest"),
    [
        # Events without images; how many events until then leave it unknown; at which event it is known first.
        ("sequence <= 3", "MANAGED", range(1, 4), 4),
        ("sequence <= 3", "UNMANAGED", range(4), 4),
        ("sequence = 4", "MANAGED", range(4, 99), 0),
        ("true", "MANAGED", range(1, 99), 0),
        ("false", "UNMANAGED", range(1), 1),
    ],
)
async def test_what_is_not_on_record_is_said_to_be_so(
    fresh_demo: Demo, lost: str, management: str, unknown: range, earliest: int
) -> None:
    query = "query ($n: String!, $t: DateTime!) { order(by: {number: $n}, asOf: $t) { version } }"
    number, moments = sorted((await hers(fresh_demo)).items())[1]
    await lose_images(fresh_demo, number, lost, management)
    for moment in (moments[0] - timedelta(seconds=1), *moments):
        until = sum(each <= moment for each in moments)
        answer = await ask_by("interpreter", fresh_demo, query, n=number, t=printed(moment))
        if until not in unknown or until == len(moments):
            assert answer.errors == []
            assert answer.data == {"order": {"version": until} if until else None}
        else:
            assert (answer.data, answer.codes) == ({"order": None}, [("BAD_USER_INPUT", ["order"])])
            assert answer.errors[0]["message"].endswith(f" {printed(moments[earliest - 1])}.")
        by_plan = await ask_by("plan", fresh_demo, query, n=number, t=printed(moment))
        assert by_plan.data == (answer.data if until not in unknown else None)
