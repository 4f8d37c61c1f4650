"""What moves a fulfillment order: the request to one location for some units of an order.

How far picking and packing have come is in the quantities of its lines, not in its state. Splitting, merging and moving
one to another location ends it and makes another.
"""

from enum import StrEnum

from app.domain.fulfillment import FulfillmentOrderStatus as S
from app.domain.lifecycle import Lifecycle, Move, stays


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
        Move((S.CLOSED,), T.UNSHIP, (S.IN_PROGRESS,), "a label was voided: its units are packed again", reopens=True),
        *stays((S.IN_PROGRESS,), T.UNSHIP, "a label was voided: its units are packed again"),
    ),
    terminal=(S.CLOSED, S.INCOMPLETE, S.REJECTED, S.CANCELED),
)
