"""What a gateway reports, in any order and more than once; and what time does to payments."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.payment import FailureCode, GatewayReport
from app.domain.actor import Actor, ActorKind
from app.domain.money import Money
from app.domain.payment import TransactionKind as K
from app.domain.payment import TransactionStatus as S
from app.workflows.authorizations_expire import authorizations_expire
from app.workflows.payment_capture import PaymentCapture, payment_capture
from app.workflows.payment_reports import payment_reports
from app.workflows.payment_settle import payment_settle
from app.workflows.payments_reconcile import payments_reconcile
from tests.fixtures_shop import TESTER, usd
from tests.payments.till import CARD, Till, uuid_of

GATEWAY = Actor(ActorKind.CONNECTOR, "stripe")
AT = datetime(2026, 11, 1, tzinfo=UTC)


def report(kind: K, minor: int, *, about: str | None, status: S = S.SUCCESS, **more: Any) -> GatewayReport:
    known = {"reference": about or "?", "is_total": False, "key": None, "at": AT, **more}
    return GatewayReport(kind=kind, status=status, authorization_reference=about, amount=Money(minor, "USD"), **known)


async def take(till: Till, *reports: GatewayReport) -> list[GatewayReport]:
    """Each in a transaction of its own, as events come. Answers those that came too early."""
    early = []
    for each in reports:
        try:
            async with till.work.writers.transaction(GATEWAY) as tx:
                await payment_reports(tx, "stripe", [each])
        except SourceUnavailable:
            early.append(each)
    return early


async def take_all(till: Till, reports: Sequence[GatewayReport]) -> None:
    """As jobs would: what came too early comes again."""
    waiting = list(reports)
    while waiting:
        early = await take(till, *waiting)
        assert len(early) < len(waiting), f"{early} will always be too early"
        waiting = early


async def unheard(till: Till) -> tuple[str, str, str]:
    """Ids of an order and its payment, whose authorization was asked for without an answer, and its key."""
    order = await till.order()
    payment_id = order["payments"][0]["id"]
    sql = "SELECT idempotency_key AS key FROM payment_transactions WHERE payment_id = $1"
    (row,) = await till.shop.rows(sql, uuid_of(payment_id))
    await till.run(
        "UPDATE payment_transactions SET attempts = 1, status = 'UNKNOWN' WHERE payment_id = $1", uuid_of(payment_id)
    )
    return order["id"], payment_id, row["key"]


async def test_a_report_confirms_an_order_that_waited_for_it(till: Till) -> None:
    order_id, payment_id, key = await unheard(till)
    told = report(K.AUTHORIZATION, 5_000, about="pi_1", key=key)
    await take(till, told, told)
    row, payment = await till.order_row(order_id), await till.payment(payment_id)
    assert (row["status"], payment["status"], payment["gateway_reference"]) == ("CONFIRMED", "AUTHORIZED", "pi_1")
    assert await till.events(order_id) == ["order.placed", "payment.authorized"]
    await till.run_jobs()
    assert till.gateway.asked == []


async def test_a_pending_payment_is_declined_by_report(till: Till) -> None:
    order_id, payment_id, key = await unheard(till)
    pending = report(K.AUTHORIZATION, 5_000, about="pi_1", key=key, status=S.PENDING)
    no = replace(pending, status=S.FAILURE, code=FailureCode.DECLINED, message="Your card was declined.")
    await take(till, pending, no, pending)
    assert (await till.payment(payment_id))["status"] == "DECLINED"
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", "Your card was declined.", True)]
    assert await till.events(order_id) == ["order.placed", "payment.pending", "payment.declined"]
    held = replace(pending, status=S.SUCCESS)
    await take(till, held)
    assert (await till.payment(payment_id))["status"] == "DECLINED"
    ((category, message, _),) = await till.exceptions(order_id)
    assert category == "payment.authorization"
    assert message == "50.00 USD is held for a payment that had failed; let go of it at the gateway"


async def test_payments_of_others_concern_nobody(till: Till) -> None:
    order_id, _ = await till.authorized()
    assert await take(till, report(K.CAPTURE, 999, about="pi_other", is_total=True)) == []
    assert (await till.order_row(order_id))["paid_minor"] == 0


async def test_a_capture_of_ours_is_recognized_by_the_sum(till: Till) -> None:
    """It was done, unheard, and its report comes before anybody looked it up."""
    order_id, payment_id = await till.authorized()
    async with till.work.writers.transaction(TESTER) as tx:
        await payment_capture(tx, PaymentCapture(payment_id=uuid_of(payment_id)), till.work)
    await till.run("UPDATE payment_transactions SET attempts = 1, status = 'UNKNOWN' WHERE kind = 'CAPTURE'")
    reference = (await till.payment(payment_id))["gateway_reference"]
    total = report(K.CAPTURE, 5_000, about=reference, is_total=True)
    await take(till, total, total)
    assert await till.transactions(payment_id) == [
        ("AUTHORIZATION", "SUCCESS", 5_000), ("CAPTURE", "SUCCESS", 5_000),
    ]  # fmt: skip
    assert (await till.order_row(order_id))["paid_minor"] == 5_000
    await till.run_jobs()
    assert till.gateway.asked == ["authorize"]


async def test_a_hold_that_the_gateway_let_go_of_is_gone(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    reference = (await till.payment(payment_id))["gateway_reference"]
    gone = report(K.VOID, 5_000, about=reference)
    await take(till, gone, gone)
    assert (await till.payment(payment_id))["status"] == "VOIDED"
    assert [each[0] for each in await till.holds(order_id)] == ["AWAITING_PAYMENT"]


async def test_a_dispute_counts_once_it_is_lost(till: Till) -> None:
    order_id, payment_id = await till.captured()
    reference = (await till.payment(payment_id))["gateway_reference"]
    opened = report(K.CHARGEBACK, 5_000, about=reference, reference="dp_1", status=S.PENDING)
    await take(till, opened)
    assert (await till.order_row(order_id))["refunded_minor"] == 0
    refused = await till.shop.attempt("paymentRefund", "", paymentId=payment_id, amount=usd("1.00"), reason="late")
    assert [each["code"] for each in refused["userErrors"]] == ["ALREADY_DONE"]
    await take(till, replace(opened, status=S.SUCCESS), opened)
    assert (await till.payment(payment_id))["status"] == "REFUNDED"
    row = await till.order_row(order_id)
    assert (row["refunded_minor"], row["payment_status"]) == (5_000, "REFUNDED")
    assert (await till.events(order_id))[-2:] == ["payment.disputed", "payment.charged_back"]
    assert [each[0] for each in await till.exceptions(order_id)] == ["payment.chargeback"]


async def test_a_dispute_that_is_won_changes_nothing(till: Till) -> None:
    order_id, payment_id = await till.captured()
    reference = (await till.payment(payment_id))["gateway_reference"]
    opened = report(K.CHARGEBACK, 5_000, about=reference, reference="dp_1", status=S.PENDING)
    await take(till, opened, replace(opened, status=S.FAILURE), opened)
    assert (await till.payment(payment_id))["status"] == "CAPTURED"
    assert (await till.transactions(payment_id))[-1] == ("CHARGEBACK", "FAILURE", 5_000)
    assert (await till.order_row(order_id))["payment_status"] == "PAID"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.integers(0, 5), max_size=4), order=st.permutations(range(6)))
async def test_any_order_and_any_repetition_end_alike(till: Till, places: list[int], order: list[int]) -> None:
    _, payment_id, key = await unheard(till)
    about = f"pi_{payment_id}"
    lost = report(K.CHARGEBACK, 3_000, about=about, reference=f"dp_{payment_id}")
    reports = [
        report(K.AUTHORIZATION, 5_000, about=about, key=key),
        report(K.CAPTURE, 5_000, about=about, is_total=True),
        report(K.REFUND, 500, about=about, is_total=True),
        report(K.REFUND, 2_000, about=about, is_total=True),
        replace(lost, status=S.PENDING),
        lost,
    ]
    await take_all(till, [reports[place] for place in (*order, *places)])
    payment = await till.payment(payment_id)
    amounts = [payment[f"{name}_minor"] for name in ("authorized", "captured", "refunded", "released")]
    assert (payment["status"], amounts) == ("REFUNDED", [5_000, 5_000, 5_000, 0])
    done = [(kind, amount) for kind, status, amount in await till.transactions(payment_id) if status == "SUCCESS"]
    assert sum(amount for kind, amount in done if kind == "REFUND") == 2_000
    assert [amount for kind, amount in done if kind == "CHARGEBACK"] == [3_000]
    assert [amount for kind, amount in done if kind == "CAPTURE"] == [5_000]
    await till.shop.require_sound()


# ── time


async def test_a_hold_that_has_lapsed_makes_its_order_wait(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    await authorizations_expire({}, till.work)
    assert (await till.payment(payment_id))["status"] == "AUTHORIZED"
    await till.run("UPDATE payments SET authorization_expires_at = now() - interval '1 s'")
    await authorizations_expire({}, till.work)
    await authorizations_expire({}, till.work)
    payment = await till.payment(payment_id)
    assert (payment["status"], payment["released_minor"]) == ("EXPIRED", 5_000)
    told = "the authorization has lapsed; a further payment is needed"
    assert await till.holds(order_id) == [("AWAITING_PAYMENT", told, True)]
    assert await till.exceptions(order_id) == [("authorizations.expire", told, "paymentAuthorize")]
    assert (await till.events(order_id))[-1] == "payment.expired"
    await till.shop.do("paymentAuthorize", "", orderId=order_id, payment=CARD)
    assert (await till.order_row(order_id))["status"] == "CONFIRMED"


async def test_what_is_left_of_a_hold_lapses_and_what_was_taken_stays(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    await till.shop.do("paymentCapture", "", paymentId=payment_id, amount=usd("20.00"))
    await till.run("UPDATE payments SET authorization_expires_at = now() - interval '1 s'")
    await authorizations_expire({}, till.work)
    payment = await till.payment(payment_id)
    assert (payment["status"], payment["captured_minor"], payment["released_minor"]) == ("CAPTURED", 2_000, 3_000)
    assert (await till.order_row(order_id))["status"] == "ON_HOLD"


@pytest.mark.parametrize(("age", "count"), [("9 minutes", 0), ("11 minutes", 1)])
async def test_what_nobody_answered_for_long_is_asked_for_again(till: Till, age: str, count: int) -> None:
    order_id, _, _ = await unheard(till)
    await till.run("DELETE FROM jobs.pgqueuer")
    await till.run(f"UPDATE payment_transactions SET at = now() - interval '{age}'")
    await payments_reconcile({}, till.work)
    await payments_reconcile({}, till.work)
    jobs = await till.jobs()
    assert len(jobs) == count
    for data in jobs:
        await payment_settle(data, till.work)
        assert till.gateway.asked == ["look_up", "authorize"]
        assert (await till.order_row(order_id))["status"] == "CONFIRMED"
