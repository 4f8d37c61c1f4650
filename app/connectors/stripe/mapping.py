"""Stripe's objects as they arrive, and as the answers of a payment gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Generic, TypeVar

import msgspec

from app.connectors.contract import SourceGarbled
from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.connectors.stripe.amounts import from_stripe
from app.domain.money import Money
from app.domain.payment import TransactionStatus

T = TypeVar("T")

KEY = "junction_key"
"""Our key in an object's metadata, by which it is found when its answer was lost."""


class Card(msgspec.Struct):
    capture_before: Annotated[int, msgspec.Meta(ge=0, le=9_999_999_999)] | None = None


class PaymentMethodDetails(msgspec.Struct):
    card: Card | None = None


class Charge(msgspec.Struct):
    payment_method_details: PaymentMethodDetails | None = None


class IntentState(msgspec.Struct):
    id: str
    status: str


class Error(msgspec.Struct):
    type: str
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    param: str | None = None
    payment_intent: IntentState | None = None


class ErrorAnswer(msgspec.Struct):
    error: Error


class PaymentIntent(msgspec.Struct):
    id: str
    status: str
    amount: int
    currency: str
    created: int
    amount_capturable: int = 0
    amount_received: int = 0
    metadata: dict[str, str] = {}
    latest_charge: Charge | str | None = None
    """The charge itself where the request asks to expand it."""
    last_payment_error: Error | None = None


class Refund(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    failure_reason: str | None = None


class Page(msgspec.Struct, Generic[T]):
    data: list[T]
    has_more: bool


REFUND_STATUS = {
    "succeeded": TransactionStatus.SUCCESS,
    "pending": TransactionStatus.PENDING,
    "requires_action": TransactionStatus.ACTION_REQUIRED,
    "failed": TransactionStatus.FAILURE,
    "canceled": TransactionStatus.FAILURE,
}
"""https://docs.stripe.com/api/refunds/object, read 2026-11. Of card refunds only the first two and `failed` occur."""


@contextmanager
def readable(source_key: str) -> Iterator[None]:
    """Around the reading of an answer: one whose values make no sense is SourceGarbled."""
    try:
        yield
    except ValueError as exc:
        raise SourceGarbled(source_key, f"{source_key} sent an answer that cannot be read") from exc


def authorization(intent: PaymentIntent) -> GatewayAnswer:
    amount = from_stripe(intent.amount, intent.currency)
    match intent.status:
        case "requires_capture" | "succeeded":
            return GatewayAnswer(TransactionStatus.SUCCESS, amount, intent.id, expires_at=_capture_before(intent))
        case "requires_action":
            return _action_required(amount, intent.id)
        case "canceled":
            return failure(amount, FailureCode.AUTHORIZATION_GONE, intent.id)
        case "requires_payment_method" if intent.last_payment_error:
            return failed(intent.last_payment_error, amount, intent.id)
    # Still being confirmed, or being processed.
    return GatewayAnswer(TransactionStatus.PENDING, amount, intent.id)


def refund(refunded: Refund) -> GatewayAnswer:
    amount = from_stripe(refunded.amount, refunded.currency)
    status = REFUND_STATUS.get(refunded.status or "pending", TransactionStatus.PENDING)
    if status is not TransactionStatus.FAILURE:
        return GatewayAnswer(status, amount, refunded.id)
    message = "The customer's bank did not take the refund."
    return failure(amount, FailureCode.DECLINED, refunded.id, message=message, decline_code=refunded.failure_reason)


def failed(error: Error, amount: Money, reference: str | None, *, is_amount: bool = False) -> GatewayAnswer:
    """What an error answer says of a request about `reference`, if it was about anything.

    `is_amount` where Stripe complains of the amount asked for of a payment that is there.
    """
    reference = error.payment_intent.id if error.payment_intent else reference
    if "authentication_required" in (error.code, error.decline_code):
        return _action_required(amount, reference)
    # Stripe's words for declined cards are made for cardholders; its other messages are for developers.
    told = error.message if error.type == "card_error" else None
    code = _code(error, FailureCode.EXCEEDS_REMAINING if is_amount else FailureCode.INVALID)
    return failure(amount, code, reference, message=told, decline_code=error.decline_code or error.code)


def failure(
    amount: Money,
    code: FailureCode,
    reference: str | None = None,
    *,
    message: str | None = None,
    decline_code: str | None = None,
) -> GatewayAnswer:
    message = message or MESSAGES[code]
    return GatewayAnswer(TransactionStatus.FAILURE, amount, reference, code, message, decline_code)


MESSAGES = {
    FailureCode.DECLINED: "The card was declined.",
    FailureCode.AUTHORIZATION_GONE: "The authorization was captured, voided or has expired.",
    FailureCode.ONE_CAPTURE_ONLY: "This authorization can be captured once; what is not captured then is released.",
    FailureCode.EXCEEDS_REMAINING: "The amount is more than what is left of the payment.",
    FailureCode.INVALID: "The payment gateway does not accept the request.",
}

CODES = {
    "amount_too_large": FailureCode.EXCEEDS_REMAINING,
    "amount_too_small": FailureCode.INVALID,
    "capture_charge_authorization_expired": FailureCode.AUTHORIZATION_GONE,
    "charge_already_captured": FailureCode.AUTHORIZATION_GONE,
    "charge_already_refunded": FailureCode.EXCEEDS_REMAINING,
    "charge_expired_for_capture": FailureCode.AUTHORIZATION_GONE,
    "payment_intent_unexpected_state": FailureCode.AUTHORIZATION_GONE,
}
"""https://docs.stripe.com/error-codes, read 2026-11."""


def _code(error: Error, otherwise: FailureCode) -> FailureCode:
    if error.type == "card_error":
        return FailureCode.DECLINED
    # No code tells of this; the parameter that is complained of does.
    if error.param == "final_capture":
        return FailureCode.ONE_CAPTURE_ONLY
    return CODES.get(error.code or "", otherwise)


def _action_required(amount: Money, reference: str | None) -> GatewayAnswer:
    message = "The card's bank wants the customer to confirm the payment."
    return GatewayAnswer(TransactionStatus.ACTION_REQUIRED, amount, reference, message=message)


def _capture_before(intent: PaymentIntent) -> datetime | None:
    details = intent.latest_charge.payment_method_details if isinstance(intent.latest_charge, Charge) else None
    before = details.card.capture_before if details and details.card else None
    return None if before is None else datetime.fromtimestamp(before, UTC)


def capture_note(key: str) -> str:
    """Names a capture in its intent's metadata: Stripe keeps no object for each, and names hold 40 characters."""
    return f"capture_{sha256(key.encode()).hexdigest()[:32]}"


def noted_captures(intent: PaymentIntent) -> dict[str, Money]:
    """What was captured, by note. Raises ValueError."""
    return {
        name: Money(int(text.partition(" ")[0]), intent.currency.upper())
        for name, text in intent.metadata.items()
        if name.startswith("capture_")
    }
