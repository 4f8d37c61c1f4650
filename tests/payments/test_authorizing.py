"""Payments of an order: confirmed by them, held for want of them, and what becomes of those nobody needs any more."""

from typing import Any

import pytest

from app.connectors.registry import Registry
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.payment_settle import payment_settle
from app.workflows.work import Work
from tests.fixtures_shop import line, order_input, usd
from tests.payments.till import CARD, DECLINED, PAYMENT, Till, uuid_of

SAYS_NO = "Your card was declined."


async def test_an_order_is_confirmed_once_its_payment_is_authorized(till: Till) -> None:
    order = await till.order()
    assert (await till.order_row(order["id"]))["status"] == "PENDING"
    await till.run_jobs()
    row, payment = await till.order_row(order["id"]), await till.payment(order["payments"][0]["id"])
    assert (row["status"], row["payment_status"]) == ("CONFIRMED", "AUTHORIZED")
    assert (payment["status"], payment["authorized_minor"], payment["method_token"]) == ("AUTHORIZED", 5_000, None)
    lifetime = payment["authorization_expires_at"] - payment["created_at"]
    assert 6 <= lifetime.days <= 7
    assert payment["gateway_reference"].startswith("pi_")
    assert await till.events(order["id"]) == ["order.placed", "payment.authorized"]
    assert till.effects() == {"authorization": [1]}
    assert till.gateway.asked == ["authorize"]


async def test_a_job_that_runs_twice_asks_once(till: Till) -> None:
    await till.order()
    (data,) = await till.jobs()
    assert list(await payment_settle(data, till.work)) == []
    assert list(await payment_settle(data, till.work)) == []
    assert till.gateway.asked == ["authorize"]


async def test_a_declined_order_waits_for_another_payment(till: Till) -> None:
    order_id, payment_id = await till.authorized(payment=DECLINED)
    row, payment = await till.order_row(order_id), await till.payment(payment_id)
    assert (row["status"], row["payment_status"]) == ("ON_HOLD", "NOT_PAID")
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", SAYS_NO, True)]
    assert (payment["status"], payment["method_token"]) == ("DECLINED", None)
    assert await till.transactions(payment_id) == [("AUTHORIZATION", "FAILURE", 5_000)]
    assert await till.events(order_id) == ["order.placed", "payment.declined"]

    selected = "order { status paymentStatus holds { reason releasedAt } } " + PAYMENT
    payload = await till.shop.do("paymentAuthorize", selected, orderId=order_id, payment=CARD)
    assert (payload["order"]["status"], payload["order"]["paymentStatus"]) == ("CONFIRMED", "AUTHORIZED")
    assert (payload["payment"]["status"], payload["payment"]["authorized"]["amount"]) == ("AUTHORIZED", "50.00")
    assert (payload["transaction"]["kind"], payload["transaction"]["status"]) == ("AUTHORIZATION", "SUCCESS")
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", SAYS_NO, False)]
    assert await till.events(order_id) == [
        "order.placed", "payment.declined", "payment.requested", "payment.authorized",
    ]  # fmt: skip


async def test_a_second_decline_is_told_at_once(till: Till) -> None:
    order_id, _ = await till.authorized(payment=DECLINED)
    payload = await till.shop.attempt("paymentAuthorize", PAYMENT, orderId=order_id, payment=DECLINED)
    (error,) = payload["userErrors"]
    assert (error["code"], error["message"]) == ("PAYMENT_DECLINED", SAYS_NO)
    assert error["source"] == {"key": "stripe"}
    assert (payload["payment"]["status"], payload["transaction"]["error"]) == ("DECLINED", SAYS_NO)
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", SAYS_NO, True)]


async def test_parts_add_up(till: Till) -> None:
    order_id, _ = await till.authorized(payment=DECLINED)
    for amount, status in (("20.00", "ON_HOLD"), ("30.00", "CONFIRMED")):
        payload = await till.shop.do(
            "paymentAuthorize", "order { status }", orderId=order_id, payment={**CARD, "amount": usd(amount)}
        )
        assert payload["order"]["status"] == status


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (usd("50.01"), "50.01 USD is not possible: at least 0.01, at most 50.00 USD"),
        (usd("0.00"), "0.00 USD is not possible: at least 0.01, at most 50.00 USD"),
        ({"amount": "50.00", "currency": "EUR"}, "is in USD, not EUR"),
    ],
)
async def test_an_amount_that_is_not_due_is_refused(till: Till, amount: Any, told: str) -> None:
    order_id, _ = await till.authorized(payment=DECLINED)
    payment = {**CARD, "amount": amount}
    payload = await till.shop.attempt("paymentAuthorize", PAYMENT, orderId=order_id, payment=payment)
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"][:3]) == ("INVALID", ["input", "payment", "amount"])
    assert told in error["message"]
    assert payload["payment"] is None
    assert till.effects() == {}


async def test_what_is_paid_for_takes_no_further_payment(till: Till) -> None:
    order_id, _ = await till.authorized()
    payload = await till.shop.attempt("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert [error["code"] for error in payload["userErrors"]] == ["ALREADY_DONE"]
    assert till.effects() == {"authorization": [1]}


async def test_a_gateway_that_is_not_configured_is_named(till: Till) -> None:
    order_id, _ = await till.authorized(payment=DECLINED)
    payload = await till.shop.attempt("paymentAuthorize", "", orderId=order_id, payment={**CARD, "gateway": "web"})
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "payment", "gateway"])
    assert error["message"] == 'no enabled source that takes payments has the key "web"'


async def test_a_card_number_is_not_kept(till: Till) -> None:
    order_id, _ = await till.authorized(payment=DECLINED)
    payload = await till.shop.attempt(
        "paymentAuthorize", "", orderId=order_id, payment={**CARD, "token": "4242-4242-4242-4242"}
    )
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "payment", "token"])
    assert "4242" not in error["message"]
    assert await till.shop.rows("SELECT status FROM payments") == [{"status": "DECLINED"}]


async def test_a_job_without_its_gateway_says_what_to_configure(till: Till) -> None:
    await till.order()
    (data,) = await till.jobs()
    without = Work(till.work.writers, Registry(()), till.work.policy, till.work.routing)
    with pytest.raises(NotWorthRetrying, match="has the key stripe; configure it, then try again"):
        await payment_settle(data, without)
    await till.run_jobs()
    assert till.effects() == {"authorization": [1]}
    assert till.gateway.asked == ["authorize"]


async def test_a_card_that_wants_its_owner_holds_the_order_and_can_be_called_off(till: Till) -> None:
    order_id, payment_id = await till.authorized(payment={**CARD, "token": "pm_card_authenticationRequired"})
    assert await till.transactions(payment_id) == [("AUTHORIZATION", "ACTION_REQUIRED", 5_000)]
    told = "The card's bank wants the customer to confirm the payment."
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", told, True)]
    undecided = await till.shop.attempt("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert [error["code"] for error in undecided["userErrors"]] == ["PAYMENT_UNAVAILABLE"]
    payload = await till.shop.do("paymentVoid", PAYMENT, paymentId=payment_id)
    assert payload["payment"]["status"] == "VOIDED"
    assert await till.transactions(payment_id) == [("AUTHORIZATION", "FAILURE", 5_000), ("VOID", "SUCCESS", 5_000)]
    await till.shop.do("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert (await till.order_row(order_id))["status"] == "CONFIRMED"


async def test_nothing_is_asked_for_an_order_that_was_canceled_meanwhile(till: Till) -> None:
    order = await till.order()
    await till.shop.do("orderCancel", "", orderId=order["id"], reason="changed their mind")
    await till.run_jobs()
    payment = await till.payment(order["payments"][0]["id"])
    assert (payment["status"], payment["method_token"]) == ("VOIDED", None)
    assert till.effects() == {}
    assert till.gateway.asked == []


async def test_an_authorization_for_a_canceled_order_is_let_go_of(till: Till) -> None:
    """It was asked for, and nobody heard the answer, when the order was canceled."""
    order = await till.order()
    (data,) = await till.jobs()
    await till.run("UPDATE payment_transactions SET attempts = 1, status = 'UNKNOWN'")
    row = await till.payment(order["payments"][0]["id"])
    (asked,) = await till.shop.rows("SELECT idempotency_key FROM payment_transactions")
    await _ask_as_before(till, asked["idempotency_key"], row["amount_minor"])
    await till.shop.do("orderCancel", "", orderId=order["id"], reason="changed their mind")
    await payment_settle(data, till.work)
    await till.run_jobs()
    payment = await till.payment(order["payments"][0]["id"])
    assert (payment["status"], payment["authorized_minor"], payment["released_minor"]) == ("VOIDED", 5_000, 5_000)
    assert till.effects() == {"authorization": [1], "void": [1]}
    assert (await till.order_row(order["id"]))["payment_status"] == "VOIDED"


async def _ask_as_before(till: Till, key: str, amount_minor: int) -> None:
    account = till.shop.stripe.app.account
    card = {"amount": amount_minor, "currency": "usd", "payment_method": "pm_card_visa"}
    account.create({**card, "metadata": {"junction_key": key}}, key)
    till.shop.stripe.effects.happened("authorization", key)  # type: ignore[union-attr]


async def test_a_payment_over_less_than_the_order_needs_a_further_one(till: Till) -> None:
    wanted = order_input(line("MUG", 5), payment={**CARD, "amount": usd("20.00")})
    payload = await till.shop.do("orderPlace", "order { id status }", **wanted)
    assert payload["order"]["status"] == "ON_HOLD"
    await till.run_jobs()
    order_id = payload["order"]["id"]
    assert (await till.order_row(order_id))["status"] == "ON_HOLD"
    await till.shop.do("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert (await till.order_row(order_id))["status"] == "CONFIRMED"
    sums = await till.shop.rows(
        "SELECT sum(authorized_minor) AS held FROM payments WHERE order_id = $1", uuid_of(order_id)
    )
    assert sums == [{"held": 5_000}]


async def test_a_payment_over_more_than_the_order_is_looked_at_by_people(till: Till) -> None:
    wanted = order_input(line("MUG", 5), payment={**CARD, "amount": usd("500.00")})
    payload = await till.shop.do("orderPlace", "order { id status }", **wanted)
    await till.run_jobs()
    order_id = payload["order"]["id"]
    assert (await till.order_row(order_id))["status"] == "ON_HOLD"
    told = "the payment is over 500.00 USD, the order over 50.00 USD"
    assert await till.holds(order_id) == [("VALIDATION", told, True)]
