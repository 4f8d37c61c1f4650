"""Labels from a carrier over real HTTP: each is bought once, and voided once, whatever happens to the answers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from app.connectors.contract import SourceTimedOut, SourceUnavailable
from app.domain.actor import Actor, ActorKind
from app.domain.refusals import IllegalTransition, RefusalCode, Refused, SourceRefusal
from app.sandbox.faults import Fault
from app.sandbox.ups.network import Step as Way
from app.workflows.command import Request, perform
from app.workflows.fulfillment_order_ship import FulfillmentOrderShip, fulfillment_order_ship
from app.workflows.steps import STEPS
from tests.workflows.depot import Depot, open_depot
from tests.workflows.shop import Shop
from tests.workflows.warehouse import LINES

AGENT = Actor(ActorKind.AGENT, "a1", "Ada")
PARCELS = "SELECT number, status FROM shipments ORDER BY number"
STATES = "SELECT number, status FROM fulfillment_orders ORDER BY number"
PARTS = "SELECT quantity, picked, packed, shipped FROM fulfillment_order_lines ORDER BY id"
EVENTS = "SELECT type FROM events WHERE type LIKE 'shipment.%' ORDER BY sequence"
EXCEPTIONS = "SELECT category, status, suggested_action FROM order_exceptions ORDER BY category"
PICKED = [("LAMP", 0, 0, 3, 0, 0, 0), ("SOFA", 0, 0, 1, 0, 0, 0)]
SHIPPED = [("LAMP", 0, 0, 0, 3, 0, 0), ("SOFA", 0, 0, 0, 1, 0, 0)]
AFTER = [Fault.ERROR_AFTER, Fault.DROP_AFTER, Fault.TIMEOUT_AFTER]
"""Done, and nobody was told."""
BEFORE = [Fault.ERROR_BEFORE, Fault.DOWN, Fault.GARBAGE]
"""Not done, and nobody can know."""
WAIT = timedelta(seconds=61)


@pytest.fixture
async def depot(shop: Shop, migrated_database: str) -> AsyncIterator[Depot]:
    async with open_depot(shop, migrated_database) as opened:
        yield opened


async def test_a_parcel_goes_across_a_border(shop: Shop, depot: Depot) -> None:
    """Rated without times, and with its goods' worth declared, without which UPS would refuse both."""
    toronto = '{"name": "Ada", "line1": "1 Front Street", "city": "Toronto", "region": "ON", "country": "CA"}'
    await shop.run(f"UPDATE orders SET shipping_address = '{toronto}'")
    assert await depot.take(await depot.do("ship", "1-F1")) == []
    told = await shop.rows("SELECT status, service, estimated_delivery_at FROM shipments")
    assert told == [("LABEL_PURCHASED", "UPS Standard", None)]


async def test_a_label_is_bought_and_its_units_have_shipped(shop: Shop, depot: Depot) -> None:
    outcome = await depot.do("ship", "1-F1")
    assert await shop.rows(PARCELS) == [("1-S1", "CREATED")]
    assert await shop.rows(LINES) == PICKED
    assert await shop.rows(PARTS) == [(3, 3, 3, 0), (1, 1, 1, 0)]
    assert await depot.take(outcome) == []
    assert await shop.rows(LINES) == SHIPPED
    assert await shop.rows(STATES) == [("1-F1", "CLOSED")]
    ((status, carrier, service, tracking_number, url, label_url, cost, currency, arrives),) = await shop.rows(
        "SELECT status, carrier_key, service, tracking_number, tracking_url, label_url, cost_minor, currency,"
        " estimated_delivery_at IS NOT NULL FROM shipments"
    )
    assert (status, carrier, service, arrives) == ("LABEL_PURCHASED", "ups", "UPS Ground", True)
    assert url == f"https://www.ups.com/track?tracknum={tracking_number}"
    assert label_url.startswith("/labels/")
    # What UPS's sandbox wants for three pounds over one digit of postal code, since nothing here has a weight.
    assert (cost, currency) == (854, "USD")
    assert await shop.rows(EVENTS) == [("shipment.created",), ("shipment.labeled",)]
    assert await depot.jobs("notify.shipped") == 1
    assert depot.bought() == [1]


async def test_the_step_and_its_job_buy_one_label(shop: Shop, depot: Depot) -> None:
    """The job is still there: whoever took the step may have died before it was taken."""
    outcome = await depot.buy()
    assert await depot.jobs("shipment.label") == 1
    for _ in range(3):
        assert await depot.take(outcome) == []
    assert depot.bought() == [1]
    assert await shop.rows(EVENTS) == [("shipment.created",), ("shipment.labeled",)]
    assert await shop.stock("LAMP") == {"denver": (2, 0, 0)}


@pytest.mark.parametrize("fault", AFTER)
async def test_a_label_whose_answer_was_lost_is_found(shop: Shop, depot: Depot, fault: Fault) -> None:
    outcome = await depot.buy()
    depot.break_next(fault)
    await depot.take_in_vain(outcome)
    assert await shop.rows(PARCELS) == [("1-S1", "CREATED")]
    assert await shop.rows(LINES) == PICKED
    assert await depot.take(outcome) == []
    assert await shop.rows(PARCELS) == [("1-S1", "LABEL_PURCHASED")]
    assert await shop.rows(LINES) == SHIPPED
    assert depot.bought() == [1]


@pytest.mark.parametrize("fault", BEFORE)
async def test_a_label_that_is_not_found_is_bought_again_once_it_must_have_been(
    shop: Shop, depot: Depot, fault: Fault
) -> None:
    outcome = await depot.buy()
    depot.break_next(fault)
    await depot.take_in_vain(outcome)
    failure = await depot.take_in_vain(outcome)
    assert isinstance(failure, SourceUnavailable)
    assert failure.retry_after_s == pytest.approx(60, abs=5)
    assert depot.bought() == []
    depot.clock.ahead += WAIT
    assert await depot.take(outcome) == []
    assert depot.bought() == [1]
    assert await shop.rows(LINES) == SHIPPED


async def test_a_carrier_that_is_slow_to_answer_times_out(depot: Depot) -> None:
    outcome = await depot.buy()
    depot.break_next(Fault.TIMEOUT_AFTER)
    assert isinstance(await depot.take_in_vain(outcome), SourceTimedOut)


async def test_nothing_is_asked_while_rates_cannot_be_had(shop: Shop, depot: Depot) -> None:
    """So the next attempt need not look anything up, nor wait."""
    outcome = await depot.do("ship", "1-F1")
    depot.break_all(Fault.ERROR_BEFORE)
    await depot.take_in_vain(outcome)
    assert await shop.value("SELECT label_asked_at FROM shipments") is None
    depot.break_all(Fault.CLEAR)
    assert await depot.take(outcome) == []
    assert depot.bought() == [1]


async def test_units_in_a_parcel_without_an_answer_neither_ship_again_nor_move(shop: Shop, depot: Depot) -> None:
    outcome = await depot.buy({"LAMP": 2})
    depot.break_next(Fault.DOWN)
    await depot.take_in_vain(outcome)
    with pytest.raises(Refused, match="2 units of LAMP are not possible: 1 are picked and in no parcel yet"):
        await depot.ship("1-F1", {"LAMP": 2})
    await shop.location("reno", stock={"LAMP": 5, "SOFA": 2})
    with pytest.raises(Refused, match="a parcel of fulfillment order 1-F1 waits for its label"):
        await depot.do("move", "1-F1", to_location_key="reno")
    with pytest.raises(Refused, match="a parcel of fulfillment order 1-F1 waits for its label"):
        await depot.do("reject", "1-F1", reason="cannot find it")
    await depot.ship("1-F1")
    depot.clock.ahead += WAIT
    await depot.take(outcome)
    assert await shop.rows(STATES) == [("1-F1", "CLOSED")]
    assert await shop.rows(LINES) == SHIPPED


async def test_what_the_carrier_refuses_is_told_and_can_be_shipped_in_another_way(shop: Shop, depot: Depot) -> None:
    outcome = await depot.do("ship", "1-F1", service="By Pigeon")
    told = [SourceRefusal(code=RefusalCode.INVALID, message="ups offers no service called By Pigeon", source_key="ups")]
    assert await depot.take(outcome) == told
    assert await depot.take(outcome) == told
    assert await shop.rows(PARCELS) == [("1-S1", "CANCELED")]
    assert await shop.rows(LINES) == PICKED
    assert await shop.rows(PARTS) == [(3, 3, 3, 0), (1, 1, 1, 0)]
    assert await shop.rows(EXCEPTIONS) == [("shipment.label", "OPEN", "fulfillmentOrderShip")]
    assert depot.bought() == []
    assert await depot.take(await depot.buy()) == []
    assert await shop.rows(PARCELS) == [("1-S1", "CANCELED"), ("1-S2", "LABEL_PURCHASED")]
    assert await shop.rows(EXCEPTIONS) == [("shipment.label", "RESOLVED", "fulfillmentOrderShip")]
    assert depot.bought() == [1]


async def test_every_unit_in_a_parcel_of_its_own(shop: Shop, depot: Depot) -> None:
    for units in ({"LAMP": 1}, {"LAMP": 1}, {"SOFA": 1}, {"LAMP": 1}):
        await depot.take(await depot.buy(units))
    assert await shop.rows(STATES) == [("1-F1", "CLOSED")]
    assert await shop.rows(LINES) == SHIPPED
    assert depot.bought() == [1, 1, 1, 1]


async def test_a_rehearsal_asks_no_carrier(shop: Shop, depot: Depot) -> None:
    before, asked = await depot.snapshot(), depot.ups.state.request_count
    command = FulfillmentOrderShip(fulfillment_order_id=await depot.id_of("1-F1"))
    rolled_back = []
    request = Request("fulfillmentOrderShip", b"", AGENT, dry_run=True)
    answer = await perform(
        request,
        lambda tx: fulfillment_order_ship(tx, command, depot.work),
        depot.work,
        STEPS,
        lambda _, release: rolled_back.append(release),
    )
    (release,) = rolled_back
    await release()
    assert (answer.refusals, answer.dry_run) == ((), True)
    assert depot.ups.state.request_count == asked
    assert await depot.snapshot() == before


@pytest.mark.parametrize("carrier", ["fedex", "junction"])
async def test_a_carrier_that_sells_no_labels_here_is_refused(shop: Shop, depot: Depot, carrier: str) -> None:
    await shop.run("INSERT INTO sources (key, name, kind) VALUES ('fedex', 'FedEx', 'CARRIER')")
    before = await depot.snapshot()
    with pytest.raises(Refused) as refused:
        await depot.do("ship", "1-F1", carrier=carrier)
    assert [(each.code, each.field) for each in refused.value.refusals] == [(RefusalCode.NOT_FOUND, ("carrier",))]
    assert await depot.snapshot() == before


async def test_without_an_address_nothing_can_be_bought(shop: Shop, depot: Depot) -> None:
    await shop.run("UPDATE locations SET address = NULL")
    with pytest.raises(Refused, match="location denver has no address to ship from"):
        await depot.do("ship", "1-F1")
    assert await shop.rows(PARCELS) == []


# ── called off


async def test_a_parcel_that_is_called_off_is_packed_again(shop: Shop, depot: Depot) -> None:
    outcome = await depot.buy()
    await depot.take(outcome)
    canceling = await depot.cancel_parcel(outcome)
    assert await shop.rows(PARCELS) == [("1-S1", "LABEL_PURCHASED")]
    assert await depot.take(canceling) == []
    assert await depot.take(canceling) == []
    assert await shop.rows("SELECT status, label_url, shipped_at FROM shipments") == [("CANCELED", None, None)]
    assert await shop.value("SELECT count(*) FROM shipment_labels") == 0
    assert await shop.rows(STATES) == [("1-F1", "IN_PROGRESS")]
    assert await shop.rows(PARTS) == [(3, 3, 3, 0), (1, 1, 1, 0)]
    assert await shop.rows(LINES) == PICKED
    assert await shop.stock("LAMP") == {"denver": (5, 0, 3)}
    assert depot.voided() == [1]
    await depot.take(await depot.buy())
    assert await shop.rows(LINES) == SHIPPED
    assert await shop.stock("LAMP") == {"denver": (2, 0, 0)}


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE])
async def test_a_void_without_an_answer_is_repeated(shop: Shop, depot: Depot, fault: Fault) -> None:
    outcome = await depot.buy()
    await depot.take(outcome)
    canceling = await depot.cancel_parcel(outcome)
    depot.break_all(fault)
    await depot.take_in_vain(canceling)
    depot.break_all(Fault.CLEAR)
    again = await depot.cancel_parcel(outcome)
    assert again.step == canceling.step
    assert await depot.take(canceling) == []
    assert await shop.rows(PARCELS) == [("1-S1", "CANCELED")]
    assert depot.voided() == [1]


async def test_what_the_carrier_has_is_not_called_off(shop: Shop, depot: Depot) -> None:
    """Its scan came before our tracking of it."""
    outcome = await depot.buy()
    await depot.take(outcome)
    depot.move(await shop.value("SELECT tracking_number FROM shipments"), Way.PICKED_UP, depot.clock.now())
    canceling = await depot.cancel_parcel(outcome)
    (told,) = await depot.take(canceling)
    assert told.message.startswith("ups did not void the label: ")
    assert await depot.take(canceling) == [told]
    assert await shop.rows(PARCELS) == [("1-S1", "LABEL_PURCHASED")]
    assert await shop.rows(LINES) == SHIPPED
    assert await shop.rows(EVENTS) == [
        ("shipment.created",), ("shipment.labeled",), ("shipment.cancel_requested",), ("shipment.cancel_refused",)
    ]  # fmt: skip
    # To ask for the label once more tells of the label.
    assert await depot.take(outcome) == []
    await depot.job("shipments.track")
    with pytest.raises(Refused) as refused:
        await depot.cancel_parcel(outcome)
    (refusal,) = refused.value.refusals
    assert isinstance(refusal, IllegalTransition)
    assert (refusal.state, refusal.allowed) == ("PICKED_UP", ("shipmentRecordEvent",))


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.DOWN])
async def test_a_parcel_without_an_answer_is_called_off_for_certain(shop: Shop, depot: Depot, fault: Fault) -> None:
    outcome = await depot.buy()
    depot.break_next(fault)
    await depot.take_in_vain(outcome)
    canceling = await depot.cancel_parcel(outcome)
    # Whatever the label's own job may do by now, it buys nothing.
    depot.clock.ahead += WAIT
    assert await depot.take(outcome) == []
    assert await depot.take(canceling) == []
    assert await shop.rows(PARCELS) == [("1-S1", "CANCELED")]
    assert await shop.rows(LINES) == PICKED
    assert depot.bought() == depot.voided() == ([1] if fault is Fault.DROP_AFTER else [])


async def test_a_parcel_that_nobody_asked_for_is_called_off_at_once(shop: Shop, depot: Depot) -> None:
    outcome = await depot.buy()
    asked = depot.ups.state.request_count
    assert (await depot.cancel_parcel(outcome)).step is None
    assert await depot.take(outcome) == []
    assert await shop.rows(PARCELS) == [("1-S1", "CANCELED")]
    assert depot.ups.state.request_count == asked


async def test_a_label_from_elsewhere_is_not_ours_to_void(shop: Shop, depot: Depot) -> None:
    outcome = await depot.ship("1-F1")
    assert (await depot.cancel_parcel(outcome)).step is None
    assert await shop.rows(PARCELS) == [("1-S1", "CANCELED")]
    assert await shop.rows(LINES) == PICKED
    assert await shop.stock("SOFA") == {"denver": (2, 0, 1)}


async def test_a_void_opens_what_had_fallen_short(shop: Shop, depot: Depot) -> None:
    """Of three lamps one is at Reno by then: only the others are for Denver to ship again."""
    await shop.location("reno", stock={"LAMP": 5})
    await shop.run("UPDATE fulfillment_order_lines SET picked = 2 WHERE quantity = 3")
    outcome = await depot.buy()
    await depot.take(outcome)
    assert await shop.rows(STATES) == [("1-F1", "INCOMPLETE"), ("1-F2", "OPEN")]
    await depot.take(await depot.cancel_parcel(outcome))
    assert await shop.rows(STATES) == [("1-F1", "IN_PROGRESS"), ("1-F2", "OPEN")]
    assert await shop.rows(PARTS) == [(2, 2, 2, 0), (1, 1, 1, 0), (1, 0, 0, 0)]
    assert await shop.rows(LINES) == [("LAMP", 0, 1, 2, 0, 0, 0), ("SOFA", 0, 0, 1, 0, 0, 0)]
    await depot.take(await depot.buy())
    assert await shop.rows(STATES) == [("1-F1", "CLOSED"), ("1-F2", "OPEN")]


# ── money


async def test_a_parcel_is_paid_for_once(shop: Shop, depot: Depot) -> None:
    """Called off and shipped again, it is paid already."""
    payment_id = uuid4()
    await shop.run(
        "INSERT INTO payments (id, order_id, status, gateway_key, method, currency, amount_minor, authorized_minor)"
        " VALUES ($1, $2, 'AUTHORIZED', 'junction', 'card', 'USD', 4000, 4000)",
        payment_id, depot.order_id,
    )  # fmt: skip
    await shop.run(
        "INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency)"
        " VALUES ($1, 'AUTHORIZATION', 'SUCCESS', 4000, 'USD')",
        payment_id,
    )
    outcome = await depot.buy({"LAMP": 2})
    captures = "SELECT amount_minor, status FROM payment_transactions WHERE kind = 'CAPTURE' ORDER BY at"
    assert await shop.rows(captures) == []
    await depot.take(outcome)
    assert await shop.rows(captures) == [(2000, "PENDING")]
    await depot.take(await depot.cancel_parcel(outcome))
    await depot.take(await depot.buy({"LAMP": 2}))
    assert await shop.rows(captures) == [(2000, "PENDING")]
    await depot.take(await depot.buy())
    assert await shop.rows(captures) == [(2000, "PENDING"), (2000, "PENDING")]
