"""Documents reach a source once, in order, whatever becomes of the answers and of whoever asks."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from app.connectors.ports.sinks import Written
from app.connectors.registry import Registry
from app.domain.actor import SYSTEM
from app.domain.outgoing import Push
from app.domain.source import SourceKind
from app.stores.engine import create_engine
from app.stores.outgoing_state import given_up_documents
from app.workflows.exception_resolve import ExceptionResolve, exception_resolve
from app.workflows.inventory_adjust import InventoryAdjust, InventoryChange, inventory_adjust
from app.workflows.inventory_transfer import InventoryTransfer, inventory_transfer
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_edit import OrderEdit, order_edit
from app.workflows.push_again import push_again
from tests.workflows.office import (
    Fate,
    Killed,
    Office,
    Sink,
    down,
    killed_after,
    killed_before,
    lost,
    open_office,
    refused,
    silent_office,
    throttled,
)
from tests.workflows.shop import Shop

ORDERS = frozenset({Push.ORDERS, Push.SHIPMENTS, Push.RETURNS, Push.INVOICES})
EXCEPTIONS = "SELECT category, message, status, suggested_action FROM order_exceptions ORDER BY id"


@pytest.fixture
async def office(shop: Shop, migrated_database: str) -> AsyncIterator[Office]:
    async with open_office(shop, migrated_database, ORDERS, locations={"1010/101A": "denver"}) as opened:
        yield opened


# ── what is told


async def test_nobody_is_told_of_an_order_before_it_is_confirmed(office: Office) -> None:
    await office.hold()
    assert await office.waiting() == []


async def test_an_order_is_told_once_it_is_confirmed(shop: Shop, office: Office) -> None:
    await office.release()
    assert await office.waiting() == [("push.orders", f"push:erp:orders:{office.order_id}")]
    assert await office.tell() == ["push.orders done"]
    (told,) = office.sink.of("orders")
    assert (told.number, told.external_id, told.is_canceled, told.total.minor) == ("1", None, False, 4_000)
    assert [(each.position, each.sku, each.quantity, each.unit_price.minor) for each in told.lines] == [
        (1, "LAMP", 3, 1_000), (2, "SOFA", 1, 1_000),
    ]  # fmt: skip
    assert await shop.rows("SELECT source_key, external_id, url FROM order_references") == [
        ("erp", "orders-1", "https://erp.example/orders-1")
    ]
    assert await office.documents() == [("ORDERS", False, True, False)]


async def test_a_life_is_told_as_it_happens(shop: Shop, office: Office) -> None:
    await office.begin_all()
    await office.delivered()
    await office.brought_back("LAMP", 2)
    assert set(await office.tell()) == {"push.orders done", "push.shipments done", "push.returns done"}
    assert office.sink.done() == {"orders": [1], "shipments": [1], "returns": [1]}
    (shipment,) = office.sink.of("shipments")
    assert (shipment.number, shipment.location, shipment.tracking_number) == ("1-S1", "1010/101A", "T1")
    assert [(each.sku, each.quantity) for each in shipment.lines] == [("LAMP", 3), ("SOFA", 1)]
    (returned,) = office.sink.of("returns")
    assert (returned.number, returned.refund.minor, returned.order.external_id) == ("1-R1", 2_000, "orders-1")
    assert [(each.position, each.sku, each.quantity, each.reason, each.restocked) for each in returned.lines] == [
        (1, "LAMP", 2, "UNWANTED", 2)
    ]
    assert await office.tell() == []
    assert [each for each in office.sink.asked if each[1]] == []


async def test_a_changed_order_is_written_over_the_one_there(office: Office) -> None:
    await office.release()
    await office.tell()
    await office.cancel({"LAMP": 1})
    assert await office.tell() == ["push.orders done"]
    (told,) = office.sink.of("orders")
    assert (told.external_id, [(each.sku, each.quantity) for each in told.lines], told.total.minor) == (
        "orders-1", [("LAMP", 2), ("SOFA", 1)], 3_000,
    )  # fmt: skip
    assert office.sink.done() == {"orders": [1]}


async def test_picking_and_packing_is_nobodys_business(office: Office) -> None:
    await office.release()
    await office.tell()
    await office.route()
    await office.begin("1-F1")
    assert await office.waiting() == []


async def test_a_new_address_is_told(office: Office) -> None:
    await office.release()
    await office.tell()
    await _move(office, "1 Elm")
    await office.tell()
    assert _line1(office) == "1 Elm"


async def test_a_canceled_order_is_told_where_it_is_known(office: Office) -> None:
    await office.release()
    await office.tell()
    await office.commit(order_cancel, OrderCancel(order_id=office.order_id, reason="no"))
    assert await office.tell() == ["push.orders done"]
    (told,) = office.sink.of("orders")
    assert (told.is_canceled, told.lines, told.external_id) == (True, (), "orders-1")
    assert office.sink.done() == {"orders": [1]}


async def test_an_order_canceled_before_it_was_told_never_is(office: Office) -> None:
    await office.release()
    await office.commit(order_cancel, OrderCancel(order_id=office.order_id, reason="no"))
    assert await office.tell() == ["push.orders done"]
    assert office.sink.asked == []
    assert await office.documents() == []


@pytest.mark.parametrize(("fate", "ended"), [(lost, True), (down, False)])
async def test_an_order_canceled_while_nobody_knew_is_called_off_if_it_is_there(
    shop: Shop, office: Office, fate: Fate, ended: bool
) -> None:
    await office.release()
    office.sink.fates = [fate]
    await office.tell()
    await office.commit(order_cancel, OrderCancel(order_id=office.order_id, reason="no"))
    await office.tell()
    assert office.sink.asked == [("orders", False), ("orders", True)]
    assert [told.is_canceled for told in office.sink.of("orders")] == [True] * ended
    assert await office.documents() == [("ORDERS", False, ended, False)]
    assert await shop.rows(EXCEPTIONS) == []
    assert await office.waiting() == []


async def test_money_that_was_taken_is_told(office: Office) -> None:
    await office.pay(4_000)
    await office.release()
    await office.tell()
    (invoice,) = office.sink.of("invoices")
    assert (invoice.amount.minor, invoice.method, invoice.gateway, invoice.reference) == (
        4_000, "card", "bank", "bank-capture",
    )  # fmt: skip
    assert invoice.order.external_id == "orders-1"


async def test_what_a_voided_parcel_left_behind_is_for_a_person(shop: Shop, office: Office) -> None:
    await office.begin_all()
    sent = await office.ship("1-F1")
    await office.tell()
    await shop.run("UPDATE shipments SET status = 'CANCELED', shipped_at = NULL")
    data = {"source": "erp", "subject_type": "Shipment", "subject_id": str(sent.ids["shipment"])}
    await shop.run("DELETE FROM jobs.pgqueuer")
    await office.requeue("push.shipments", {**data, "order_id": str(office.order_id)})
    assert await office.tell() == ["push.shipments failed"]
    await shop.run("UPDATE shipments SET status = 'LABEL_PURCHASED', shipped_at = now()")
    assert await shop.rows(EXCEPTIONS) == [
        (
            "push.shipments", "shipment 1-S1 was called off after it was told; undo it at erp shipments-2", "OPEN",
            "exceptionResolve",
        )
    ]  # fmt: skip


# ── in which order


async def test_a_parcel_waits_until_its_order_is_there(office: Office) -> None:
    await office.begin_all()
    await office.ship("1-F1")
    assert await office.tell(only="push.shipments") == ["push.shipments done"]
    assert office.sink.asked == []
    assert await office.documents() == [("SHIPMENTS", False, False, False)]
    await office.tell()
    assert [kind for kind, _ in office.sink.asked] == ["orders", "shipments"]


async def test_a_parcel_has_its_order_told_where_nobody_did(shop: Shop, office: Office) -> None:
    """The source was not told of orders when it was confirmed."""
    await office.begin_all()
    await shop.run("DELETE FROM jobs.pgqueuer")
    await office.ship("1-F1")
    await office.tell()
    assert office.sink.done() == {"orders": [1], "shipments": [1]}


async def test_a_parcel_waits_for_the_change_of_its_order(office: Office) -> None:
    await office.release()
    await office.tell()
    await office.cancel({"LAMP": 1})
    await office.route()
    await office.begin("1-F1")
    await office.ship("1-F1")
    await office.tell(only="push.shipments")
    assert [kind for kind, _ in office.sink.asked] == ["orders"]
    await office.tell()
    assert [kind for kind, _ in office.sink.asked] == ["orders", "orders", "shipments"]
    assert office.sink.done() == {"orders": [1], "shipments": [1]}


async def test_a_parcel_waits_while_nobody_knows_what_its_order_is_there(office: Office) -> None:
    """Its order is again what it was before a change that may have been made."""
    await _move(office, "1 Elm")
    await office.release()
    await office.tell()
    await _move(office, "2 Elm")
    office.sink.fates = [lost]
    await office.tell()
    await _move(office, "1 Elm")
    await office.route()
    await office.begin("1-F1")
    await office.ship("1-F1")
    assert await office.tell(only="push.shipments") == ["push.shipments done"]
    assert office.sink.of("shipments") == []
    await office.tell()
    assert office.sink.asked == [("orders", False), ("orders", False), ("orders", True), ("shipments", False)]
    assert _line1(office) == "1 Elm"


async def test_a_parcel_that_waits_for_a_change_goes_once_it_is_taken_back(shop: Shop, office: Office) -> None:
    await office.begin_all()
    await office.tell()
    await shop.run("UPDATE orders SET contact_name = 'Ada L.'")
    await office.ship("1-F1")
    assert await office.tell(only="push.shipments") == ["push.shipments done"]
    await shop.run("UPDATE orders SET contact_name = NULL")
    assert await office.tell() == ["push.orders done", "push.shipments done"]
    assert office.sink.asked == [("orders", False), ("shipments", False)]


async def test_a_parcel_goes_though_a_change_of_its_order_was_refused(office: Office) -> None:
    await office.release()
    await office.tell()
    await office.cancel({"LAMP": 1})
    await office.route()
    await office.begin("1-F1")
    await office.ship("1-F1")
    office.sink.fates = [refused]
    assert await office.tell() == ["push.orders failed", "push.shipments done"]
    assert office.sink.done() == {"orders": [1], "shipments": [1]}


async def test_a_parcel_that_waits_for_a_change_goes_once_it_is_refused(office: Office) -> None:
    await office.release()
    await office.tell()
    await office.cancel({"LAMP": 1})
    await office.route()
    await office.begin("1-F1")
    await office.ship("1-F1")
    assert await office.tell(only="push.shipments") == ["push.shipments done"]
    assert office.sink.of("shipments") == []
    office.sink.fates = [refused]
    assert await office.tell() == ["push.orders failed", "push.shipments done"]
    assert office.sink.done() == {"orders": [1], "shipments": [1]}


# ── once


@pytest.mark.parametrize("fate", [lost, killed_after])
async def test_what_was_done_without_an_answer_is_found(office: Office, fate: Fate) -> None:
    await office.release()
    await _tell_through(office, fate)
    assert await office.documents() == [("ORDERS", True, False, False)]
    await office.forget_lease()
    assert await office.tell() == ["push.orders done"]
    assert office.sink.asked == [("orders", False), ("orders", True)]
    assert office.sink.done() == {"orders": [1]}
    assert await office.documents() == [("ORDERS", False, True, False)]


@pytest.mark.parametrize("fate", [down, killed_before])
async def test_what_was_not_done_is_done_by_the_next_attempt(office: Office, fate: Fate) -> None:
    await office.release()
    await _tell_through(office, fate)
    await office.forget_lease()
    await office.tell()
    assert office.sink.asked == [("orders", False), ("orders", True)]
    assert office.sink.done() == {"orders": [1]}


async def test_a_source_that_asks_for_patience_did_nothing(office: Office) -> None:
    await office.release()
    office.sink.fates = [throttled]
    assert await office.tell() == ["push.orders retried"]
    assert await office.documents() == [("ORDERS", False, False, False)]
    await office.tell()
    assert office.sink.asked == [("orders", False), ("orders", False)]


async def test_patience_says_nothing_of_the_attempt_before(office: Office) -> None:
    await office.release()
    office.sink.fates = [lost, throttled]
    await office.tell()
    await office.tell()
    await office.tell()
    assert office.sink.asked == [("orders", False), ("orders", True), ("orders", True)]
    assert office.sink.done() == {"orders": [1]}


async def test_an_order_changed_while_nobody_knew_is_made_what_it_is(office: Office) -> None:
    await office.release()
    office.sink.fates = [lost]
    await office.tell()
    await office.cancel({"LAMP": 1})
    await office.tell()
    (told,) = office.sink.of("orders")
    assert [(each.sku, each.quantity) for each in told.lines] == [("LAMP", 2), ("SOFA", 1)]
    assert office.sink.done() == {"orders": [1]}


async def test_a_job_that_runs_again_writes_nothing(office: Office) -> None:
    await office.begin_all()
    await office.ship("1-F1")
    jobs = await office._queued("push.%")
    await office.tell()
    for _, name, _, data, _ in jobs:
        await office.job(name, **data)
    assert [kind for kind, _ in office.sink.asked] == ["orders", "shipments"]


# ── refused


async def test_what_is_refused_waits_for_a_person_and_is_told_again_when_asked(shop: Shop, office: Office) -> None:
    await office.release()
    office.sink.fates = [refused]
    assert await office.tell() == ["push.orders failed"]
    assert await office.documents() == [("ORDERS", False, False, True)]
    sentence = "erp does not take it: the period is closed"
    assert await shop.rows(EXCEPTIONS) == [("push.orders", sentence, "OPEN", "exceptionResolve")]
    assert await shop.rows("SELECT external_id FROM order_references") == []
    exception_id = await shop.value("SELECT id FROM order_exceptions")
    await office.commit(exception_resolve, ExceptionResolve(exception_id=exception_id, retry=True))
    assert await office.tell() == ["push.orders done"]
    assert await office.documents() == [("ORDERS", False, True, False)]


async def test_what_was_refused_may_be_half_done(shop: Shop, office: Office) -> None:
    """A delivery may be there whose goods issue was refused."""
    await office.begin_all()
    await office.ship("1-F1")
    await office.tell(only="push.orders")
    office.sink.fates = [refused]
    assert await office.tell() == ["push.shipments failed"]
    exception_id = await shop.value("SELECT id FROM order_exceptions")
    await office.commit(exception_resolve, ExceptionResolve(exception_id=exception_id, retry=True))
    await office.tell()
    assert office.sink.asked == [("orders", False), ("shipments", False), ("shipments", True)]


async def test_a_change_that_was_refused_half_way_is_taken_back(office: Office) -> None:
    def half_done(sink: Sink, do: Callable[[], Written]) -> Written:
        do()
        return refused(sink, do)

    await _move(office, "1 Elm")
    await office.release()
    await office.tell()
    await _move(office, "2 Elm")
    office.sink.fates = [half_done]
    assert await office.tell() == ["push.orders failed"]
    assert _line1(office) == "2 Elm"
    await _move(office, "1 Elm")
    assert await office.tell() == ["push.orders done"]
    assert _line1(office) == "1 Elm"
    assert office.sink.done() == {"orders": [1]}


async def test_what_is_told_again_may_have_to_wait_for_its_order(shop: Shop, office: Office) -> None:
    await office.begin_all()
    await office.ship("1-F1")
    await office.tell(only="push.orders")
    office.sink.fates = [refused]
    assert await office.tell() == ["push.shipments failed"]
    # As when the customer is linked to one at the source: nothing is told of that by itself.
    await shop.run("UPDATE orders SET contact_name = 'Ada L.'")
    exception_id = await shop.value("SELECT id FROM order_exceptions")
    await office.commit(exception_resolve, ExceptionResolve(exception_id=exception_id, retry=True))
    assert await office.tell() == ["push.shipments done", "push.orders done", "push.shipments done"]
    assert office.sink.done() == {"orders": [1], "shipments": [1]}


async def test_a_refusal_that_a_change_heals_is_resolved_by_it(shop: Shop, office: Office) -> None:
    await office.release()
    office.sink.fates = [refused]
    await office.tell()
    await office.cancel({"LAMP": 1})
    assert await office.tell() == ["push.orders done"]
    assert await shop.rows(EXCEPTIONS) == [
        ("push.orders", "erp does not take it: the period is closed", "RESOLVED", "exceptionResolve")
    ]


async def test_an_exception_is_over_once_all_that_was_told_again_is_written(shop: Shop, office: Office) -> None:
    await office.begin_all()
    await office.ship("1-F1", {"LAMP": 2})
    await office.ship("1-F1", {"LAMP": 1, "SOFA": 1})
    await office.tell(only="push.orders")
    office.sink.fates = [refused, refused]
    assert await office.tell() == ["push.shipments failed"] * 2
    assert await push_again("erp", office.work.writers, SYSTEM) == 2
    office.sink.fates = [lost]
    assert await office.tell() == ["push.shipments retried", "push.shipments done"]
    assert [status for _, _, status, _ in await shop.rows(EXCEPTIONS)] == ["OPEN"]
    assert await office.tell() == ["push.shipments done"]
    assert [status for _, _, status, _ in await shop.rows(EXCEPTIONS)] == ["RESOLVED"]


async def test_a_parcel_waits_while_its_order_is_refused(shop: Shop, office: Office) -> None:
    await office.begin_all()
    await office.ship("1-F1")
    office.sink.fates = [refused]
    assert await office.tell() == ["push.orders failed", "push.shipments done"]
    assert [kind for kind, _ in office.sink.asked] == ["orders"]
    exception_id = await shop.value("SELECT id FROM order_exceptions")
    await office.commit(exception_resolve, ExceptionResolve(exception_id=exception_id, retry=True))
    await office.tell()
    assert office.sink.done() == {"orders": [1], "shipments": [1]}


# ── who is told


async def test_a_storefront_is_told_of_its_own_orders_alone(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, ORDERS, kind=SourceKind.STOREFRONT) as office:
        await office.begin_all()
        await office.ship("1-F1")
        await office.tell()
        assert office.sink.asked == []
        assert await office.documents() == []


async def test_what_came_from_a_storefront_is_told_by_the_name_it_has_there(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.SHIPMENTS}, kind=SourceKind.STOREFRONT) as office:
        await shop.run(
            "INSERT INTO order_references (order_id, source_key, external_id) VALUES ($1, 'erp', '77')", office.order_id
        )
        await office.begin_all()
        await office.ship("1-F1")
        await office.tell()
        (shipment,) = office.sink.of("shipments")
        assert (shipment.order.external_id, office.sink.done()) == ("77", {"shipments": [1]})


async def test_mirrored_orders_are_told_to_nobody(shop: Shop, office: Office) -> None:
    await shop.run("UPDATE orders SET management = 'UNMANAGED'")
    data = {"source": "erp", "subject_type": "Order", "subject_id": str(office.order_id)}
    await office.job("push.orders", **data, order_id=str(office.order_id))
    assert office.sink.asked == []
    await shop.run("UPDATE orders SET management = 'MANAGED'")


async def test_analytics_learn_of_purchases_and_refunds(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.ANALYTICS}) as office:
        await office.pay(4_000)
        await office.release()
        await office.refund(1_500)
        await office.tell()
        (bought,), (given_back,) = office.sink.of("purchases"), office.sink.of("refunds")
        assert (bought.order_number, bought.value.minor, len(bought.lines)) == ("1", 4_000, 2)
        assert (given_back.order_number, given_back.value.minor) == ("1", 1_500)
        assert office.sink.done() == {"purchases": [1], "refunds": [1]}


async def test_a_crm_gets_a_case_for_each_exception(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.ORDERS, Push.CASES}) as office:
        await office.release()
        office.sink.fates = [refused]
        await office.tell()
        (case,) = office.sink.of("cases")
        assert (case.subject, case.order_number) == ("Order 1: push.orders failed", "1")
        assert case.description == "erp does not take it: the period is closed\nexceptionResolve may help."


async def test_no_case_is_opened_for_a_case_that_cannot_be(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.ORDERS, Push.CASES}) as office:
        await office.release()
        office.sink.fates = [refused, refused]
        await office.tell()
        assert [row[0] for row in await shop.rows(EXCEPTIONS)] == ["push.orders", "push.cases"]
        assert await office.waiting() == []


# ── stock


async def test_stock_that_changed_for_other_reasons_is_told(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.STOCK}, locations={"1010": "denver"}) as office:
        await shop.location("reno", stock={"LAMP": 0})
        change = InventoryChange(sku="LAMP", location_key="denver", delta=4)
        await office.commit(inventory_adjust, InventoryAdjust(reason="found", changes=[change]))
        move = InventoryTransfer(sku="LAMP", from_location_key="denver", to_location_key="reno", quantity=1)
        await office.commit(inventory_transfer, move)
        await office.tell()
        told = [(each.sku, each.location, each.on_hand_delta, each.on_hand) for each in office.sink.of("stock")]
        assert told == [("LAMP", "1010", 4, 10), ("LAMP", "1010", -1, 9), ("LAMP", "reno", 1, 1)]
        assert office.sink.of("stock")[0].reason == "found"


@pytest.mark.parametrize(
    ("push", "deltas"),
    [
        ({Push.STOCK}, [-3, -1, 2]),
        ({Push.STOCK, Push.SHIPMENTS}, [2]),
        ({Push.STOCK, Push.SHIPMENTS, Push.RETURNS}, []),
    ],
)
async def test_stock_is_not_told_where_a_document_tells_it(
    shop: Shop, migrated_database: str, push: set[Push], deltas: list[int]
) -> None:
    async with open_office(shop, migrated_database, push) as office:
        await office.begin_all()
        await office.delivered()
        await office.brought_back("LAMP", 2)
        await office.tell()
        assert [each.on_hand_delta for each in office.sink.of("stock")] == deltas


async def test_refused_stock_is_kept_with_its_reason(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.STOCK}) as office:
        office.sink.fates = [refused]
        change = InventoryChange(sku="LAMP", location_key="denver", delta=4)
        await office.commit(inventory_adjust, InventoryAdjust(reason="found", changes=[change]))
        assert await office.tell() == ["push.stock failed"]
        engine = create_engine(migrated_database, connections_max=1)
        (listed,) = await given_up_documents(engine)
        await engine.dispose()
        assert (listed.source_key, listed.push, listed.about, listed.attempts, listed.reason) == (
            "erp", Push.STOCK, "LAMP at denver", 1, "erp does not take it: the period is closed",
        )  # fmt: skip


async def test_stock_is_kept_for_a_source_that_was_switched_off(shop: Shop, migrated_database: str) -> None:
    async with open_office(shop, migrated_database, {Push.STOCK}) as office:
        change = InventoryChange(sku="LAMP", location_key="denver", delta=4)
        await office.commit(inventory_adjust, InventoryAdjust(reason="found", changes=[change]))
        switched_on, office.work = office.work, replace(office.work, outside=Registry([]))
        assert await office.tell() == ["push.stock failed"]
        assert await shop.rows("SELECT reason FROM outgoing_documents WHERE given_up_at IS NOT NULL") == [
            ("no enabled source is called erp; enable it, then try again",)
        ]
        office.work = switched_on
        assert await push_again("erp", office.work.writers, SYSTEM) == 1
        assert await office.tell() == ["push.stock done"]
        assert [each.on_hand_delta for each in office.sink.of("stock")] == [4]
        assert await office.documents() == [("STOCK", False, True, False)]


# ── what it costs


async def test_telling_costs_one_statement_in_the_transaction_of_the_change(
    shop: Shop, office: Office, migrated_database: str
) -> None:
    async with silent_office(shop, migrated_database) as silent:
        alone = await silent.statements(silent.begin_all) + await silent.statements(silent.delivered)
        assert await office.waiting() == []
    told = await office.statements(office.begin_all) + await office.statements(office.delivered)
    # The order is confirmed in one transaction, the parcel leaves in another.
    assert told == alone + 2


async def _move(office: Office, line1: str) -> None:
    address = {"line1": line1, "city": "Reno", "region": "NV", "postalCode": "89501", "country": "US"}
    await office.commit(order_edit, OrderEdit(order_id=office.order_id, shipping_address=address))


def _line1(office: Office) -> str:
    """Where the order goes, as the source has it."""
    (told,) = office.sink.of("orders")
    return str(told.shipping_address["line1"])


async def _tell_through(office: Office, fate: Callable[..., object]) -> None:
    office.sink.fates = [fate]  # type: ignore[list-item]
    try:
        assert await office.tell() == ["push.orders retried"]
    except Killed:
        assert fate in (killed_before, killed_after)
