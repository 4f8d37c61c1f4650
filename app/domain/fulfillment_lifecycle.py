"""What moves a fulfillment order: the request to one location for some units of an order.

How far picking and packing have come is in the quantities of its lines, not in its state. Splitting, merging and moving
one to another location ends it and makes another.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.actions import Action, Actions, impossible
from app.domain.fulfillment import FulfillmentOrderStatus as S
from app.domain.lifecycle import Lifecycle, Move, stays
from app.domain.order import OrderManagement, OrderStatus
from app.domain.refusals import Refusal


class FulfillmentTrigger(StrEnum):
    REQUEST = "REQUEST"
    SCHEDULE = "SCHEDULE"
    OPEN = "OPEN"
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    PICK = "PICK"
    PACK = "PACK"
    SHIP = "SHIP"
    CLOSE = "CLOSE"
    FALL_SHORT = "FALL_SHORT"
    MOVE = "MOVE"
    CANCEL = "CANCEL"
    CALL_BACK = "CALL_BACK"
    UNSHIP = "UNSHIP"


T = FulfillmentTrigger

FULFILLMENT_LIFECYCLE = Lifecycle(
    "FulfillmentOrder",
    S,
    (
        Move((None,), T.REQUEST, (S.OPEN,), "a location is asked"),
        Move((None,), T.SCHEDULE, (S.SCHEDULED,), "a location will be asked later"),
        Move((S.SCHEDULED,), T.OPEN, (S.OPEN,), "its time has come"),
        Move((S.OPEN,), T.HOLD, (S.ON_HOLD,), "a named reason blocks it"),
        Move((S.ON_HOLD,), T.RELEASE, (S.OPEN,), "the last hold is lifted"),
        Move((S.OPEN,), T.ACCEPT, (S.IN_PROGRESS,), "the location begins"),
        Move((S.OPEN,), T.REJECT, (S.REJECTED,), "the location declines: its units go elsewhere"),
        *stays((S.IN_PROGRESS,), T.PICK, "units are taken from the shelf"),
        *stays((S.IN_PROGRESS,), T.PACK, "units are put into a parcel"),
        *stays((S.IN_PROGRESS,), T.SHIP, "units leave; the last of them also closes it"),
        Move((S.IN_PROGRESS,), T.CLOSE, (S.CLOSED,), "every unit is shipped or canceled"),
        Move((S.IN_PROGRESS,), T.FALL_SHORT, (S.INCOMPLETE,), "units are missing: the rest goes elsewhere"),
        Move((S.SCHEDULED, S.OPEN, S.ON_HOLD), T.MOVE, (S.CANCELED,), "another location is asked instead"),
        Move(
            (S.IN_PROGRESS,),
            T.MOVE,
            (S.CANCELED, S.INCOMPLETE),
            "another location is asked for what has not left: INCOMPLETE when something has",
        ),
        Move((S.SCHEDULED, S.OPEN, S.ON_HOLD), T.CANCEL, (S.CANCELED,), "its units were canceled"),
        Move((S.IN_PROGRESS,), T.CALL_BACK, (S.CANCELED,), "its units were canceled and the location put them back"),
        Move(
            (S.CLOSED, S.INCOMPLETE),
            T.UNSHIP,
            (S.IN_PROGRESS,),
            "a label was voided: its units are packed again",
            reopens=True,
        ),
        *stays((S.IN_PROGRESS,), T.UNSHIP, "a label was voided: its units are packed again"),
    ),
    terminal=(S.CLOSED, S.INCOMPLETE, S.REJECTED, S.CANCELED),
)


# ── what it may be asked to do


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentFacts:
    number: str
    status: S
    management: OrderManagement
    order_number: str
    order_status: OrderStatus
    unpicked_units: int = 0
    unpacked_units: int = 0
    """Picked and not packed."""
    packed_units: int = 0
    """Packed, and in no parcel yet."""
    labeling_units: int = 0
    """In parcels that wait for their label."""
    unshipped_units: int = 0

    @property
    def subject(self) -> str:
        return f"fulfillment order {self.number}"


def order_is_not_held(facts: FulfillmentFacts) -> Refusal | None:
    if facts.order_status is not OrderStatus.ON_HOLD:
        return None
    return impossible(f"{facts.subject} waits: order {facts.order_number} is on hold; release it with orderReleaseHold")


def units_left_to_pick(facts: FulfillmentFacts) -> Refusal | None:
    return None if facts.unpicked_units else impossible(f"every unit of {facts.subject} is picked: pack them")


def units_left_to_pack(facts: FulfillmentFacts) -> Refusal | None:
    return None if facts.unpacked_units else impossible(f"no picked unit of {facts.subject} waits to be packed")


def units_ready_to_ship(facts: FulfillmentFacts) -> Refusal | None:
    if facts.packed_units or facts.unpacked_units:
        return None
    return impossible(f"no picked unit of {facts.subject} waits to be shipped")


def units_left_to_move(facts: FulfillmentFacts) -> Refusal | None:
    return None if facts.unshipped_units else impossible(f"every unit of {facts.subject} has shipped")


def labels_are_decided(facts: FulfillmentFacts) -> Refusal | None:
    """Else units might leave twice: in the parcel, and from where they are asked for instead."""
    if not facts.labeling_units:
        return None
    return impossible(f"a parcel of {facts.subject} waits for its label: wait for the carrier, or use shipmentCancel")


_at = FULFILLMENT_LIFECYCLE.sources

FULFILLMENT_ACTIONS: Actions[FulfillmentFacts] = {
    "fulfillmentOrderAccept": Action(_at(T.ACCEPT), (order_is_not_held,)),
    "fulfillmentOrderReject": Action(_at(T.REJECT, T.FALL_SHORT), (units_left_to_move, labels_are_decided)),
    "fulfillmentOrderPick": Action(_at(T.PICK), (order_is_not_held, units_left_to_pick)),
    "fulfillmentOrderPack": Action(_at(T.PACK), (order_is_not_held, units_left_to_pack)),
    "fulfillmentOrderShip": Action(_at(T.SHIP), (order_is_not_held, units_ready_to_ship)),
    "fulfillmentOrderMove": Action(_at(T.MOVE), (units_left_to_move, labels_are_decided)),
}
