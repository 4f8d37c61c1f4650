"""What carriers and others report of parcels: in any order, any number of times; delivered, lost, sent back, found."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.fulfillment import ShipmentStatus as S
from app.domain.refusals import RefusalCode, Refused
from app.sandbox.faults import Fault
from app.sandbox.ups.network import Step as Way
from app.workflows.command import Outcome
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_route import OrderRoute, order_route
from app.workflows.webhook_process import webhook_process
from app.workflows.webhook_receive import webhook_receive
from tests.workflows.depot import Depot, open_depot
from tests.workflows.shop import Shop
from tests.workflows.warehouse import LINES

ORDER = "SELECT status, fulfillment_status FROM orders"
PARCELS = "SELECT number, status FROM shipments ORDER BY number"
EVENTS = "SELECT type FROM events WHERE type LIKE 'shipment.%' ORDER BY sequence"
EXCEPTIONS = "SELECT category, status, suggested_action FROM order_exceptions ORDER BY category"
T0 = datetime(2026, 11, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def depot(shop: Shop, migrated_database: str) -> AsyncIterator[Depot]:
    async with open_depot(shop, migrated_database) as opened:
        yield opened


async def _shipped(depot: Depot, units: dict[str, int] | None = None) -> Outcome:
    outcome = await depot.buy(units)
    assert await depot.take(outcome) == []
    return outcome


async def _number(shop: Shop) -> str:
    number: str = await shop.value("SELECT tracking_number FROM shipments")
    return number


async def test_what_is_delivered_completes_its_order(shop: Shop, depot: Depot) -> None:
    await _shipped(depot)
    number = await _number(shop)
    for hours, step in enumerate((Way.PICKED_UP, Way.IN_TRANSIT, Way.OUT_FOR_DELIVERY, Way.DELIVERED), start=1):
        depot.move(number, step, T0 + hours * HOUR)
    await depot.job("shipments.track")
    assert await shop.rows("SELECT status, delivered_at FROM shipments") == [("DELIVERED", T0 + 4 * HOUR)]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 3, 3, 0), ("SOFA", 0, 0, 0, 1, 1, 0)]
    assert await shop.rows(ORDER) == [("COMPLETED", "DELIVERED")]
    assert await shop.rows(EVENTS) == [("shipment.created",), ("shipment.labeled",), ("shipment.delivered",)]
    assert await depot.jobs("notify.delivered") == 1
    stored = "SELECT source_key, status, city FROM tracking_events WHERE at > $1 ORDER BY at"
    assert [row[:2] for row in await shop.rows(stored, T0)][-5:-1] == [
        ("ups", "PICKED_UP"), ("ups", "IN_TRANSIT"), ("ups", "OUT_FOR_DELIVERY"), ("ups", "DELIVERED")
    ]  # fmt: skip


async def test_carriers_are_asked_now_and_then_and_tell_nothing_twice(shop: Shop, depot: Depot) -> None:
    await _shipped(depot)
    depot.move(await _number(shop), Way.PICKED_UP, T0)
    await depot.job("shipments.track")
    asked = depot.ups.state.request_count
    await depot.job("shipments.track")
    assert depot.ups.state.request_count == asked
    depot.clock.ahead += timedelta(minutes=31)
    before = await depot.snapshot()
    await depot.job("shipments.track")
    assert depot.ups.state.request_count == asked + 1
    changed = [table for table in zip(before, await depot.snapshot(), strict=True) if table[0] != table[1]]
    assert len(changed) == 1, "only when the parcel was last asked for"


async def test_a_new_date_is_news_although_nothing_else_happened(shop: Shop, depot: Depot) -> None:
    arrives = "SELECT estimated_delivery_at FROM shipments"
    await _shipped(depot)
    await depot.job("shipments.track")
    [(before,)] = await shop.rows(arrives)
    told = await shop.rows(EVENTS)
    package = depot.ups.app.network.find(await _number(shop))
    package.scheduled_delivery += timedelta(days=2)
    depot.clock.ahead += timedelta(minutes=31)
    await depot.job("shipments.track")
    assert await shop.rows(arrives) == [(before + timedelta(days=2),)]
    assert await shop.rows(EVENTS) == [*told, ("shipment.reported",)]


async def test_a_parcel_that_its_carrier_has_long_forgotten_is_asked_for_no_more(shop: Shop, depot: Depot) -> None:
    """Labels that were never used would be asked for every half hour for good."""
    await _shipped(depot)
    asked = depot.ups.state.request_count
    depot.clock.ahead += timedelta(days=119)
    await depot.job("shipments.track")
    assert depot.ups.state.request_count == asked + 1
    depot.clock.ahead += timedelta(days=2)
    await depot.job("shipments.track")
    assert depot.ups.state.request_count == asked + 1


async def test_a_parcel_that_its_carrier_tells_of_is_asked_for_less_often(shop: Shop, migrated_database: str) -> None:
    until = "SELECT alerted_until FROM shipments"
    async with open_depot(shop, migrated_database, webhook_credential="secret") as depot:
        await _shipped(depot)
        begun = depot.clock.now()
        await depot.job("shipments.track")
        [(first,)] = await shop.rows(until)
        assert timedelta(days=14) <= first - begun < timedelta(days=14, minutes=1)
        subscribed = depot.ups.app.network.effects.shown()["subscription"]
        assert subscribed == {await _number(shop): 1}

        asked = depot.ups.state.request_count
        depot.clock.ahead += timedelta(hours=5, minutes=59)
        await depot.job("shipments.track")
        assert depot.ups.state.request_count == asked
        depot.clock.ahead += timedelta(minutes=2)
        await depot.job("shipments.track")
        assert depot.ups.state.request_count == asked + 1
        assert await shop.rows(until) == [(first,)]

        depot.clock.ahead += timedelta(days=14)
        await depot.job("shipments.track")
        assert depot.ups.state.request_count == asked + 3
        [(second,)] = await shop.rows(until)
        assert second - first > timedelta(days=14)


async def test_a_parcel_that_cannot_be_subscribed_to_is_asked_for_as_ever(shop: Shop, migrated_database: str) -> None:
    async with open_depot(shop, migrated_database, webhook_credential="secret") as depot:
        await _shipped(depot)
        depot.break_all(Fault.ERROR_BEFORE)
        await depot.job("shipments.track")
        assert await shop.rows("SELECT alerted_until FROM shipments") == [(None,)]
        depot.break_all(Fault.CLEAR)
        depot.move(await _number(shop), Way.DELIVERED, T0)
        depot.clock.ahead += timedelta(minutes=31)
        await depot.job("shipments.track")
        assert await shop.rows(PARCELS) == [("1-S1", "DELIVERED")]


async def test_a_carrier_that_is_down_keeps_no_job_from_ending(shop: Shop, depot: Depot) -> None:
    await _shipped(depot)
    depot.move(await _number(shop), Way.DELIVERED, T0)
    depot.break_all(Fault.ERROR_BEFORE)
    await depot.job("shipments.track")
    assert await shop.rows(PARCELS) == [("1-S1", "LABEL_PURCHASED")]
    depot.break_all(Fault.CLEAR)
    depot.clock.ahead += timedelta(minutes=31)
    await depot.job("shipments.track")
    assert await shop.rows(PARCELS) == [("1-S1", "DELIVERED")]


async def test_what_an_alert_tells_roughly_tracking_tells_better(shop: Shop, migrated_database: str) -> None:
    """A parcel on its way back is an exception like any other, where the alert leaves its finest code out."""
    async with open_depot(shop, migrated_database, webhook_credential="secret") as depot:
        await _shipped(depot)
        number = await _number(shop)
        await depot.job("shipments.track")
        at = depot.clock.now() + HOUR
        alert = {
            "trackingNumber": number,
            "gmtActivityDate": f"{at:%Y%m%d}",
            "gmtActivityTime": f"{at:%H%M%S}",
            "activityStatus": {"type": "X", "code": "RS", "description": "Returned to Sender"},
        }
        await _alerted(depot, alert)
        assert await shop.rows(PARCELS) == [("1-S1", "DELAYED")]
        depot.move(number, Way.RETURNED, at)
        depot.clock.ahead += timedelta(hours=6, minutes=1)
        await depot.job("shipments.track")
        assert await shop.rows(PARCELS) == [("1-S1", "RETURNED_TO_SENDER")]


async def test_an_alert_of_another_delivery_date_moves_no_parcel(shop: Shop, migrated_database: str) -> None:
    """UPS may expect it otherwise before it has it: its label can still be voided."""
    async with open_depot(shop, migrated_database, webhook_credential="secret") as depot:
        await _shipped(depot)
        at = depot.clock.now() + HOUR
        alert = {
            "trackingNumber": await _number(shop),
            "gmtActivityDate": f"{at:%Y%m%d}",
            "gmtActivityTime": f"{at:%H%M%S}",
            "scheduledDeliveryDate": "20991231",
            "activityStatus": {"type": "U", "code": "YP", "description": "Delivery date updated"},
        }
        await _alerted(depot, alert)
        assert await shop.rows(PARCELS) == [("1-S1", "LABEL_PURCHASED")]
        assert await shop.value("SELECT count(*) FROM webhook_deliveries WHERE processed_at IS NULL") == 0


async def _alerted(depot: Depot, alert: Mapping[str, Any]) -> None:
    headers = {"Authorization": "Bearer secret", "User-Agent": "UPSPubSubTrackingService"}
    delivery = depot.work.outside["ups"].receive(headers, msgspec.json.encode(alert), at=datetime.now(UTC))
    assert await webhook_receive("ups", delivery, depot.work.writers)
    await webhook_process({"source": "ups", "subject": delivery.subject}, depot.work)


async def test_a_parcel_whose_way_cannot_be_read_keeps_no_other_from_its_news(shop: Shop, depot: Depot) -> None:
    await _shipped(depot, {"LAMP": 2})
    odd = await _number(shop)
    await _shipped(depot)
    other = await shop.value("SELECT tracking_number FROM shipments WHERE tracking_number <> $1", odd)
    depot.ups.app.network.find(odd).activities[0]["time"] = "noon"
    depot.move(other, Way.DELIVERED, T0)
    await depot.job("shipments.track")
    assert await shop.rows(PARCELS) == [("1-S1", "LABEL_PURCHASED"), ("1-S2", "DELIVERED")]


async def test_a_part_delivered_leaves_the_order_at_work(shop: Shop, depot: Depot) -> None:
    first = await _shipped(depot, {"LAMP": 2})
    rest = await _shipped(depot)
    await depot.report(first, S.DELIVERED, T0)
    assert await shop.rows(ORDER) == [("PROCESSING", "PARTIALLY_DELIVERED")]
    await depot.report(rest, S.DELIVERED, T0)
    assert await shop.rows(ORDER) == [("COMPLETED", "DELIVERED")]


async def test_a_report_twice_is_one(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.DELIVERED, T0)
    before = await depot.snapshot()
    await depot.report(outcome, S.DELIVERED, T0)
    assert await depot.snapshot() == before
    assert await shop.rows("SELECT source_key, description FROM tracking_events") == [("junction", "Delivered")]


@pytest.mark.parametrize(
    ("status", "hours", "field"), [(S.CREATED, 0, "status"), (S.CANCELED, 0, "status"), (S.DELIVERED, 24 * 365, "at")]
)
async def test_what_cannot_be_reported(depot: Depot, status: S, hours: int, field: str) -> None:
    outcome = await _shipped(depot)
    before = await depot.snapshot()
    with pytest.raises(Refused) as refused:
        await depot.report(outcome, status, datetime.now(UTC) + hours * HOUR)
    assert [(each.code, each.field) for each in refused.value.refusals] == [(RefusalCode.INVALID, (field,))]
    assert await depot.snapshot() == before


async def test_a_parcel_that_waits_for_its_label_is_nowhere(depot: Depot) -> None:
    outcome = await depot.buy()
    with pytest.raises(Refused, match="shipment 1-S1 is CREATED"):
        await depot.report(outcome, S.IN_TRANSIT, T0)


REPORTS = [(S.PICKED_UP, 1), (S.IN_TRANSIT, 2), (S.LOST, 3), (S.OUT_FOR_DELIVERY, 4), (S.ATTEMPTED, 5)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.permutations([*REPORTS, REPORTS[2], REPORTS[4]]), end=st.sampled_from([S.DELIVERED, S.RETURNED_TO_SENDER])
)
async def test_reports_in_any_order_lead_to_the_same(
    shop: Shop, depot: Depot, told: list[tuple[S, int]], end: S
) -> None:
    """Each example has a parcel of its own, with a sofa that is bought for it."""
    place = await shop.value("SELECT count(*) + 2 FROM shipments")
    order_id = await _another_order(shop, f"{place}-{end}")
    other = Depot(shop, depot.work, order_id)
    await other.route()
    name = f"{place}-{end}-F1"
    await other.begin(name)
    outcome = await other.ship(name)
    for status, hours in [*told[:4], (end, 6), *told[4:]]:
        await other.report(outcome, status, T0 + hours * HOUR)
    shipped = 0 if end is S.RETURNED_TO_SENDER else 1
    sql = "SELECT shipped, delivered FROM order_lines WHERE order_id = $1"
    assert await shop.rows(sql, order_id) == [(shipped, shipped)]
    assert await shop.value("SELECT status FROM shipments WHERE order_id = $1", order_id) == end
    assert await shop.value("SELECT status FROM orders WHERE id = $1", order_id) == (
        "COMPLETED" if shipped else "PROCESSING"
    )
    kept = "SELECT count(*) FROM tracking_events event JOIN shipments ON shipments.id = shipment_id WHERE order_id = $1"
    assert await shop.value(kept, order_id) == 6


async def _another_order(shop: Shop, number: str) -> UUID:
    if not await shop.value("SELECT count(*) FROM locations WHERE key = 'attic'"):
        await shop.location("attic", stock={"BED": 100})
    return await shop.order(number, {"BED": {"attic": 1}})


# ── lost, and sent back


async def test_a_lost_parcel_is_sent_again(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.LOST, T0)
    assert await shop.rows(EXCEPTIONS) == [("shipment.lost", "OPEN", "orderRoute")]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 0, 0, 0), ("SOFA", 0, 0, 0, 0, 0, 0)]
    assert await shop.stock("LAMP") == {"denver": (2, 0, 0)}
    await shop.location("reno", stock={"LAMP": 5, "SOFA": 2})
    await depot.commit(order_route, OrderRoute(order_id=depot.order_id))
    assert await shop.rows(LINES) == [("LAMP", 0, 3, 0, 0, 0, 0), ("SOFA", 0, 1, 0, 0, 0, 0)]
    await depot.begin("1-F2")
    again = await depot.ship("1-F2")
    await depot.report(again, S.DELIVERED, T0)
    assert await shop.rows(ORDER) == [("COMPLETED", "DELIVERED")]
    assert await shop.rows(PARCELS) == [("1-S1", "LOST"), ("1-S2", "DELIVERED")]


async def test_a_lost_parcel_is_canceled(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.LOST, T0)
    await depot.commit(order_cancel, OrderCancel(order_id=depot.order_id, reason="lost"))
    assert await shop.rows("SELECT status, total_minor FROM orders") == [("CANCELED", 0)]


async def test_of_two_parcels_one_is_lost_and_canceled(shop: Shop, depot: Depot) -> None:
    lost, delivered = await _shipped(depot, {"LAMP": 2}), await _shipped(depot)
    await depot.report(delivered, S.DELIVERED, T0)
    await depot.report(lost, S.LOST, T0)
    await depot.cancel({"LAMP": 2})
    assert await shop.rows("SELECT status, total_minor FROM orders") == [("COMPLETED", 2000)]


async def test_a_lost_parcel_turns_up(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.LOST, T0)
    await depot.report(outcome, S.DELIVERED, T0 + HOUR)
    assert await shop.rows(EXCEPTIONS) == [("shipment.lost", "RESOLVED", "orderRoute")]
    assert await shop.rows(ORDER) == [("COMPLETED", "DELIVERED")]


async def test_a_lost_parcel_turns_up_while_its_units_wait_for_supply(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot, {"LAMP": 3})
    await depot.report(outcome, S.LOST, T0)
    await depot.commit(order_route, OrderRoute(order_id=depot.order_id, only_location_keys=["denver"]))
    assert (await shop.rows(LINES))[0] == ("LAMP", 0, 2, 0, 0, 0, 1)
    await depot.report(outcome, S.IN_TRANSIT, T0 + HOUR)
    # Two are on their way a second time: what turned up does not count, and somebody is told.
    assert (await shop.rows(LINES))[0] == ("LAMP", 0, 2, 0, 0, 0, 1)
    assert ("shipment.found", "OPEN", None) in await shop.rows(EXCEPTIONS)


async def test_a_parcel_that_turns_up_after_its_units_were_canceled_changes_nothing(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.LOST, T0)
    await depot.commit(order_cancel, OrderCancel(order_id=depot.order_id, reason="lost"))
    await depot.report(outcome, S.DELIVERED, T0 + HOUR)
    assert await shop.rows("SELECT status FROM orders") == [("CANCELED",)]
    assert await shop.rows(PARCELS) == [("1-S1", "DELIVERED")]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 0, 0, 0), ("SOFA", 0, 0, 0, 0, 0, 0)]


async def test_a_parcel_that_comes_back(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.ATTEMPTED, T0)
    await depot.report(outcome, S.RETURNED_TO_SENDER, T0 + HOUR)
    assert await shop.rows(EXCEPTIONS) == [("shipment.returned_to_sender", "OPEN", "orderRoute")]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 0, 0, 0), ("SOFA", 0, 0, 0, 0, 0, 0)]
    # Nobody has looked at the goods yet, so they are not on hand.
    assert await shop.stock("SOFA") == {"denver": (1, 0, 0)}


async def test_what_comes_back_after_the_order_is_complete_is_a_return(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot)
    await depot.report(outcome, S.DELIVERED, T0)
    await depot.report(outcome, S.RETURNED_TO_SENDER, T0 + HOUR)
    assert await shop.rows("SELECT status FROM orders") == [("COMPLETED",)]
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 0, 3, 3, 0), ("SOFA", 0, 0, 0, 1, 1, 0)]
    assert await shop.rows(EXCEPTIONS) == [("shipment.returned_to_sender", "OPEN", "returnRequest")]


async def test_what_comes_back_while_the_order_is_at_work_is_open_again(shop: Shop, depot: Depot) -> None:
    outcome = await _shipped(depot, {"LAMP": 2})
    await depot.report(outcome, S.DELIVERED, T0)
    await depot.report(outcome, S.RETURNED_TO_SENDER, T0 + HOUR)
    assert await shop.rows(LINES) == [("LAMP", 0, 0, 1, 0, 0, 0), ("SOFA", 0, 0, 1, 0, 0, 0)]
    assert await shop.rows(EXCEPTIONS) == [("shipment.returned_to_sender", "OPEN", "orderRoute")]
