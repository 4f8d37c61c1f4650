"""What moves a payment, and what moves each of its transactions with the gateway.

A payment begins as PENDING: what others call CREATED. There is no state of its own for a payment that is canceled
before anything was held (VOIDED), that was replaced after the gateway said no (it stays DECLINED or ERROR, and the new
one is another payment), or whose money the customer's bank took back (REFUNDED, or PARTIALLY_REFUNDED; its transaction
says CHARGEBACK). A payment of which all was refunded while some of it is still held is PARTIALLY_REFUNDED.

A refund is a transaction: decided and asked for is PENDING, done SUCCESS; after FAILURE a new transaction tries again.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.actions import Action, Actions
from app.domain.lifecycle import Lifecycle, Move
from app.domain.order import OrderManagement
from app.domain.payment import PaymentStatus as S
from app.domain.payment import TransactionStatus
from app.domain.refusals import Refusal, RefusalCode


class PaymentTrigger(StrEnum):
    OPEN = "OPEN"
    AUTHORIZE = "AUTHORIZE"
    SELL = "SELL"
    DECLINE = "DECLINE"
    FAIL = "FAIL"
    ABANDON = "ABANDON"
    CAPTURE = "CAPTURE"
    RELEASE = "RELEASE"
    VOID = "VOID"
    EXPIRE = "EXPIRE"
    REFUND = "REFUND"
    CHARGE_BACK = "CHARGE_BACK"


T = PaymentTrigger

PAYMENT_LIFECYCLE = Lifecycle(
    "Payment",
    S,
    (
        Move((None,), T.OPEN, (S.PENDING,), "the gateway is about to be asked"),
        Move((S.PENDING,), T.AUTHORIZE, (S.AUTHORIZED,), "the gateway holds the amount"),
        Move((S.PENDING,), T.SELL, (S.CAPTURED,), "held and taken at once"),
        Move((S.PENDING,), T.DECLINE, (S.DECLINED,), "the gateway says no"),
        Move((S.PENDING,), T.FAIL, (S.ERROR,), "it fails for a technical reason, for good"),
        Move((S.PENDING,), T.ABANDON, (S.VOIDED,), "called off before anything was held"),
        Move((S.AUTHORIZED, S.PARTIALLY_CAPTURED), T.CAPTURE, (S.PARTIALLY_CAPTURED, S.CAPTURED), "a parcel leaves"),
        Move(
            (S.PARTIALLY_REFUNDED,), T.CAPTURE, (S.PARTIALLY_REFUNDED,), "a further parcel leaves, one is back already"
        ),
        Move((S.PARTIALLY_CAPTURED,), T.RELEASE, (S.CAPTURED,), "what is still held is let go: no more will be taken"),
        Move((S.AUTHORIZED,), T.VOID, (S.VOIDED,), "nothing of it is needed"),
        Move((S.AUTHORIZED,), T.EXPIRE, (S.EXPIRED,), "not captured in time"),
        Move(
            (S.PARTIALLY_CAPTURED, S.CAPTURED, S.PARTIALLY_REFUNDED),
            T.REFUND,
            (S.PARTIALLY_REFUNDED, S.REFUNDED),
            "money is given back",
        ),
        Move(
            (S.CAPTURED, S.PARTIALLY_REFUNDED),
            T.CHARGE_BACK,
            (S.PARTIALLY_REFUNDED, S.REFUNDED),
            "the customer's bank takes it back",
        ),
    ),
    terminal=(S.REFUNDED, S.VOIDED, S.EXPIRED, S.DECLINED, S.ERROR),
)


class TransactionTrigger(StrEnum):
    ASK = "ASK"
    SUCCEED = "SUCCEED"
    FAIL = "FAIL"
    REQUIRE_ACTION = "REQUIRE_ACTION"
    LOSE_ANSWER = "LOSE_ANSWER"
    ASK_AGAIN = "ASK_AGAIN"


_X, _O = TransactionTrigger, TransactionStatus
_UNDECIDED = (_O.PENDING, _O.ACTION_REQUIRED, _O.UNKNOWN)

TRANSACTION_LIFECYCLE = Lifecycle(
    "PaymentTransaction",
    TransactionStatus,
    (
        Move((None,), _X.ASK, (_O.PENDING,), "written down, with its key, before the gateway hears of it"),
        Move(_UNDECIDED, _X.SUCCEED, (_O.SUCCESS,), "the gateway did it"),
        Move(_UNDECIDED, _X.FAIL, (_O.FAILURE,), "the gateway did not"),
        Move(_UNDECIDED, _X.REQUIRE_ACTION, (_O.ACTION_REQUIRED,), "the customer must act"),
        Move(_UNDECIDED, _X.LOSE_ANSWER, (_O.UNKNOWN,), "no answer: it may have happened"),
        Move((_O.UNKNOWN,), _X.ASK_AGAIN, (_O.PENDING,), "looked up by its key: the gateway never heard of it"),
    ),
    terminal=(_O.SUCCESS, _O.FAILURE),
)


def status_after_capture(*, authorized_minor: int, captured_minor: int) -> S:
    """Where CAPTURE leads to from AUTHORIZED or PARTIALLY_CAPTURED; amounts with this capture."""
    return S.CAPTURED if captured_minor >= authorized_minor else S.PARTIALLY_CAPTURED


def status_after_refund(*, captured_minor: int, refunded_minor: int, held_minor: int = 0) -> S:
    """Where REFUND and CHARGE_BACK lead to; amounts with this refund. `held_minor` may still be captured."""
    return S.REFUNDED if refunded_minor >= captured_minor and not held_minor else S.PARTIALLY_REFUNDED


# ── what it may be asked to do


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    order_number: str
    status: S
    management: OrderManagement
    capturable_minor: int = 0
    """Held and not yet taken."""
    refundable_minor: int = 0
    """Taken, and neither given back nor on its way back."""
    unanswered_transactions: int = 0
    """Requests that may change what is held, and that the gateway has not answered."""

    @property
    def subject(self) -> str:
        return f"the payment of order {self.order_number}"


def nothing_in_progress(facts: PaymentFacts) -> Refusal | None:
    if not facts.unanswered_transactions:
        return None
    return Refusal(
        code=RefusalCode.PAYMENT_UNAVAILABLE,
        message=f"the gateway has not answered for {facts.subject}; it is being looked up: try again in a while",
    )


def money_left_to_capture(facts: PaymentFacts) -> Refusal | None:
    if facts.capturable_minor > 0:
        return None
    return Refusal(code=RefusalCode.ALREADY_DONE, message=f"nothing is held any more for {facts.subject}")


def money_left_to_refund(facts: PaymentFacts) -> Refusal | None:
    if facts.refundable_minor > 0:
        return None
    message = f"all that was taken by {facts.subject} is given back, or about to be"
    return Refusal(code=RefusalCode.ALREADY_DONE, message=message)


_at = PAYMENT_LIFECYCLE.sources

PAYMENT_ACTIONS: Actions[PaymentFacts] = {
    "paymentCapture": Action(_at(T.CAPTURE), (nothing_in_progress, money_left_to_capture)),
    "paymentVoid": Action(_at(T.VOID, T.ABANDON), (nothing_in_progress,)),
    "paymentRefund": Action(_at(T.REFUND), (money_left_to_refund,)),
}
