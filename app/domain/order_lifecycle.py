"""What moves an order, and what an order may be asked to do.

Its state says who has to act next. How far its units and its money have come follows from the quantities of its lines
and from its payments (app/domain/order_axes.py): canceling, shipping or returning some of the units moves no state.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.actions import Action, Actions, impossible
from app.domain.lifecycle import Lifecycle, Move, stays
from app.domain.order import OrderManagement
from app.domain.order import OrderStatus as S
from app.domain.refusals import Refusal, RefusalCode


class OrderTrigger(StrEnum):
    DRAFT = "DRAFT"
    PLACE = "PLACE"
    SUBMIT = "SUBMIT"
    DISCARD = "DISCARD"
    CONFIRM = "CONFIRM"
    EXPIRE = "EXPIRE"
    ROUTE = "ROUTE"
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    EDIT = "EDIT"
    CANCEL = "CANCEL"
    COMPLETE = "COMPLETE"
    REOPEN = "REOPEN"


T = OrderTrigger

ORDER_LIFECYCLE = Lifecycle(
    "Order",
    S,
    (
        Move((None,), T.DRAFT, (S.DRAFT,), "put together by an agent or a channel"),
        Move((None,), T.PLACE, (S.PENDING,), "captured, not yet validated"),
        Move((S.DRAFT,), T.SUBMIT, (S.PENDING,), "a draft becomes an order"),
        Move((S.DRAFT,), T.DISCARD, (S.CANCELED,), "a draft is thrown away"),
        Move((S.PENDING,), T.CONFIRM, (S.CONFIRMED,), "all checks pass"),
        Move((S.PENDING,), T.EXPIRE, (S.EXPIRED,), "not paid or confirmed in time"),
        Move((S.CONFIRMED, S.PROCESSING), T.ROUTE, (S.PROCESSING,), "locations are asked for its units"),
        Move((S.PENDING, S.CONFIRMED, S.PROCESSING, S.ON_HOLD), T.HOLD, (S.ON_HOLD,), "a finding, or somebody's wish"),
        Move(
            (S.ON_HOLD,),
            T.RELEASE,
            (S.PENDING, S.CONFIRMED, S.PROCESSING, S.ON_HOLD),
            "the last hold is lifted: back to where it was held; with others left, it stays held",
        ),
        *stays(
            (S.DRAFT, S.PENDING, S.ON_HOLD, S.CONFIRMED, S.PROCESSING),
            T.EDIT,
            "lines, units or addresses change, by an entry of the change ledger",
        ),
        Move(
            (S.PENDING, S.CONFIRMED, S.PROCESSING, S.ON_HOLD),
            T.CANCEL,
            (S.CANCELED,),
            "every unit canceled, none shipped",
        ),
        Move(
            (S.PROCESSING,), T.COMPLETE, (S.COMPLETED,), "every unit delivered, returned or canceled; balance settled"
        ),
        Move((S.COMPLETED,), T.REOPEN, (S.PROCESSING,), "an exchange or a replacement adds units", reopens=True),
    ),
    terminal=(S.COMPLETED, S.CANCELED, S.EXPIRED),
)


# ── what it may be asked to do


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    number: str
    status: S
    management: OrderManagement
    lines: int = 0
    open_units: int = 0
    """Neither canceled nor shipped."""
    in_fulfillment_units: int = 0
    """Of these, being picked and packed."""
    shipped_units: int = 0
    returnable_units: int = 0
    """Delivered, neither returned nor announced to be."""
    open_holds: int = 0
    """Of the order itself."""
    balance_minor: int = 0
    """total - credited - paid + refunded."""
    held_minor: int = 0
    """Authorized and still to be captured."""
    undecided_payments: int = 0
    """Asked for, and the gateway has not answered."""

    @property
    def subject(self) -> str:
        return f"order {self.number}"


def order_has_lines(facts: OrderFacts) -> Refusal | None:
    if facts.lines:
        return None
    return Refusal(code=RefusalCode.REQUIRED, message=f"{facts.subject} has no lines: add some with orderEdit")


def units_left_to_ship(facts: OrderFacts) -> Refusal | None:
    if facts.open_units:
        return None
    instead = "; request a return instead" if facts.returnable_units else ""
    return impossible(f"{facts.subject} has no units left to ship: {facts.shipped_units} have shipped{instead}")


def units_not_begun(facts: OrderFacts) -> Refusal | None:
    """Once a location has begun to pick units, they are for it to give up."""
    if facts.open_units > facts.in_fulfillment_units or facts.status is S.DRAFT:
        return None
    if facts.in_fulfillment_units:
        return impossible(
            f"all {facts.in_fulfillment_units} open units of {facts.subject} are being picked and packed;"
            " fulfillmentOrderMove takes them from their location"
        )
    return units_left_to_ship(facts)


def hold_is_open(facts: OrderFacts) -> Refusal | None:
    if facts.open_holds:
        return None
    return Refusal(code=RefusalCode.ALREADY_DONE, message=f"no hold of {facts.subject} is open")


def balance_is_due(facts: OrderFacts) -> Refusal | None:
    if facts.balance_minor > facts.held_minor:
        return None
    return Refusal(
        code=RefusalCode.ALREADY_DONE,
        message=f"{facts.subject} is paid, or enough is held for it: nothing is left to authorize",
    )


def payments_are_decided(facts: OrderFacts) -> Refusal | None:
    """Else the customer might be charged twice."""
    if not facts.undecided_payments:
        return None
    return Refusal(
        code=RefusalCode.PAYMENT_UNAVAILABLE,
        message=f"the gateway has not decided a payment of {facts.subject} yet: wait, or void it",
    )


def units_left_to_return(facts: OrderFacts) -> Refusal | None:
    if facts.returnable_units:
        return None
    return Refusal(
        code=RefusalCode.NOT_RETURNABLE,
        message=f"{facts.subject} has no delivered units that are not returned, or announced to be, already",
    )


_SOLD = frozenset({S.PENDING, S.ON_HOLD, S.CONFIRMED, S.PROCESSING, S.COMPLETED})
_SHIPPING = frozenset({S.PROCESSING, S.ON_HOLD, S.COMPLETED})
_at = ORDER_LIFECYCLE.sources

ORDER_ACTIONS: Actions[OrderFacts] = {
    "orderSubmit": Action(_at(T.SUBMIT), (order_has_lines,)),
    "orderEdit": Action(_at(T.EDIT)),
    "orderCancel": Action(_at(T.CANCEL, T.DISCARD), (units_not_begun,)),
    "orderHold": Action(_at(T.HOLD), (units_left_to_ship,)),
    "orderReleaseHold": Action(_at(T.RELEASE), (hold_is_open,)),
    "orderRoute": Action(_at(T.ROUTE), (units_not_begun,)),
    "paymentAuthorize": Action(_SOLD, (payments_are_decided, balance_is_due)),
    "returnRequest": Action(_SHIPPING, (units_left_to_return,)),
}
