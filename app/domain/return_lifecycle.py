"""What moves a return. Its goods are counted line by line, and its money is independent of both until it is closed."""

from enum import StrEnum

from app.domain.lifecycle import Lifecycle, Move
from app.domain.returns import ReturnStatus as S


class ReturnTrigger(StrEnum):
    REQUEST = "REQUEST"
    OPEN = "OPEN"
    APPROVE = "APPROVE"
    DECLINE = "DECLINE"
    SEND = "SEND"
    RECEIVE = "RECEIVE"
    INSPECT = "INSPECT"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"
    REOPEN = "REOPEN"


T = ReturnTrigger

RETURN_LIFECYCLE = Lifecycle(
    "Return",
    S,
    (
        Move((None,), T.REQUEST, (S.REQUESTED,), "the customer asks"),
        Move((None,), T.OPEN, (S.OPEN,), "an agent makes it, approved"),
        Move((S.REQUESTED,), T.APPROVE, (S.OPEN,), "approved: the goods are awaited"),
        Move((S.REQUESTED,), T.DECLINE, (S.DECLINED,), "refused, with a reason"),
        Move((S.REQUESTED, S.OPEN), T.CANCEL, (S.CANCELED,), "withdrawn, nothing received"),
        Move((S.OPEN,), T.SEND, (S.IN_TRANSIT,), "the carrier has the parcel"),
        Move(
            (S.OPEN, S.IN_TRANSIT, S.PARTIALLY_RECEIVED),
            T.RECEIVE,
            (S.PARTIALLY_RECEIVED, S.RECEIVED),
            "units arrive: some, or the last",
        ),
        Move((S.PARTIALLY_RECEIVED,), T.INSPECT, (S.PARTIALLY_RECEIVED, S.INSPECTED), "a verdict on units"),
        Move((S.RECEIVED,), T.INSPECT, (S.RECEIVED, S.INSPECTED), "a verdict on units: some, or the last"),
        Move((S.INSPECTED,), T.CLOSE, (S.CLOSED,), "refund, fees and exchange are settled"),
        Move((S.CLOSED,), T.REOPEN, (S.OPEN,), "more of it comes back", reopens=True),
    ),
    terminal=(S.CLOSED, S.DECLINED, S.CANCELED),
)
