"""What moves an order, and what an order may be asked to do.

Its state says who has to act next. How far its units and its money have come follows from the quantities of its lines
and from its payments (app/domain/order_axes.py): canceling, shipping or returning some of the units moves no state.
"""

from enum import StrEnum

from app.domain.lifecycle import Lifecycle, Move, stays
from app.domain.order import OrderStatus as S


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
