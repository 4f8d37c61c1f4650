"""Captures, voids and refunds by command; what parcels take; and what is never given back twice."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.goodwill import reduce
from app.domain.ids import new_id
from app.domain.order import (
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_summary import Line, OrderSummary
from app.stores.orders import load_order
from app.workflows.order_money import capture_for
from tests.fixtures_shop import TESTER, line, usd
from tests.payments.till import CARD, PAYMENT, Till, uuid_of

REASON = "late"


async def test_a_capture_takes_what_is_held_and_pays_the_order(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    payload = await till.shop.do("paymentCapture", PAYMENT, paymentId=payment_id)
    assert (payload["payment"]["status"], payload["payment"]["captured"]["amount"]) == ("CAPTURED", "50.00")
    row = await till.order_row(order_id)
    assert (row["paid_minor"], row["payment_status"]) == (5_000, "PAID")
    assert (await till.events(order_id))[-2:] == ["payment.capture_requested", "payment.captured"]
    assert till.effects() == {"authorization": [1], "capture": [1]}


async def test_captures_in_parts_end_with_the_rest(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    for amount, status in (("20.00", "PARTIALLY_CAPTURED"), ("25.00", "PARTIALLY_CAPTURED"), ("5.00", "CAPTURED")):
        payload = await till.shop.do("paymentCapture", PAYMENT, paymentId=payment_id, amount=usd(amount))
        assert payload["payment"]["status"] == status
    again = await till.shop.attempt("paymentCapture", PAYMENT, paymentId=payment_id)
    assert [each["code"] for each in again["userErrors"]] == ["ILLEGAL_TRANSITION"]
    assert (await till.order_row(order_id))["paid_minor"] == 5_000
    assert till.effects()["capture"] == [1, 1, 1]


async def test_a_gateway_that_captures_once_takes_the_part_and_the_rest_is_asked_for_anew(till: Till) -> None:
    till.gateway.connector._captures_in_parts = False
    order_id, payment_id = await till.authorized()
    payload = await till.shop.attempt("paymentCapture", PAYMENT, paymentId=payment_id, amount=usd("20.00"))
    (error,) = payload["userErrors"]
    assert error["message"] == "This authorization can be captured once; what is not captured then is released."
    await till.run_jobs()
    payment = await till.payment(payment_id)
    assert (payment["status"], payment["captured_minor"], payment["released_minor"]) == ("CAPTURED", 2_000, 3_000)
    assert [each[:2] for each in await till.transactions(payment_id)] == [
        ("AUTHORIZATION", "SUCCESS"), ("CAPTURE", "FAILURE"), ("CAPTURE", "SUCCESS"),
    ]  # fmt: skip
    ((category, message, suggested),) = await till.exceptions(order_id)
    assert (category, suggested) == ("payment.capture", "paymentAuthorize")
    assert message.endswith("the gateway has let go of what was not captured; the rest must be authorized anew")
    await till.shop.do("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert till.effects() == {"authorization": [1, 1], "capture": [1]}


async def test_more_than_is_held_is_not_captured(till: Till) -> None:
    _, payment_id = await till.authorized()
    payload = await till.shop.attempt("paymentCapture", PAYMENT, paymentId=payment_id, amount=usd("50.01"))
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "amount", "amount"])
    assert error["message"] == "50.01 USD is not possible: at least 0.01, at most 50.00 USD"
    assert till.effects() == {"authorization": [1]}


async def test_a_voided_payment_holds_the_order_that_needs_it(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    payload = await till.shop.do("paymentVoid", PAYMENT, paymentId=payment_id, reason="paid in cash")
    assert (payload["payment"]["status"], payload["transaction"]["kind"]) == ("VOIDED", "VOID")
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", "the payment was voided", True)]
    assert (await till.order_row(order_id))["status"] == "ON_HOLD"
    await till.shop.do("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert (await till.order_row(order_id))["status"] == "CONFIRMED"
    assert till.effects() == {"authorization": [1, 1], "void": [1]}


async def test_what_was_captured_is_not_voided(till: Till) -> None:
    order_id, payment_id = await till.captured()
    before = await till.order_row(order_id)
    payload = await till.shop.attempt("paymentVoid", PAYMENT, paymentId=payment_id)
    (error,) = payload["userErrors"]
    assert (error["code"], error["state"], error["allowed"]) == ("ILLEGAL_TRANSITION", "CAPTURED", ["paymentRefund"])
    assert await till.order_row(order_id) == before
    assert till.effects() == {"authorization": [1], "capture": [1]}


async def test_goodwill_makes_the_order_cheaper(till: Till) -> None:
    order_id, payment_id = await till.captured()
    payload = await till.shop.do("paymentRefund", PAYMENT, paymentId=payment_id, amount=usd("12.34"), reason=REASON)
    assert payload["payment"]["status"] == "PARTIALLY_REFUNDED"
    row = await till.order_row(order_id)
    assert (row["total_minor"], row["refunded_minor"], row["payment_status"]) == (3_766, 1_234, "PARTIALLY_REFUNDED")
    sql = "SELECT kind, amount_minor, reason FROM order_changes WHERE order_id = $1 ORDER BY at, id"
    changes = [tuple(each.values()) for each in await till.shop.rows(sql, uuid_of(order_id))]
    assert changes == [("PLACE", 5_000, None), ("ADJUSTMENT", -1_234, REASON)]
    assert await till.shop.rows("SELECT component, amount_minor, order_line_id FROM refund_parts") == [
        {"component": "ADJUSTMENT", "amount_minor": 1_234, "order_line_id": None}
    ]
    (row,) = await till.shop.rows("SELECT count(*) AS jobs FROM jobs.pgqueuer WHERE entrypoint = 'notify.refunded'")
    assert row["jobs"] == 1


@pytest.mark.parametrize("amount", ["50.01", "0.00"])
async def test_more_than_was_taken_is_not_given_back(till: Till, amount: str) -> None:
    order_id, payment_id = await till.captured()
    before = await till.order_row(order_id)
    payload = await till.shop.attempt("paymentRefund", PAYMENT, paymentId=payment_id, amount=usd(amount), reason=REASON)
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "amount", "amount"])
    assert error["message"] == f"{amount} USD is not possible: at least 0.01, at most 50.00 USD"
    assert await till.order_row(order_id) == before
    assert await till.transactions(payment_id) == [
        ("AUTHORIZATION", "SUCCESS", 5_000), ("CAPTURE", "SUCCESS", 5_000),
    ]  # fmt: skip
    assert till.effects() == {"authorization": [1], "capture": [1]}


async def test_of_two_refunds_at_once_only_what_is_left_is_given_back(till: Till) -> None:
    order_id, payment_id = await till.captured()
    wish: dict[str, Any] = {"paymentId": payment_id, "amount": usd("30.00"), "reason": REASON}
    payloads = await asyncio.gather(*(till.shop.attempt("paymentRefund", PAYMENT, **wish) for _ in range(4)))
    told = sorted([error["code"] for error in payload["userErrors"]] for payload in payloads)
    assert told == [[], ["INVALID"], ["INVALID"], ["INVALID"]]
    assert (await till.order_row(order_id))["refunded_minor"] == 3_000
    assert till.effects()["refund"] == [1]


async def test_a_refund_that_the_bank_does_not_take_is_an_exception(till: Till) -> None:
    order_id, payment_id = await till.captured()
    account = till.shop.stripe.app.account
    (intent,) = account.intents.values()
    account.charges[intent["latest_charge"]]["amount_refunded"] = 5_000
    payload = await till.shop.attempt(
        "paymentRefund", PAYMENT, paymentId=payment_id, amount=usd("10.00"), reason=REASON
    )
    (error,) = payload["userErrors"]
    assert (error["code"], error["message"]) == (
        "PAYMENT_DECLINED", "The amount is more than what is left of the payment.",
    )  # fmt: skip
    ((category, message, suggested),) = await till.exceptions(order_id)
    assert (category, suggested) == ("payment.refund", "paymentRefund")
    assert message == "10.00 USD: The amount is more than what is left of the payment."
    assert (await till.order_row(order_id))["payment_status"] == "CREDIT_OWED"


async def test_cancelling_what_was_paid_gives_it_back(till: Till) -> None:
    order_id, payment_id = await till.captured()
    await till.shop.do("orderCancel", "", orderId=order_id, reason="changed their mind")
    await till.run_jobs()
    row, payment = await till.order_row(order_id), await till.payment(payment_id)
    assert (row["status"], row["payment_status"], payment["status"]) == ("CANCELED", "REFUNDED", "REFUNDED")
    assert till.effects() == {"authorization": [1], "capture": [1], "refund": [1]}


async def test_canceling_what_was_held_lets_go_of_it(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    await till.shop.do("orderCancel", "", orderId=order_id, reason="changed their mind")
    await till.run_jobs()
    assert (await till.payment(payment_id))["status"] == "VOIDED"
    assert (await till.order_row(order_id))["payment_status"] == "VOIDED"
    assert till.effects() == {"authorization": [1], "void": [1]}


# ── what parcels take


async def asked_by_parcels(till: Till, order_id: str, shipped: list[int]) -> list[tuple[str, int, bool | None]]:
    """Kind, amount and whether it is the last, of what is asked for as so many units have left in all each time."""
    asked = []
    async with till.work.writers.rehearsal(TESTER) as tx:
        order = await load_order(tx, uuid_of(order_id))
        for units in shipped:
            left = units
            for each in order.lines:
                each.shipped = min(left, each.units)
                left -= each.shipped
            order.added.clear()
            await capture_for(tx, order)
            asked += [
                (row["kind"], row["amount_minor"], row["is_final"])
                for row in order.added.get("payment_transactions", [])
            ]
    return asked


async def test_the_first_parcel_takes_shipping_and_the_last_the_rest(till: Till) -> None:
    lines = line("MUG", 3, "10.00", tax=usd("1.00")), line("LAMP", 1, "20.00")
    order_id, _ = await till.authorized(*lines, shippingPrice=usd("5.00"))
    assert await asked_by_parcels(till, order_id, [1, 2, 4]) == [
        ("CAPTURE", 1_533, False), ("CAPTURE", 1_033, False), ("CAPTURE", 3_034, True),
    ]  # fmt: skip


async def test_a_parcel_takes_no_more_than_is_held(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    await till.shop.do("paymentCapture", "", paymentId=payment_id, amount=usd("45.00"))
    assert await asked_by_parcels(till, order_id, [2, 4, 5]) == [("CAPTURE", 500, True)]


async def test_the_last_parcel_lets_go_of_what_nobody_needs(till: Till) -> None:
    order_id, _ = await till.authorized()
    order = (await till.shop.ask("query ($id: ID!) { order(by: {id: $id}) { lines { id } } }", id=order_id)).data
    await till.shop.do(
        "orderCancel", "", orderId=order_id, reason="one less",
        lines=[{"orderLineId": order["order"]["lines"][0]["id"], "quantity": 1}],
    )  # fmt: skip
    assert await asked_by_parcels(till, order_id, [3, 4]) == [("CAPTURE", 3_000, False), ("CAPTURE", 1_000, True)]


# ── goodwill


prices = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 5), st.integers(0, 300)), min_size=1, max_size=5)


@given(prices, st.integers(0, 900), st.integers(0, 40_000))
def test_goodwill_takes_off_what_it_says_and_never_below_nothing(
    given_lines: list[tuple[int, int, int]], shipping_minor: int, amount_minor: int
) -> None:
    order = _order(given_lines, shipping_minor)
    total_minor = order.total_minor
    reduction = reduce(order, amount_minor, {})
    taken_minor = reduction.shipping_minor - sum(each for *_, each in reduction.lines)
    assert taken_minor == min(amount_minor, total_minor)
    assert order.total_minor == total_minor - taken_minor
    assert all(each.discount_minor >= 0 and each.tax_minor >= 0 and each.total_minor >= 0 for each in order.lines)


def _order(given_lines: list[tuple[int, int, int]], shipping_minor: int) -> OrderSummary:
    lines = [
        Line(id=new_id(), position=n, product_id=None, sku=f"S{n}", title="", unit_price_minor=price, tax_minor=tax,
             ordered=units)
        for n, (price, units, tax) in enumerate(given_lines)
    ]  # fmt: skip
    order = OrderSummary(
        id=new_id(), version=1, number="1", management=OrderManagement.MANAGED, status=OrderStatus.COMPLETED,
        fulfillment_status=OrderFulfillmentStatus.DELIVERED, payment_status=OrderPaymentStatus.PAID,
        return_status=OrderReturnStatus.NONE, channel="web", customer_id=None, contact_name=None, contact_email=None,
        shipping_address=None, billing_address=None, shipping_method=None, currency="USD", placed_at=datetime.now(UTC),
        shipping_minor=shipping_minor, lines=lines,
    )  # fmt: skip
    order.add_up()
    return order
