"""What locations do with what they are asked for: accept, pick, pack, ship, give up; with labels from elsewhere."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.refusals import IllegalTransition, InsufficientStock, RefusalCode, Refused, VersionConflict
from app.workflows.work import Work
from tests.workflows.shop import Shop
from tests.workflows.warehouse import LINES, Warehouse

STATES = "SELECT number, status FROM fulfillment_orders ORDER BY number"
PARTS = "SELECT quantity, picked, packed, shipped FROM fulfillment_order_lines ORDER BY id"
EVENTS = "SELECT type FROM events WHERE sequence > 2 ORDER BY sequence"


@pytest.fixture
async def warehouse(shop: Shop, work: Work) -> Warehouse:
    """An order of three lamps and a sofa, routed to Denver; Reno has as many."""
    await shop.location("denver", stock={"LAMP": 5, "SOFA": 2}, priority=1)
    await shop.location("reno", stock={"LAMP": 5, "SOFA": 2})
    order_id = await shop.order("1", {"LAMP": {"denver": 3}, "SOFA": {"denver": 1}})
    made = Warehouse(shop, work, order_id)
    await made.route()
    return made


async def test_a_parcel_of_everything(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.do("accept", "1-F1")
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 3, 0, 0, 0), ("SOFA", 0, 0, 1, 0, 0, 0)]
    await warehouse.do("pick", "1-F1")
    await warehouse.do("pack", "1-F1")
    outcome = await warehouse.ship("1-F1")
    assert outcome.step is None
    assert await shop.rows(STATES) == [("1-F1", "CLOSED")]
    assert await shop.rows(PARTS) == [(3, 3, 3, 3), (1, 1, 1, 1)]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 3, 0, 0), ("SOFA", 0, 0, 0, 1, 0, 0)]
    assert await shop.stock("LAMP") == {"denver": (2, 0, 0), "reno": (5, 0, 0)}
    assert await shop.rows("SELECT number, status, tracking_number, carrier_key FROM shipments") == [
        ("1-S1", "LABEL_PURCHASED", "T1", None)
    ]
    assert await shop.rows("SELECT fulfillment_status, version FROM orders") == [("FULFILLED", 6)]
    assert [type_ for (type_,) in await shop.rows(EVENTS)] == [
        "fulfillment_order.accepted", "fulfillment_order.picked", "fulfillment_order.packed", "shipment.labeled"
    ]  # fmt: skip
    moved = "SELECT kind, quantity FROM inventory_movements WHERE reference_id = $1 ORDER BY quantity"
    assert await shop.rows(moved, outcome.ids["shipment"]) == [("SHIP", -3), ("SHIP", -1)]
    assert await warehouse.jobs("notify.shipped") == 1


async def test_shipping_packs_what_was_picked(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.begin("1-F1")
    await warehouse.ship("1-F1", {"LAMP": 2})
    assert await shop.rows(PARTS) == [(3, 3, 2, 2), (1, 1, 0, 0)]
    assert await shop.rows(STATES) == [("1-F1", "IN_PROGRESS")]
    assert await shop.rows("SELECT fulfillment_status FROM orders") == [("PARTIALLY_FULFILLED",)]


async def test_what_is_not_picked_when_all_else_has_left_is_missing(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.do("accept", "1-F1")
    await warehouse.do("pick", "1-F1", {"LAMP": 1, "SOFA": 1})
    await warehouse.ship("1-F1")
    assert await shop.rows(STATES) == [("1-F1", "INCOMPLETE"), ("1-F2", "OPEN")]
    assert await shop.rows(LINES) == [("LAMP", 0, 2, 0, 1, 0, 0), ("SOFA", 0, 0, 0, 1, 0, 0)]
    # Missing units stay on hand until somebody counts: they may be on the wrong shelf.
    assert await shop.stock("LAMP") == {"denver": (4, 0, 0), "reno": (5, 0, 2)}
    assert await warehouse.location_of("1-F2") == "reno"


async def test_missing_units_that_nobody_has_wait_and_somebody_is_told(shop: Shop, work: Work) -> None:
    await shop.location("denver", stock={"LAMP": 3})
    warehouse = Warehouse(shop, work, await shop.order("1", {"LAMP": {"denver": 3}}))
    await warehouse.route()
    await warehouse.do("accept", "1-F1")
    await warehouse.do("pick", "1-F1", {"LAMP": 1})
    await warehouse.ship("1-F1")
    assert await shop.rows(STATES) == [("1-F1", "INCOMPLETE")]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 1, 0, 2)]
    assert await shop.rows("SELECT category, suggested_action FROM order_exceptions") == [("order.route", "orderRoute")]


async def test_a_rejection_asks_somebody_else(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.do("reject", "1-F1", reason="closed today")
    assert await shop.rows(STATES) == [("1-F1", "REJECTED"), ("1-F2", "OPEN")]
    assert await warehouse.location_of("1-F2") == "reno"
    assert await shop.rows(LINES) == [("LAMP", 0, 3, 0, 0, 0, 0), ("SOFA", 0, 1, 0, 0, 0, 0)]
    assert await shop.stock("LAMP") == {"denver": (5, 0, 0), "reno": (5, 0, 3)}
    data = await shop.value("SELECT data->>'reason' FROM events WHERE type = 'fulfillment_order.rejected'")
    assert data == "closed today"


async def test_a_rejection_by_all_leaves_the_units_waiting(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.do("reject", "1-F1", reason="closed today")
    await warehouse.do("reject", "1-F2", reason="closed today as well")
    assert await shop.rows(STATES) == [("1-F1", "REJECTED"), ("1-F2", "REJECTED")]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 0, 0, 3), ("SOFA", 0, 0, 0, 0, 0, 1)]
    assert await shop.rows("SELECT category, suggested_action FROM order_exceptions") == [("order.route", "orderRoute")]


async def test_what_has_begun_is_given_up_as_well(shop: Shop, warehouse: Warehouse) -> None:
    """The way out where nothing at all is found."""
    await warehouse.do("accept", "1-F1")
    await warehouse.do("reject", "1-F1", reason="nothing on the shelf")
    assert await shop.rows(STATES) == [("1-F1", "INCOMPLETE"), ("1-F2", "OPEN")]
    assert await shop.rows(LINES) == [("LAMP", 0, 3, 0, 0, 0, 0), ("SOFA", 0, 1, 0, 0, 0, 0)]


async def test_while_the_order_is_held_a_rejection_promises_anew_and_asks_nobody(
    shop: Shop, warehouse: Warehouse
) -> None:
    await warehouse.hold()
    await warehouse.do("reject", "1-F1", reason="closed today")
    assert await shop.rows(STATES) == [("1-F1", "REJECTED")]
    assert await shop.rows(LINES) == [("LAMP", 3, 0, 0, 0, 0, 0), ("SOFA", 1, 0, 0, 0, 0, 0)]
    assert await shop.value("SELECT sum(quantity) FROM reservation_lines") == 4
    await warehouse.release()
    await warehouse.route()
    assert await warehouse.location_of("1-F2") == "reno"


async def test_a_move_asks_the_other_location(shop: Shop, warehouse: Warehouse) -> None:
    outcome = await warehouse.do("move", "1-F1", to_location_key="reno")
    assert await shop.rows(STATES) == [("1-F1", "CANCELED"), ("1-F2", "OPEN")]
    assert outcome.ids["fulfillmentOrder"] == await warehouse.id_of("1-F2")
    assert await shop.stock("LAMP") == {"denver": (5, 0, 0), "reno": (5, 0, 3)}
    assert await shop.stock("SOFA") == {"denver": (2, 0, 0), "reno": (2, 0, 1)}


async def test_a_move_of_what_has_not_left(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.begin("1-F1")
    await warehouse.ship("1-F1", {"LAMP": 2})
    await warehouse.do("move", "1-F1", to_location_key="reno")
    assert await shop.rows(STATES) == [("1-F1", "INCOMPLETE"), ("1-F2", "OPEN")]
    assert await shop.rows(LINES) == [("LAMP", 0, 1, 0, 2, 0, 0), ("SOFA", 0, 1, 0, 0, 0, 0)]
    assert await shop.stock("LAMP") == {"denver": (3, 0, 0), "reno": (5, 0, 1)}


async def test_a_move_to_where_there_is_too_little_is_refused(shop: Shop, warehouse: Warehouse) -> None:
    await shop.location("store", stock={"LAMP": 2})
    before = await warehouse.snapshot()
    with pytest.raises(Refused) as refused:
        await warehouse.do("move", "1-F1", to_location_key="store")
    found = [(each.sku, each.requested, each.available) for each in _all(refused, InsufficientStock)]
    assert found == [("LAMP", 3, 2), ("SOFA", 1, 0)]
    assert await warehouse.snapshot() == before


@pytest.mark.parametrize(("key", "code"), [("nowhere", RefusalCode.NOT_FOUND), ("denver", RefusalCode.INVALID)])
async def test_a_move_to_nowhere_else_is_refused(warehouse: Warehouse, key: str, code: RefusalCode) -> None:
    with pytest.raises(Refused) as refused:
        await warehouse.do("move", "1-F1", to_location_key=key)
    assert [(each.code, each.field) for each in refused.value.refusals] == [(code, ("to_location_key",))]


@pytest.mark.parametrize("verb", ["pick", "pack", "ship"])
async def test_what_is_not_accepted_is_not_worked_on(warehouse: Warehouse, verb: str) -> None:
    before = await warehouse.snapshot()
    with pytest.raises(Refused) as refused:
        await (warehouse.ship("1-F1") if verb == "ship" else warehouse.do(verb, "1-F1"))
    (refusal,) = _all(refused, IllegalTransition)
    assert refusal.state == "OPEN"
    assert refusal.allowed == ("fulfillmentOrderAccept", "fulfillmentOrderReject", "fulfillmentOrderMove")
    assert await warehouse.snapshot() == before


@pytest.mark.parametrize(
    ("verb", "units", "message"),
    [
        ("pick", {"LAMP": 4}, "4 units of LAMP are not possible: 3 are left to pick"),
        ("pick", {"LAMP": 0}, "0 units of LAMP are not possible: 3 are left to pick"),
        ("pack", {"LAMP": 3}, "3 units of LAMP are not possible: 2 are picked and not packed"),
        ("ship", {"LAMP": 3}, "3 units of LAMP are not possible: 2 are picked and in no parcel yet"),
    ],
)
async def test_more_units_than_there_are(warehouse: Warehouse, verb: str, units: dict[str, int], message: str) -> None:
    await warehouse.do("accept", "1-F1")
    if verb != "pick":
        await warehouse.do("pick", "1-F1", {"LAMP": 2})
    before = await warehouse.snapshot()
    with pytest.raises(Refused) as refused:
        await (warehouse.ship("1-F1", units) if verb == "ship" else warehouse.do(verb, "1-F1", units))
    assert [(each.message, each.field) for each in refused.value.refusals] == [(message, ("lines", "0", "quantity"))]
    assert await warehouse.snapshot() == before


async def test_a_held_order_ships_nothing(warehouse: Warehouse) -> None:
    await warehouse.begin("1-F1")
    await warehouse.hold()
    before = await warehouse.snapshot()
    with pytest.raises(Refused, match="order 1 is on hold"):
        await warehouse.ship("1-F1")
    assert await warehouse.snapshot() == before


async def test_another_version_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(Refused) as refused:
        await warehouse.do("accept", "1-F1", expected_version=2)
    assert [each.current_version for each in _all(refused, VersionConflict)] == [1]
    await warehouse.do("accept", "1-F1", expected_version=1)
    await warehouse.do("pick", "1-F1", expected_version=2)


async def test_canceled_lines_leave_nothing_to_ship(shop: Shop, warehouse: Warehouse) -> None:
    await warehouse.cancel({"SOFA": 1})
    assert await shop.rows(PARTS) == [(3, 0, 0, 0), (0, 0, 0, 0)]
    await warehouse.begin("1-F1")
    await warehouse.ship("1-F1")
    assert await shop.rows(STATES) == [("1-F1", "CLOSED")]


async def test_what_is_scheduled_opens_when_it_is_due(shop: Shop, warehouse: Warehouse) -> None:
    due = "UPDATE fulfillment_orders SET status = 'SCHEDULED', opens_at = now() + $1::text::interval"
    await shop.run(due, "1 hour")
    await warehouse.job("fulfillment.open_scheduled")
    assert await shop.rows(STATES) == [("1-F1", "SCHEDULED")]
    await shop.run(due, "-1 second")
    await warehouse.job("fulfillment.open_scheduled")
    await warehouse.job("fulfillment.open_scheduled")
    assert await shop.rows(STATES) == [("1-F1", "OPEN")]
    assert [type_ for (type_,) in await shop.rows(EVENTS)] == ["fulfillment_order.opened"]


@st.composite
def partitions(draw: st.DrawFn) -> list[dict[str, int]]:
    """Every unit of three lamps and two sofas in some parcel."""
    parcels = draw(st.integers(1, 5))
    units = [("LAMP", draw(st.integers(0, parcels - 1))) for _ in range(3)]
    units += [("SOFA", draw(st.integers(0, parcels - 1))) for _ in range(2)]
    found: list[dict[str, int]] = [{} for _ in range(parcels)]
    for sku, place in units:
        found[place][sku] = found[place].get(sku, 0) + 1
    return [parcel for parcel in found if parcel]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(split=partitions())
async def test_any_split_into_parcels_ships_all_of_it(shop: Shop, work: Work, split: Sequence[dict[str, int]]) -> None:
    number = str(await shop.value("SELECT count(*) + 1 FROM orders"))
    if number == "1":
        await shop.location("denver", stock={"LAMP": 500, "SOFA": 500})
    order_id = await shop.order(number, {"LAMP": {"denver": 3}, "SOFA": {"denver": 2}})
    warehouse = Warehouse(shop, work, order_id)
    await warehouse.route()
    await warehouse.begin(f"{number}-F1")
    for parcel in split:
        await warehouse.ship(f"{number}-F1", parcel)
    assert await shop.rows("SELECT status FROM fulfillment_orders WHERE order_id = $1", order_id) == [("CLOSED",)]
    of_order = "SELECT shipped FROM order_lines WHERE order_id = $1 ORDER BY position"
    assert await shop.rows(of_order, order_id) == [(3,), (2,)]
    assert await shop.value("SELECT count(*) FROM shipments WHERE order_id = $1", order_id) == len(split)


def _all(refused: Any, kind: type[Any]) -> list[Any]:
    found = list(refused.value.refusals)
    assert all(isinstance(each, kind) for each in found)
    return found
