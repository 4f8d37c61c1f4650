"""Which events are Stripe's, and what they say of payments."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.connectors.ports.payment import FailureCode, GatewayReport
from app.connectors.ports.webhook import Unauthentic, Unreadable
from app.connectors.registry import Registry
from app.connectors.stripe.webhook import authenticate, delivery, reports
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus
from app.sandbox.data import STRIPE_WEBHOOK_SECRET, StripeAccount
from app.sandbox.stripe.account import Account, StripeError
from app.sandbox.stripe.signature import signature
from tests.connectors.vendor_rows import make_config

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
BODY = b'{"id": "evt_1", "type": "charge.refunded",  "created": 1793534400}'
GOOD = signature(BODY, NOW_S)
V1 = GOOD.partition("v1=")[2]


def check(value: str, *, body: bytes = BODY, at: datetime = NOW) -> None:
    authenticate({"Stripe-Signature": value}, body, secret=STRIPE_WEBHOOK_SECRET, at=at, age_s_max=300)


@pytest.mark.parametrize(
    "value",
    [GOOD, f"t={NOW_S},v0=00,v1=00,v1={V1}", f"t={NOW_S}, v1={V1}", signature(BODY, NOW_S - 300)],
    ids=["as sent", "while the secret is replaced", "with a space", "just young enough"],
)
def test_stripes_signature_is_accepted(value: str) -> None:
    check(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "missing or malformed"),
        ("v1=00", "missing or malformed"),
        (f"t={NOW_S}", "missing or malformed"),
        (f"t={NOW_S},t={NOW_S},v1={V1}", "missing or malformed"),
        (f"t=٣,v1={V1}", "missing or malformed"),
        (f"t={NOW_S},v0={V1}", "missing or malformed"),
        (f"t={NOW_S},v1={V1[:-1]}", "wrong"),
        (f"t={NOW_S},v1=é", "wrong"),
        (f"t={NOW_S + 1},v1={V1}", "wrong"),
        (signature(BODY, NOW_S, secret="whsec_other"), "wrong"),
        (signature(BODY, NOW_S - 301), "more than 300 s old"),
        (signature(BODY, NOW_S + 301), "more than 300 s old"),
        (f"t={NOW_S}" + ",v1=00" * 10 + f",v1={V1}", "wrong"),
    ],
)
def test_any_other_is_not(value: str, message: str) -> None:
    with pytest.raises(Unauthentic, match=message):
        check(value)


def test_a_changed_body_is_not_stripes() -> None:
    with pytest.raises(Unauthentic, match="wrong"):
        check(GOOD, body=BODY.replace(b"  ", b" "))


async def test_a_source_receives_with_its_own_secret() -> None:
    registry = Registry([make_config("stripe", "http://stripe.test")])
    receiver = registry.webhook_receiver("stripe")
    assert receiver is not None
    received = receiver.receive({"Stripe-Signature": GOOD}, BODY, at=NOW)
    assert (received.external_event_id, received.sent_at) == ("evt_1", NOW)
    assert received.body == json.loads(BODY)
    with pytest.raises(Unauthentic):
        receiver.receive({}, BODY, at=NOW)
    assert registry.webhook_receiver("nobody") is None
    await registry.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"id": "evt_1", "type": "x"}', b'{"id":"e","type":"x","created":1e99}', b"\xff"],
)
def test_a_true_sender_may_still_send_nonsense(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^the event cannot be read: "):
        delivery(body)


class Teller:
    """Events of a sandboxed account."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.account = Account(StripeAccount(), now=lambda: float(NOW_S), tell=self.events.append)

    def authorize(self, card: str = "pm_card_visa", **asked: str) -> str:
        metadata = {"junction_key": "a-1"}
        options = {"card": {"request_multicapture": "if_available"}}
        asked_for = {"amount": 1_000, "currency": "usd", "payment_method": card, "metadata": metadata}
        intent = self.account.create({**asked_for, "payment_method_options": options, **asked}, "a-1")
        intent_id: str = intent["id"]
        return intent_id

    def told(self, start: int = 0) -> list[GatewayReport]:
        return [report for event in self.events[start:] for report in reports(event)]


def report(kind: TransactionKind, status: TransactionStatus, intent: str, minor: int, **fields: Any) -> GatewayReport:
    known: dict[str, Any] = {"reference": intent, "is_total": False, "key": None, "at": NOW}
    return GatewayReport(
        kind=kind, status=status, authorization_reference=intent, amount=Money(minor, "USD"), **known | fields
    )


def test_an_authorization_is_told_with_our_key() -> None:
    teller = Teller()
    intent = teller.authorize()
    expected = report(TransactionKind.AUTHORIZATION, TransactionStatus.SUCCESS, intent, 1_000, key="a-1")
    assert teller.told() == [expected]


def test_so_is_a_decline_and_a_wish_for_the_customer() -> None:
    teller = Teller()
    with pytest.raises(StripeError):
        teller.authorize("pm_card_chargeDeclined")
    asking = teller.authorize("pm_card_authenticationRequired")
    [declined, wish] = teller.told()
    assert (declined.status, declined.code, declined.message) == (
        TransactionStatus.FAILURE,
        FailureCode.DECLINED,
        "Your card was declined.",
    )
    assert (wish.status, wish.reference, wish.key) == (TransactionStatus.ACTION_REQUIRED, asking, "a-1")


def test_captures_are_told_by_their_sum_once_they_are_over() -> None:
    teller = Teller()
    intent = teller.authorize()
    teller.account.capture(intent, {"amount_to_capture": 300, "final_capture": "false"}, "c-1")
    teller.account.capture(intent, {"amount_to_capture": 600}, "c-2")
    [_, still_held, captured] = teller.told()
    assert still_held.kind is TransactionKind.AUTHORIZATION
    assert captured == report(TransactionKind.CAPTURE, TransactionStatus.SUCCESS, intent, 900, is_total=True)


def test_a_void_is_told_whoever_did_it() -> None:
    teller = Teller()
    intent = teller.authorize()
    teller.account.cancel(intent, None)
    assert teller.told(1) == [report(TransactionKind.VOID, TransactionStatus.SUCCESS, intent, 1_000)]


def test_refunds_are_told_by_their_sum_and_one_by_one_when_they_change() -> None:
    teller = Teller()
    intent = teller.authorize("pm_card_pendingRefund")
    teller.account.capture(intent, {}, "c-1")
    start = len(teller.events)
    for number, amount in enumerate([200, 300], 1):
        metadata = {"junction_key": f"r-{number}"}
        teller.account.refund({"payment_intent": intent, "amount": amount, "metadata": metadata}, f"r-{number}")
    sums = teller.told(start)
    success = TransactionStatus.SUCCESS
    assert sums == [report(TransactionKind.REFUND, success, intent, total, is_total=True) for total in (200, 500)]
    start = len(teller.events)
    teller.account.settle_refunds()
    first, second = teller.account.refunds
    assert teller.told(start) == [
        report(TransactionKind.REFUND, success, intent, 200, reference=first, key="r-1"),
        report(TransactionKind.REFUND, success, intent, 300, reference=second, key="r-2"),
    ]


@pytest.mark.parametrize(
    ("type_", "dispute_status", "expected"),
    [
        ("charge.dispute.created", "needs_response", TransactionStatus.PENDING),
        ("charge.dispute.closed", "lost", TransactionStatus.SUCCESS),
        ("charge.dispute.closed", "won", TransactionStatus.FAILURE),
        ("charge.dispute.created", "warning_needs_response", None),
        ("charge.dispute.closed", "warning_closed", None),
        ("charge.dispute.updated", "warning_under_review", None),
        ("charge.dispute.updated", "needs_response", TransactionStatus.PENDING),
        ("charge.dispute.funds_withdrawn", "needs_response", TransactionStatus.PENDING),
    ],
)
def test_a_dispute_is_a_chargeback_once_money_is_at_stake(
    type_: str, dispute_status: str, expected: TransactionStatus | None
) -> None:
    teller = Teller()
    intent = teller.authorize("pm_card_createDispute")
    teller.account.capture(intent, {}, "c-1")
    event = teller.events[-1]
    event["type"], event["data"]["object"]["status"] = type_, dispute_status
    dispute_id = event["data"]["object"]["id"]
    told = (
        [] if expected is None else [report(TransactionKind.CHARGEBACK, expected, intent, 1_000, reference=dispute_id)]
    )
    assert list(reports(event)) == told


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ([], []),
        ([-1_000], [TransactionStatus.SUCCESS]),
        ([-1_000, 1_000], [TransactionStatus.FAILURE]),
    ],
    ids=["nothing", "withdrawn", "given back"],
)
def test_a_dispute_that_was_prevented_is_what_it_took(moved: list[int], expected: list[TransactionStatus]) -> None:
    teller = Teller()
    intent = teller.authorize("pm_card_createDispute")
    teller.account.capture(intent, {}, "c-1")
    event = teller.events[-1]
    event["data"]["object"] |= {"status": "prevented", "balance_transactions": [{"amount": each} for each in moved]}
    told = [(each.kind, each.status, each.amount) for each in reports(event)]
    assert told == [(TransactionKind.CHARGEBACK, status, Money(1_000, "USD")) for status in expected]


def test_other_events_say_nothing() -> None:
    assert reports({"id": "evt_1", "type": "customer.created", "created": NOW_S, "data": {"object": {}}}) == []


@pytest.mark.parametrize(
    "object_", [{}, None, {"id": "pi_1", "status": "succeeded", "amount": 1, "currency": "isk", "created": 1}]
)
def test_an_object_that_makes_no_sense_is_unreadable(object_: Any) -> None:
    event = {"id": "evt_9", "type": "payment_intent.canceled", "created": NOW_S, "data": {"object": object_}}
    with pytest.raises(Unreadable, match=r"^the event evt_9 cannot be read: "):
        reports(event)
