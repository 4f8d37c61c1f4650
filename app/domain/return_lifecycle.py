"""What moves a return. Its goods are counted line by line, and its money is independent of both until it is closed."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.actions import Action, Actions, impossible
from app.domain.lifecycle import Lifecycle, Move, stays
from app.domain.order import OrderManagement
from app.domain.refusals import Refusal
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
        *stays((S.OPEN,), T.APPROVE, "approved anew: another fee, or a label"),
        Move((S.REQUESTED,), T.DECLINE, (S.DECLINED,), "refused, with a reason"),
        Move((S.REQUESTED, S.OPEN, S.IN_TRANSIT), T.CANCEL, (S.CANCELED,), "withdrawn or lost, nothing received"),
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


# ── what it may be asked to do


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFacts:
    number: str
    status: S
    management: OrderManagement
    awaited_units: int = 0
    """Announced, neither received nor found missing."""
    received_units: int = 0
    uninspected_units: int = 0
    """Announced and without a verdict, received or not."""

    @property
    def subject(self) -> str:
        return f"return {self.number}"


def units_left_to_receive(facts: ReturnFacts) -> Refusal | None:
    return None if facts.awaited_units else impossible(f"every unit of {facts.subject} has arrived: inspect them")


def units_left_to_inspect(facts: ReturnFacts) -> Refusal | None:
    return None if facts.uninspected_units else impossible(f"every unit of {facts.subject} has its verdict")


def nothing_received(facts: ReturnFacts) -> Refusal | None:
    if not facts.received_units:
        return None
    return impossible(f"units of {facts.subject} have arrived ({facts.received_units}): inspect and close it instead")


_at = RETURN_LIFECYCLE.sources

RETURN_ACTIONS: Actions[ReturnFacts] = {
    "returnApprove": Action(_at(T.APPROVE)),
    "returnDecline": Action(_at(T.DECLINE)),
    "returnReceive": Action(_at(T.RECEIVE), (units_left_to_receive,)),
    "returnInspect": Action(_at(T.INSPECT), (units_left_to_inspect,)),
    "returnClose": Action(_at(T.CLOSE)),
    "returnCancel": Action(_at(T.CANCEL), (nothing_received,)),
}
