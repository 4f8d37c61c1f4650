"""Orders of a storefront that are driven here: what becomes of one when it is first seen, and what cannot be one."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.ports.feeds import CustomerRecord
from app.domain.money import Money
from app.domain.notification import NotificationKind
from app.domain.refusals import RefusalCode, Refused
from app.domain.sync import Taken
from app.workflows.customer_take_in import take_in_customer
from app.workflows.jobs import JOBS
from app.workflows.notify import notification
from app.workflows.order_capture import CaptureOutcome
from app.workflows.policy import Policy, Shortage
from tests.fixtures_shop import TESTER
from tests.storefront_orders.conftest import Storefront
from tests.storefront_orders.samples import PLACED, SHOP, order_of, paid, sold, usd

ORDER = """SELECT status, payment_status, management, channel, contact_name, contact_email, subtotal_minor,
                  discount_minor, shipping_minor, tax_minor, total_minor, paid_minor, placed_at, metadata FROM orders"""


async def test_an_order_that_is_paid_for_is_confirmed_and_its_units_reserved(managed: Storefront) -> None:
    lines = sold(1, "MUG", 2, tax=181, discount=100), sold(2, "LAMP", 1, 4_000)
    order = order_of(*lines, payments=(paid(6_581),), total=usd(6_581), note="Ring twice", tags=("vip",))
    captured = await managed.capture(order)
    assert captured.outcome is CaptureOutcome.CREATED
    *row, metadata = await managed.row(ORDER)
    assert row == [
        "CONFIRMED", "AUTHORIZED", "MANAGED", "web", "Zoe Quist", "zoe@example.com", 6_000, 100, 500, 181, 6_581, 0,
        PLACED,
    ]  # fmt: skip
    assert metadata == '{"note": "Ring twice", "tags": ["vip"], "externalNumber": "#1001"}'
    assert await managed.rows(
        "SELECT sku, title, ordered, reserved, total_minor FROM order_lines ORDER BY position"
    ) == [
        ("MUG", "A mug", 2, 2, 2_081),
        ("LAMP", "A lamp", 1, 1, 4_000),
    ]
    assert await managed.row("SELECT source_key, external_id, url, seen_version_at FROM order_references") == (
        "webshop", "1001", "https://shop.example/orders/1001", PLACED,
    )  # fmt: skip
    events = await managed.rows("SELECT type, sequence, actor_kind, actor_id FROM events WHERE subject_type = 'Order'")
    assert events == [("order.placed", 1, "CONNECTOR", "webshop")]
    jobs = await managed.rows("SELECT entrypoint FROM jobs.pgqueuer ORDER BY 1")
    assert jobs == [("notify.order_confirmed",), ("order.route",)]


PAYMENT = """SELECT status, gateway_key, method, amount_minor, authorized_minor, captured_minor, released_minor,
                    refunded_minor, gateway_reference FROM payments"""
TRANSACTIONS = "SELECT kind, status, amount_minor, gateway_reference, at FROM payment_transactions ORDER BY id"


async def test_what_is_held_at_the_storefront_is_a_payment_of_ours(managed: Storefront) -> None:
    await managed.capture(order_of())
    assert await managed.row(PAYMENT) == ("AUTHORIZED", "webshop", "card", 3_500, 3_500, 0, 0, 0, "T1")
    assert await managed.row(TRANSACTIONS) == ("AUTHORIZATION", "SUCCESS", 3_500, "T1", PLACED)


@pytest.mark.parametrize(
    ("payment", "status", "kinds"),
    [
        (paid(3_500, 3_500, is_sale=True), "CAPTURED", {"SALE": 3_500}),
        (paid(3_500, 3_500), "CAPTURED", {"AUTHORIZATION": 3_500, "CAPTURE": 3_500}),
        (paid(3_500, 2_000), "PARTIALLY_CAPTURED", {"AUTHORIZATION": 3_500, "CAPTURE": 2_000}),
        (paid(3_500, 2_000, is_released=True), "CAPTURED", {"AUTHORIZATION": 3_500, "CAPTURE": 2_000}),
        (paid(3_500, is_released=True), "VOIDED", {"AUTHORIZATION": 3_500, "VOID": 3_500}),
        (paid(3_500, 3_500, 400, is_sale=True), "PARTIALLY_REFUNDED", {"SALE": 3_500, "REFUND": 400}),
        (paid(3_500, 3_500, 3_500), "REFUNDED", {"AUTHORIZATION": 3_500, "CAPTURE": 3_500, "REFUND": 3_500}),
    ],
)
async def test_what_was_done_with_it_there_is_done(
    managed: Storefront, payment: Any, status: str, kinds: dict[str, int]
) -> None:
    await managed.capture(order_of(payments=(payment,)))
    assert (await managed.row(PAYMENT))[0] == status
    assert dict(await managed.rows("SELECT kind, amount_minor FROM payment_transactions")) == kinds


@pytest.mark.parametrize("given", [(paid(0),), (paid(3_000),), (paid(0), paid(3_000, external_id="T2"))])
async def test_what_is_not_paid_yet_waits(managed: Storefront, given: Any) -> None:
    await managed.capture(order_of(payments=given))
    assert (await managed.row(ORDER))[0] == "ON_HOLD"
    assert await managed.rows("SELECT reason FROM holds") == [("AWAITING_PAYMENT",)]


async def test_without_any_payment_it_is_paid_on_other_terms(managed: Storefront) -> None:
    await managed.capture(order_of(payments=()))
    assert (await managed.row(ORDER))[:2] == ("CONFIRMED", "NOT_PAID")


async def test_what_is_wrong_with_it_holds_it(managed: Storefront) -> None:
    await managed.capture(order_of(sold(1, "NOVEL", 1, 2_000), sold(2, None, 1), shipping_address=None))
    assert (await managed.row(ORDER))[0] == "ON_HOLD"
    assert set(await managed.rows("SELECT reason, note FROM holds")) == {
        ("VALIDATION", "NOVEL is not in the catalog"),
        ("VALIDATION", "A thing is not in the catalog"),
        ("ADDRESS", "there is no address to ship to"),
    }
    lines = await managed.rows("SELECT sku, product_id, backordered FROM order_lines ORDER BY position")
    assert lines == [("NOVEL", None, 1), ("A thing", None, 1)]


async def test_rounding_goes_to_the_dearest_line(managed: Storefront) -> None:
    lines = sold(1, "MUG", 2), sold(2, "LAMP", 1, 4_000, discount=2)
    await managed.capture(order_of(*lines, payments=(), total=usd(6_501)))
    (total,) = await managed.row("SELECT total_minor FROM orders")
    assert total == 6_501
    rows = await managed.rows("SELECT discount_minor, tax_minor, total_minor FROM order_lines ORDER BY position")
    assert rows == [(0, 0, 2_000), (0, 1, 4_001)]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (order_of(lines=()), ["order #1001: it has no lines"]),
        (order_of(sold(1, "MUG", 0)), ["order #1001: the quantity of A mug is 0, not between 1 and 1,000,000"]),
        (
            order_of(shipping=Money(500, "EUR")),
            ["order #1001: EUR and USD in one order: its amounts must be in one currency"],
        ),
        (
            order_of(sold(1, "MUG", 1, -1)),
            ["order #1001: lines.0.unit_price is -0.01 USD: an amount is not below zero, nor endless"],
        ),
        (
            order_of(total=usd(9_999)),
            ["order #1001: its lines and shipping come to 35.00 USD, its total is 99.99"],
        ),
        (
            order_of(sold(1, "MUG", 1, discount=1_001)),
            ["order #1001: the discount of A mug is more than its units are worth"],
        ),
        (order_of(payments=(paid(3_500, 1, 2),)), ["order #1001: 0.02 USD of 0.01 that were taken are back"]),
    ],
)
async def test_what_cannot_be_an_order_is_refused(managed: Storefront, order: Any, said: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        await managed.capture(order)
    assert [(each.code, each.message) for each in refused.value.refusals] == [
        (RefusalCode.INVALID, message) for message in said
    ]
    for table in ("orders", "order_references", "payments", "events"):
        assert await managed.rows(f"SELECT FROM {table}") == []


async def test_its_customer_is_found(managed: Storefront) -> None:
    async with managed.shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO customers (id, number, display_name, kind, emails) VALUES"
            " ('00000000-0000-0000-0000-0000000000d1', 'C1', 'Zoe', 'PERSON', '{zoe@example.com}'),"
            " ('00000000-0000-0000-0000-0000000000d2', 'C2', 'Zed', 'PERSON', '{zed@example.com}')"
        )
        await connection.exec_driver_sql(
            "INSERT INTO customer_source_records (customer_id, source_key, external_id, profile, linked_by,"
            " confidence, observed_at) VALUES"
            " ('00000000-0000-0000-0000-0000000000d1', 'webshop', '7', '{}', 'email', 1, now()),"
            " ('00000000-0000-0000-0000-0000000000d2', 'webshop', '8', '{}', 'email', 1, now())"
        )
    await managed.capture(order_of())
    await managed.capture(order_of(external_id="1002", customer_external_id="8"))
    found = await managed.rows(
        "SELECT customers.number FROM orders JOIN customers ON customers.id = customer_id ORDER BY orders.number"
    )
    assert found == [("C1",), ("C2",)]


async def test_two_at_once_are_one_order(managed: Storefront) -> None:
    captured = await asyncio.gather(*(managed.capture(order_of()) for _ in range(5)))
    assert sorted(each.outcome for each in captured) == ["created", *["unchanged"] * 4]
    assert len({each.order_id for each in captured}) == 1
    assert await managed.row("SELECT count(*) FROM orders") == (1,)


async def test_the_storefront_has_confirmed_it_already(managed: Storefront) -> None:
    captured = await managed.capture(order_of())
    confirm = notification(NotificationKind.ORDER_CONFIRMED, captured.order_id, captured.order_id)
    await JOBS[confirm.name].run(confirm.data, managed.work)
    assert await managed.rows("SELECT FROM notifications") == []


async def test_what_is_sold_is_not_refused_for_want_of_stock(managed: Storefront) -> None:
    managed.work = replace(managed.work, policy=Policy(shortage=Shortage.REFUSE))
    await managed.capture(order_of(sold(1, "MUG", 20), payments=()))
    assert await managed.rows("SELECT reserved, backordered FROM order_lines") == [(15, 5)]


async def test_a_customer_whom_the_storefront_has_not_told_of_yet_is_met_by_the_order(managed: Storefront) -> None:
    for number in range(2):
        await managed.capture(order_of(external_id=str(number), customer_external_id="7", phone="+12125550100"))
    await managed.capture(order_of(external_id="3", customer_external_id=None, email="guest@example.com"))
    customers = "SELECT id, display_name, email, phone FROM customers"
    ((customer_id, *shown),) = await managed.rows(customers)
    assert shown == ["Zoe Quist", "zoe@example.com", "+12125550100"]
    orders = await managed.rows("SELECT customer_id FROM orders ORDER BY number")
    assert orders == [(customer_id,), (customer_id,), (None,)]
    told = CustomerRecord(
        external_id="7", updated_at=PLACED - timedelta(days=400), given_name="Zoë", family_name="Quist",
        emails=("zoe@example.com",),
    )  # fmt: skip
    async with managed.work.writers.transaction(TESTER) as tx:
        assert await take_in_customer(tx, SHOP, told, managed.work) is Taken.CHANGED
    assert (await managed.row(customers))[:2] == (customer_id, "Zoë Quist")
