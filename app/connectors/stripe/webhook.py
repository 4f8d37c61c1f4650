"""Stripe's events: which are true, and what they say of payments.

A signature is the hex HMAC-SHA256 of "<t>.<raw body>" under the endpoint's secret; while a secret is being replaced
there are several v1 (https://docs.stripe.com/webhooks/signature, read 2026-11).
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.ports.payment import GatewayReport
from app.connectors.ports.webhook import Delivery, Unauthentic, Unreadable
from app.connectors.source_config import SourceConfig
from app.connectors.stripe import mapping
from app.connectors.stripe.amounts import from_stripe
from app.connectors.stripe.api import Api
from app.connectors.stripe.mapping import PaymentIntent, Refund
from app.connectors.transport import SourceTransport
from app.domain.payment import TransactionKind, TransactionStatus

SIGNATURES_MAX = 10
"""Each costs a comparison, and the header comes from anyone."""


def authenticate(headers: Mapping[str, str], body: bytes, *, secret: str, at: datetime, age_s_max: int) -> None:
    """Raises Unauthentic."""
    parts = [part.partition("=") for part in headers.get("Stripe-Signature", "").split(",")]
    sent = [value for name, _, value in parts if name.strip() == "t"]
    signatures = [value for name, _, value in parts if name.strip() == "v1"][:SIGNATURES_MAX]
    if len(sent) != 1 or not sent[0].isascii() or not sent[0].isdecimal() or not signatures:
        raise Unauthentic("the signature is missing or malformed")
    expected = hmac.digest(secret.encode(), sent[0].encode() + b"." + body, "sha256").hex().encode()
    if not any([hmac.compare_digest(expected, each.encode()) for each in signatures]):  # noqa: C419 - in constant time
        raise Unauthentic("the signature is wrong")
    if abs(at.timestamp() - int(sent[0])) > age_s_max:
        raise Unauthentic(f"the signature is more than {age_s_max} s old, or our clock is wrong")


class Webhooks(Api):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self._webhook_secret = config.settings["webhook_secret"]
        self._signature_age_s = manifest.limit("signature_age_s")

    def receive(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Delivery:
        authenticate(headers, body, secret=self._webhook_secret, at=at, age_s_max=self._signature_age_s)
        return delivery(body)


class Subject(msgspec.Struct):
    id: str = ""
    payment_intent: str | None = None


class EventData(msgspec.Struct):
    object: Subject


class Event(msgspec.Struct):
    id: str
    type: str
    created: int
    data: EventData | None = None


def delivery(body: bytes) -> Delivery:
    """Raises Unreadable."""
    try:
        event = msgspec.json.decode(body, type=Event)
        sent_at = datetime.fromtimestamp(event.created, UTC)
        return Delivery(event.id, sent_at, msgspec.json.decode(body), _subject(event))
    except (msgspec.DecodeError, ValueError, OverflowError, OSError) as exc:
        raise Unreadable(f"the event cannot be read: {exc}") from exc


def _subject(event: Event) -> str:
    """The payment: what is said of a charge, a refund or a dispute is said of its PaymentIntent."""
    about = event.data and (event.data.object.payment_intent or event.data.object.id)
    return f"payment {about}" if about else ""


class RefundedCharge(msgspec.Struct):
    id: str
    amount_refunded: int
    currency: str
    payment_intent: str | None = None


class Withdrawal(msgspec.Struct):
    amount: int
    """Below zero what was withdrawn, above what was given back."""


class Dispute(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str
    payment_intent: str | None = None
    balance_transactions: list[Withdrawal] = []


def reports(event: Mapping[str, Any]) -> Sequence[GatewayReport]:
    """Raises Unreadable."""
    read = _READERS.get(event["type"])
    if read is None:
        return []
    try:
        return read(event["data"]["object"], datetime.fromtimestamp(event["created"], UTC))
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as exc:
        raise Unreadable(f"the event {event['id']} cannot be read: {exc}") from exc


_Read = Callable[[Any, datetime], list[GatewayReport]]


def _authorized(object_: Any, at: datetime) -> list[GatewayReport]:
    intent = msgspec.convert(object_, PaymentIntent)
    answer = mapping.authorization(intent)
    key = intent.metadata.get(mapping.KEY)
    return [
        GatewayReport(
            TransactionKind.AUTHORIZATION,
            answer.status,
            intent.id,
            intent.id,
            answer.amount,
            False,
            key,
            at,
            answer.code,
            answer.message,
        )
    ]


def _captured(object_: Any, at: datetime) -> list[GatewayReport]:
    intent = msgspec.convert(object_, PaymentIntent)
    received = from_stripe(intent.amount_received, intent.currency)
    success = TransactionStatus.SUCCESS
    return [GatewayReport(TransactionKind.CAPTURE, success, intent.id, intent.id, received, True, None, at)]


def _voided(object_: Any, at: datetime) -> list[GatewayReport]:
    """By us, by the merchant in Stripe's own pages, or by time."""
    intent = msgspec.convert(object_, PaymentIntent)
    amount = from_stripe(intent.amount, intent.currency)
    success = TransactionStatus.SUCCESS
    return [GatewayReport(TransactionKind.VOID, success, intent.id, intent.id, amount, False, None, at)]


def _refunded(object_: Any, at: datetime) -> list[GatewayReport]:
    """A charge tells the sum of its refunds; which they are it no longer says (since version 2022-11-15)."""
    charge = msgspec.convert(object_, RefundedCharge)
    total = from_stripe(charge.amount_refunded, charge.currency)
    success, about = TransactionStatus.SUCCESS, charge.payment_intent
    return [GatewayReport(TransactionKind.REFUND, success, about, about or charge.id, total, True, None, at)]


def _refund_updated(object_: Any, at: datetime) -> list[GatewayReport]:
    refund = msgspec.convert(object_, Refund)
    answer = mapping.refund(refund)
    return [
        GatewayReport(
            TransactionKind.REFUND,
            answer.status,
            refund.payment_intent,
            refund.id,
            answer.amount,
            False,
            (refund.metadata or {}).get(mapping.KEY),
            at,
            answer.code,
            answer.message,
        )
    ]


DISPUTE_STATUS = {"won": TransactionStatus.FAILURE, "lost": TransactionStatus.SUCCESS}
"""Of a chargeback, which is the bank's: it succeeds when we lose. Any other status is still open. An inquiry that was
closed without a chargeback took no money. Of one that was prevented its balance tells whether money was withdrawn
(https://docs.stripe.com/api/disputes/object, read 2026-11)."""
PREVENTED = "prevented"
_WITHOUT_MONEY = ("warning_needs_response", "warning_under_review", "warning_closed")


def _disputed(object_: Any, at: datetime) -> list[GatewayReport]:
    dispute = msgspec.convert(object_, Dispute)
    moved = [each.amount for each in dispute.balance_transactions]
    if dispute.status in _WITHOUT_MONEY or (dispute.status == PREVENTED and not moved):
        return []
    amount = from_stripe(dispute.amount, dispute.currency)
    status = DISPUTE_STATUS.get(dispute.status, TransactionStatus.PENDING)
    if dispute.status == PREVENTED:
        status = TransactionStatus.SUCCESS if sum(moved) < 0 else TransactionStatus.FAILURE
    about = dispute.payment_intent
    return [GatewayReport(TransactionKind.CHARGEBACK, status, about, dispute.id, amount, False, None, at)]


_READERS: Mapping[str, _Read] = {
    "payment_intent.amount_capturable_updated": _authorized,
    "payment_intent.canceled": _voided,
    "payment_intent.payment_failed": _authorized,
    "payment_intent.processing": _authorized,
    "payment_intent.requires_action": _authorized,
    "payment_intent.succeeded": _captured,
    "charge.dispute.closed": _disputed,
    "charge.dispute.created": _disputed,
    # An inquiry that becomes a chargeback is not created anew.
    "charge.dispute.funds_withdrawn": _disputed,
    "charge.dispute.updated": _disputed,
    "charge.refund.updated": _refund_updated,
    "charge.refunded": _refunded,
    "refund.created": _refund_updated,
    "refund.failed": _refund_updated,
    "refund.updated": _refund_updated,
}
"""https://docs.stripe.com/api/events/types, read 2026-11."""
EVENT_TYPES = tuple(_READERS)
"""What an endpoint has to be sent."""
