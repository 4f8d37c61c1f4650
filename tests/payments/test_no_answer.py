"""A gateway that fails before, after, or without a word: each thing is done once, looked up before it is repeated."""

import pytest

from app.connectors.contract import SourceFailure, SourceUnavailable
from app.domain.money import Money
from app.sandbox.faults import Fault
from app.workflows.payment_capture import PaymentCapture, payment_capture
from app.workflows.payment_refund import PaymentRefund, payment_refund
from app.workflows.payment_settle import payment_settle
from app.workflows.payment_void import PaymentVoid, payment_void
from tests.fixtures_shop import TESTER
from tests.orders.samples import SAMPLES
from tests.payments.till import PAYMENT, Till, uuid_of

KINDS = ["authorize", "capture", "void", "refund"]
EFFECTS = {"authorize": "authorization"}
FAULTS = [Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.DROP_AFTER, Fault.TIMEOUT_AFTER, Fault.DOWN]
DONE = {"authorize": "AUTHORIZED", "capture": "CAPTURED", "void": "VOIDED", "refund": "PARTIALLY_REFUNDED"}
HASTY_S = 2.0
"""How long the gateway is waited for where it must not answer."""


async def asked_for(till: Till, kind: str) -> tuple[str, str, dict[str, str]]:
    """Ids of an order and its payment, and the job of a request of this kind that nobody has sent yet."""
    if kind == "authorize":
        order = await till.order()
        ids = order["id"], order["payments"][0]["id"]
    else:
        ids = await (till.captured() if kind == "refund" else till.authorized())
        payment_id, work = uuid_of(ids[1]), till.work
        async with work.writers.transaction(TESTER) as tx:
            match kind:
                case "capture":
                    await payment_capture(tx, PaymentCapture(payment_id=payment_id), work)
                case "void":
                    await payment_void(tx, PaymentVoid(payment_id=payment_id), work)
                case _:
                    wish = PaymentRefund(payment_id=payment_id, amount=Money(2_000, "USD"), reason="goodwill")
                    await payment_refund(tx, wish, work)
    (data,) = await till.jobs()
    return *ids, data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_it_is_unknown_then_looked_up_and_done_once(till: Till, kind: str, fault: Fault) -> None:
    order_id, payment_id, data = await asked_for(till, kind)
    before = till.effects()
    till.gateway.asked.clear()
    till.fail(fault)
    with pytest.raises(SourceFailure):
        await till.settle(data["transaction_id"], timeout_s=HASTY_S if fault is Fault.TIMEOUT_AFTER else 15.0)
    assert (await till.transactions(payment_id))[-1][1] == "UNKNOWN"
    assert (await till.events(order_id))[-1] == "payment.unanswered"
    till.fail(Fault.CLEAR)
    assert list(await payment_settle(data, till.work)) == []
    happened_unheard = fault in (Fault.ERROR_AFTER, Fault.DROP_AFTER, Fault.TIMEOUT_AFTER)
    # Only what the gateway does not know is asked for again.
    assert till.gateway.asked == [kind, "look_up", *([] if happened_unheard else [kind])]
    assert (await till.payment(payment_id))["status"] == DONE[kind]
    assert list(await payment_settle(data, till.work)) == []
    name = EFFECTS.get(kind, kind)
    assert till.effects() == {**before, name: [*before.get(name, []), 1]}


async def test_nobody_else_asks_while_one_is_asking(till: Till) -> None:
    """And one that died while it asked is taken over once its lease has ended, as if nobody had heard an answer."""
    order = await till.order()
    (data,) = await till.jobs()
    await till.run("UPDATE payment_transactions SET attempts = 1, leased_until = now() + interval '1 hour'")
    with pytest.raises(SourceUnavailable, match="stripe is being asked at this moment"):
        await payment_settle(data, till.work)
    assert till.gateway.asked == []
    await till.forget_lease()
    await payment_settle(data, till.work)
    assert till.gateway.asked == ["look_up", "authorize"]
    assert till.effects() == {"authorization": [1]}
    assert (await till.order_row(order["id"]))["status"] == "CONFIRMED"


async def test_who_calls_is_told_and_may_call_again(till: Till) -> None:
    order_id, payment_id = await till.authorized()
    till.fail(Fault.DOWN)
    payload = await till.shop.attempt("paymentCapture", PAYMENT, key="k", paymentId=payment_id)
    (error,) = payload["userErrors"]
    assert (error["__typename"], error["code"]) == ("SourceError", "PAYMENT_UNAVAILABLE")
    assert error["message"].endswith("; it is recorded and will be tried again without you")
    assert (payload["transaction"]["status"], payload["payment"]["status"]) == ("UNKNOWN", "AUTHORIZED")
    other = await till.shop.attempt("paymentVoid", PAYMENT, paymentId=payment_id)
    assert [each["code"] for each in other["userErrors"]] == ["PAYMENT_UNAVAILABLE"]
    till.fail(Fault.CLEAR)
    again = await till.shop.attempt("paymentCapture", PAYMENT, key="k", paymentId=payment_id)
    assert (again["userErrors"], again["replayed"]) == ([], True)
    assert (again["transaction"]["status"], again["payment"]["status"]) == ("SUCCESS", "CAPTURED")
    assert till.effects() == {"authorization": [1], "capture": [1]}
    assert (await till.order_row(order_id))["payment_status"] == "PAID"


@pytest.mark.parametrize("kind", ["paymentAuthorize", "paymentCapture", "paymentVoid", "paymentRefund"])
async def test_a_rehearsal_asks_nobody(till: Till, kind: str) -> None:

    input_ = await SAMPLES[kind](till.shop)
    count, effects = till.shop.stripe.state.request_count, till.effects()
    payload = await till.shop.attempt(kind, PAYMENT, dry_run=True, **input_)
    assert (payload["userErrors"], payload["dryRun"]) == ([], True)
    assert payload["transaction"]["status"] == "PENDING"
    assert (till.shop.stripe.state.request_count, till.effects()) == (count, effects)
