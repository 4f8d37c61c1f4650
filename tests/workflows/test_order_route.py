"""Routing an order in a store: what is written, what the stock becomes, and what is refused."""

import asyncio
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.domain.actor import SYSTEM, Actor, ActorKind
from app.domain.refusals import InsufficientStock, RefusalCode, Refused
from app.stores.engine import recorded_statements
from app.workflows.command import Outcome
from app.workflows.order_route import OrderRoute, order_route, route_confirmed
from app.workflows.work import Work
from tests.workflows.shop import Shop

AGENT = Actor(ActorKind.AGENT, "a1", "Ada")
DENVER = {"latitude": 39.7576, "longitude": -105.0098}
RENO = {"latitude": 39.6296, "longitude": -119.9006}
IN_THE_US = '{"country": "US", "postalCode": "80202"}'
"""Placed in the middle of the country, nearer to Denver."""

MADE = """
SELECT asked.number, asked.status, location.key, line.quantity
  FROM fulfillment_orders asked
  JOIN locations location ON location.id = asked.location_id
  JOIN fulfillment_order_lines line ON line.fulfillment_order_id = asked.id
 WHERE asked.order_id = $1
 ORDER BY asked.number, line.id
"""
LINES = "SELECT sku, reserved, allocated, backordered FROM order_lines WHERE order_id = $1 ORDER BY position"
CANDIDATES = """
SELECT location.key, candidate.rejections
  FROM routing_candidates candidate JOIN locations location ON location.id = candidate.location_id
 WHERE candidate.decision_id = $1
 ORDER BY candidate.id
"""


async def _route(work: Work, order_id: UUID, **command: Any) -> Outcome:
    async with work.writers.transaction(AGENT) as tx:
        return await order_route(tx, OrderRoute(order_id=order_id, **command), work)


async def _status(shop: Shop, order_id: UUID) -> tuple[str, int]:
    ((status, version),) = await shop.rows("SELECT status, version FROM orders WHERE id = $1", order_id)
    return status, version


async def test_the_job_asks_the_location_that_has_the_units_reserved(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5, "SOFA": 2}, **DENVER)
    await shop.location("reno", stock={"LAMP": 5}, **RENO)
    order_id = await shop.order("1", {"LAMP": {"denver": 2}, "SOFA": {"denver": 1}}, shipping_address=IN_THE_US)
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await _status(shop, order_id) == ("PROCESSING", 2)
    assert await shop.rows(MADE, order_id) == [("1-F1", "OPEN", "denver", 2), ("1-F1", "OPEN", "denver", 1)]
    assert await shop.rows(LINES, order_id) == [("LAMP", 0, 2, 0), ("SOFA", 0, 1, 0)]
    assert await shop.stock("LAMP") == {"denver": (5, 0, 2), "reno": (5, 0, 0)}
    assert await shop.value("SELECT count(*) FROM reservation_lines") == 0
    ((type_, sequence, data),) = await shop.rows("SELECT type, sequence, data FROM events WHERE sequence > 1")
    assert (type_, sequence) == ("order.routed", 2)
    told = orjson.loads(data)
    assert (told["outcome"], told["search"], told["locatedBy"]) == ("ROUTED", "EXACT", "COUNTRY")
    assert (told["locations"], told["fulfillmentOrders"], told["unplacedUnits"]) == (["denver"], ["1-F1"], 0)


async def test_the_job_done_twice_asks_once(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5})
    order_id = await shop.order("1", {"LAMP": {"denver": 2}})
    await route_confirmed({"order_id": str(order_id)}, work)
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await shop.rows(MADE, order_id) == [("1-F1", "OPEN", "denver", 2)]
    assert await _status(shop, order_id) == ("PROCESSING", 2)


async def test_units_reserved_elsewhere_are_released_there(shop: Shop, work: Work) -> None:
    """Both promised at Reno, but one parcel from near by is better."""
    await shop.location("denver", stock={"LAMP": 5, "SOFA": 2}, **DENVER)
    await shop.location("reno", stock={"LAMP": 5}, **RENO)
    order_id = await shop.order("1", {"LAMP": {"reno": 2}, "SOFA": {"denver": 1}}, shipping_address=IN_THE_US)
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await shop.rows(MADE, order_id) == [("1-F1", "OPEN", "denver", 2), ("1-F1", "OPEN", "denver", 1)]
    assert await shop.stock("LAMP") == {"denver": (5, 0, 2), "reno": (5, 0, 0)}
    moved = "SELECT kind, quantity FROM inventory_movements WHERE reference_id = $1 ORDER BY kind, quantity"
    assert await shop.rows(moved, order_id) == [("ALLOCATE", 1), ("ALLOCATE", 2), ("RELEASE", -2), ("RESERVE", 2)]


async def test_what_others_have_reserved_is_not_taken(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 3}, **DENVER)
    await shop.location("reno", stock={"LAMP": 9}, **RENO)
    await shop.order("1", {"LAMP": {"denver": 2}})
    second = await shop.order("2", {"LAMP": {"reno": 2}}, shipping_address=IN_THE_US)
    await route_confirmed({"order_id": str(second)}, work)
    assert await shop.rows(MADE, second) == [("2-F1", "OPEN", "reno", 2)]
    assert await shop.stock("LAMP") == {"denver": (3, 2, 0), "reno": (9, 0, 2)}


async def test_route_anew_takes_back_what_nobody_has_begun(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5}, **DENVER)
    await shop.location("reno", stock={"LAMP": 5}, **RENO)
    order_id = await shop.order("1", {"LAMP": {"denver": 2}}, shipping_address=IN_THE_US)
    await route_confirmed({"order_id": str(order_id)}, work)
    outcome = await _route(work, order_id, exclude_location_keys=["denver"], policy="nearest")
    assert await shop.rows(MADE, order_id) == [("1-F1", "CANCELED", "denver", 2), ("1-F2", "OPEN", "reno", 2)]
    assert await shop.rows(LINES, order_id) == [("LAMP", 0, 2, 0)]
    assert await shop.stock("LAMP") == {"denver": (5, 0, 0), "reno": (5, 0, 2)}
    assert await shop.rows(CANDIDATES, outcome.ids["decision"]) == [("reno", []), ("denver", ["EXCLUDED"])]
    assert await shop.rows("SELECT policy FROM routing_decisions ORDER BY id") == [("standard",), ("nearest",)]
    assert outcome.ids["order"] == order_id


async def test_route_anew_leaves_what_is_in_progress(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5}, **DENVER)
    await shop.location("reno", stock={"SOFA": 5}, **RENO)
    order_id = await shop.order("1", {"LAMP": {"denver": 1}, "SOFA": {"reno": 1}})
    await route_confirmed({"order_id": str(order_id)}, work)
    await shop.run("UPDATE fulfillment_orders SET status = 'IN_PROGRESS' WHERE number = '1-F1'")
    await shop.run("UPDATE order_lines SET allocated = 0, in_fulfillment = 1 WHERE sku = 'LAMP'")
    await _route(work, order_id)
    assert [row[:3] for row in await shop.rows(MADE, order_id)] == [
        ("1-F1", "IN_PROGRESS", "denver"),
        ("1-F2", "CANCELED", "reno"),
        ("1-F3", "OPEN", "reno"),
    ]


async def test_units_that_find_no_location_stay_reserved_and_an_exception_tells(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5}, **DENVER)
    await shop.location("mill", stock={"SOFA": 5}, kind="SUPPLIER")
    order_id = await shop.order("1", {"LAMP": {"denver": 1}, "SOFA": {"mill": 2}})
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await shop.rows(LINES, order_id) == [("LAMP", 0, 1, 0), ("SOFA", 2, 0, 0)]
    exceptions = "SELECT status, category, message, suggested_action FROM order_exceptions"
    told = (
        "no location ships 2 × SOFA (DOES_NOT_SHIP_TO_CUSTOMERS); bring in stock, or route the order to other locations"
    )
    assert await shop.rows(exceptions) == [("OPEN", "order.route", told, "orderRoute")]
    await shop.run("UPDATE locations SET kind = 'WAREHOUSE'")
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await shop.rows("SELECT status FROM order_exceptions") == [("RESOLVED",)]
    assert await shop.rows(LINES, order_id) == [("LAMP", 0, 1, 0), ("SOFA", 0, 2, 0)]


async def test_units_taken_back_that_find_no_location_stay_reserved(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5}, **DENVER)
    order_id = await shop.order("1", {"LAMP": {"denver": 2}})
    await route_confirmed({"order_id": str(order_id)}, work)
    await _route(work, order_id, exclude_location_keys=["denver"])
    assert await shop.rows(LINES, order_id) == [("LAMP", 2, 0, 0)]
    assert await shop.stock("LAMP") == {"denver": (5, 2, 0)}
    assert await shop.rows("SELECT quantity FROM reservation_lines WHERE order_line_id IS NOT NULL") == [(2,)]
    await _route(work, order_id)
    assert await shop.stock("LAMP") == {"denver": (5, 0, 2)}
    assert await shop.value("SELECT count(*) FROM reservation_lines") == 0


async def test_a_full_day_leaves_units_for_tomorrow(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 9}, daily_capacity=3)
    first = await shop.order("1", {"LAMP": {"denver": 2}})
    second = await shop.order("2", {"LAMP": {"denver": 2}})
    await route_confirmed({"order_id": str(first)}, work)
    await route_confirmed({"order_id": str(second)}, work)
    assert await shop.rows(MADE, second) == [("2-F1", "OPEN", "denver", 1)]
    assert await shop.rows(LINES, second) == [("LAMP", 1, 1, 0)]
    ((key, waits),) = await shop.rows("SELECT dedupe_key, execute_after > now() FROM jobs.pgqueuer")
    assert (key, waits) == (f"order.route:{second}", True)


async def test_an_order_that_may_not_be_split_waits_for_its_supply(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5})
    customer_id = await shop.value(
        "INSERT INTO customers (kind, display_name, allow_split_shipments)"
        " VALUES ('PERSON', 'Grace', false) RETURNING id"
    )
    await shop.run("INSERT INTO sources (key, name, kind) VALUES ('junction', 'Junction', 'INTERNAL')")
    await shop.run(
        "INSERT INTO customer_source_records (customer_id, source_key, external_id, profile, linked_by, confidence,"
        " observed_at) VALUES ($1, 'junction', 'C1', '{}', 'test', 1, now())",
        customer_id,
    )
    order_id = await shop.order("1", {"LAMP": {"denver": 1}}, backordered={"LAMP": 1}, customer_id=customer_id)
    await route_confirmed({"order_id": str(order_id)}, work)
    with pytest.raises(Refused) as refused:
        await _route(work, order_id)
    (refusal,) = refused.value.refusals
    assert isinstance(refusal, InsufficientStock)
    assert (refusal.sku, refusal.requested, refusal.available) == ("LAMP", 2, 1)
    assert await _status(shop, order_id) == ("CONFIRMED", 1)
    assert await shop.value("SELECT count(*) FROM routing_decisions") == 0


@pytest.mark.parametrize(
    ("command", "code", "field"),
    [
        ({"policy": "fastest"}, RefusalCode.INVALID, ("policy",)),
        ({"exclude_location_keys": ["denver", "dever"]}, RefusalCode.NOT_FOUND, ("exclude_location_keys", "1")),
        ({"only_location_keys": ["moon"]}, RefusalCode.NOT_FOUND, ("only_location_keys", "0")),
    ],
)
async def test_a_command_that_cannot_be_done_changes_nothing(
    shop: Shop, work: Work, command: dict[str, Any], code: RefusalCode, field: tuple[str, ...]
) -> None:
    await shop.location("denver", stock={"LAMP": 5})
    order_id = await shop.order("1", {"LAMP": {"denver": 2}})
    with pytest.raises(Refused) as refused:
        await _route(work, order_id, **command)
    assert [(each.code, each.field) for each in refused.value.refusals] == [(code, field)]
    assert await _status(shop, order_id) == ("CONFIRMED", 1)
    assert await shop.rows(MADE, order_id) == []
    assert await shop.stock("LAMP") == {"denver": (5, 2, 0)}


async def test_an_order_that_is_held_is_left_alone(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5})
    order_id = await shop.order("1", {"LAMP": {"denver": 2}}, status="ON_HOLD", held_from="CONFIRMED")
    await shop.run(
        "INSERT INTO holds (order_id, reason, actor_kind, actor_id) VALUES ($1, 'MANUAL', 'SYSTEM', 'test')", order_id
    )
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await _status(shop, order_id) == ("ON_HOLD", 1)
    with pytest.raises(Refused, match="needs it to be CONFIRMED or PROCESSING"):
        await _route(work, order_id)
    assert await shop.stock("LAMP") == {"denver": (5, 2, 0)}


async def test_a_rehearsal_leaves_nothing_behind(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5})
    order_id = await shop.order("1", {"LAMP": {"denver": 2}})
    async with work.writers.rehearsal(AGENT) as tx:
        outcome = await order_route(tx, OrderRoute(order_id=order_id), work)
        assert await tx.value("SELECT status FROM orders WHERE id = $1", order_id) == "PROCESSING"
        assert await tx.value("SELECT count(*) FROM routing_candidates WHERE decision_id = $1", outcome.ids["decision"])
    assert await _status(shop, order_id) == ("CONFIRMED", 1)
    assert await shop.value("SELECT count(*) FROM routing_decisions") == 0
    assert await shop.stock("LAMP") == {"denver": (5, 2, 0)}


async def test_routing_takes_a_dozen_statements_whatever_the_order(shop: Shop, work: Work) -> None:
    for key in "abcdef":
        await shop.location(key, stock={"LAMP": 5, "SOFA": 5, "RUG": 5}, daily_capacity=100)
    promised = {"LAMP": {"a": 5, "b": 5}, "SOFA": {"c": 5, "d": 2}, "RUG": {"e": 5}}
    order_id = await shop.order("1", promised)
    async with work.writers.transaction(SYSTEM) as tx:
        with recorded_statements() as statements:
            await order_route(tx, OrderRoute(order_id=order_id), work)
    assert len(statements) == 11


async def test_a_location_that_declined_the_order_is_asked_again_only_by_name(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 5}, **DENVER)
    await shop.location("reno", stock={"LAMP": 5}, **RENO)
    order_id = await shop.order("1", {"LAMP": {"denver": 2}}, shipping_address=IN_THE_US)
    await route_confirmed({"order_id": str(order_id)}, work)
    await _decline(shop, "1-F1")
    await route_confirmed({"order_id": str(order_id)}, work)
    assert [row[:3] for row in await shop.rows(MADE, order_id)] == [
        ("1-F1", "REJECTED", "denver"),
        ("1-F2", "OPEN", "reno"),
    ]
    await _route(work, order_id, only_location_keys=["denver"])
    assert (await shop.rows(MADE, order_id))[-1] == ("1-F3", "OPEN", "denver", 2)


async def test_units_promised_nowhere_are_routed_or_backordered(shop: Shop, work: Work) -> None:
    """As after a location fell short: what it had for the order is released, and promised by nobody."""
    await shop.location("denver", stock={"LAMP": 5}, **DENVER)
    await shop.location("reno", stock={"LAMP": 3}, **RENO)
    order_id = await shop.order("1", {"LAMP": {"denver": 5}}, shipping_address=IN_THE_US)
    await route_confirmed({"order_id": str(order_id)}, work)
    await _decline(shop, "1-F1")
    await route_confirmed({"order_id": str(order_id)}, work)
    assert await shop.rows(MADE, order_id) == [("1-F1", "REJECTED", "denver", 5), ("1-F2", "OPEN", "reno", 3)]
    assert await shop.rows(LINES, order_id) == [("LAMP", 0, 3, 2)]
    assert await shop.stock("LAMP") == {"denver": (5, 0, 0), "reno": (3, 0, 3)}


async def _decline(shop: Shop, number: str) -> None:
    """The location's whole stock was for this order: nothing stays promised there."""
    await shop.run("UPDATE fulfillment_orders SET status = 'REJECTED' WHERE number = $1", number)
    await shop.run("UPDATE order_lines SET allocated = 0")
    await shop.run(
        "INSERT INTO inventory_movements (position_id, kind, quantity, allocated_delta, actor_kind, actor_id)"
        " SELECT id, 'RELEASE', -allocated, -allocated, 'SYSTEM', 'test' FROM inventory_positions WHERE allocated > 0"
    )
    await shop.run("UPDATE inventory_positions SET allocated = 0")


async def test_many_at_once_neither_block_nor_oversell(shop: Shop, work: Work) -> None:
    keys, skus = "abcd", ("LAMP", "SOFA", "RUG")
    for key in keys:
        await shop.location(key, stock=dict.fromkeys(skus, 6))
    random = Random(7)  # noqa: S311 - the same every time
    orders = [
        await shop.order(str(number), {sku: {random.choice(keys): 1} for sku in random.sample(skus, 2)})
        for number in range(20)
    ]
    await asyncio.gather(*(route_confirmed({"order_id": str(order_id)}, work) for order_id in orders))
    assert await shop.rows("SELECT status, count(*) FROM orders GROUP BY status") == [("PROCESSING", 20)]
    assert await shop.rows("SELECT sum(reserved), sum(allocated) FROM order_lines") == [(0, 40)]
    assert await shop.rows("SELECT sum(reserved), sum(allocated) FROM inventory_positions") == [(0, 40)]


WRONG_HELD = """
SELECT line.sku, line.reserved, coalesce(sum(held.quantity), 0)
  FROM order_lines line LEFT JOIN reservation_lines held ON held.order_line_id = line.id
 GROUP BY line.id HAVING line.reserved <> coalesce(sum(held.quantity), 0)
"""
WRONG_ASKED = """
SELECT line.sku, line.allocated, coalesce(sum(asked.quantity), 0)
  FROM order_lines line
  LEFT JOIN (SELECT part.order_line_id, part.quantity
               FROM fulfillment_order_lines part
               JOIN fulfillment_orders requested ON requested.id = part.fulfillment_order_id
              WHERE requested.status = 'OPEN') asked ON asked.order_line_id = line.id
 GROUP BY line.id HAVING line.allocated <> coalesce(sum(asked.quantity), 0)
"""


async def test_however_often_orders_are_routed_anew_the_sums_agree(shop: Shop, work: Work) -> None:
    keys, random = ["a", "b", "c"], Random(11)  # noqa: S311 - the same every time
    for degrees, key in enumerate(keys):
        stock = {"LAMP": random.randint(4, 6), "SOFA": random.randint(4, 6)}
        await shop.location(key, stock=stock, latitude=40.0, longitude=-90.0 - degrees)
    orders = [
        await shop.order(str(number), {"LAMP": {random.choice(keys): 2}, "SOFA": {random.choice(keys): 1}})
        for number in range(4)
    ]
    for _ in range(40):
        only = random.sample(keys, random.randint(0, 3))
        excluded = random.sample(keys, random.randint(0, 2))
        await _route(work, random.choice(orders), exclude_location_keys=excluded, only_location_keys=only)
        assert await shop.rows(WRONG_HELD) == []
        assert await shop.rows(WRONG_ASKED) == []
    assert await shop.rows("SELECT sum(reserved + allocated) FROM order_lines") == [(12,)]
    assert await shop.rows("SELECT sum(reserved + allocated) FROM inventory_positions") == [(12,)]
