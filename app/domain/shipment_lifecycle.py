"""What moves a parcel. Until the carrier has it, our commands do; from then on, what the carrier reports.

Reports come late, twice, out of order and with steps left out. So nothing moves along the table one report at a time:
all are kept, and `shipment_status` says where the parcel is by the carrier's clock.

There is no state of its own for a voided label (CANCELED), for a parcel that waits at a pickup point
(OUT_FOR_DELIVERY), nor for one collected there (DELIVERED). When a carrier brings an undeliverable parcel back to our
own door, that is RETURNED_TO_SENDER, never DELIVERED: whoever reads a carrier's report has to tell the two apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.actions import Action, Actions
from app.domain.fulfillment import ShipmentStatus as S
from app.domain.lifecycle import Lifecycle, Move
from app.domain.order import OrderManagement


class ShipmentTrigger(StrEnum):
    CREATE = "CREATE"
    LABEL = "LABEL"
    CANCEL = "CANCEL"
    PICK_UP = "PICK_UP"
    TRAVEL = "TRAVEL"
    GO_OUT = "GO_OUT"
    ATTEMPT = "ATTEMPT"
    DELAY = "DELAY"
    DELIVER = "DELIVER"
    RETURN_TO_SENDER = "RETURN_TO_SENDER"
    LOSE = "LOSE"
    FIND = "FIND"


T = ShipmentTrigger
MOVING = (S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.ATTEMPTED, S.DELAYED)

SHIPMENT_LIFECYCLE = Lifecycle(
    "Shipment",
    S,
    (
        Move((None,), T.CREATE, (S.CREATED,), "written down, before the carrier hears of it"),
        Move((S.CREATED,), T.LABEL, (S.LABEL_PURCHASED,), "a label is bought, or was printed elsewhere"),
        Move((S.CREATED, S.LABEL_PURCHASED), T.CANCEL, (S.CANCELED,), "called off, its label voided"),
        Move((S.LABEL_PURCHASED,), T.PICK_UP, (S.PICKED_UP,), "the carrier has it"),
        Move((S.PICKED_UP, S.DELAYED), T.TRAVEL, (S.IN_TRANSIT,), "it moves, or moves again"),
        Move((S.IN_TRANSIT, S.ATTEMPTED), T.GO_OUT, (S.OUT_FOR_DELIVERY,), "on the last vehicle, or at a pickup point"),
        Move((S.OUT_FOR_DELIVERY,), T.ATTEMPT, (S.ATTEMPTED,), "delivery was tried and failed"),
        Move((S.IN_TRANSIT, S.OUT_FOR_DELIVERY), T.DELAY, (S.DELAYED,), "later than promised"),
        Move((S.OUT_FOR_DELIVERY,), T.DELIVER, (S.DELIVERED,), "handed over, or collected"),
        Move((S.ATTEMPTED,), T.RETURN_TO_SENDER, (S.RETURNED_TO_SENDER,), "the carrier gives up and brings it back"),
        Move(MOVING, T.LOSE, (S.LOST,), "given up"),
        Move((S.LOST,), T.FIND, (S.IN_TRANSIT, S.DELIVERED), "it turns up after all", reopens=True),
    ),
    terminal=(S.DELIVERED, S.RETURNED_TO_SENDER, S.LOST, S.CANCELED),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a carrier said about a parcel. `at` is the carrier's time."""

    at: datetime
    status: S


REPORTABLE = frozenset(S) - {S.CREATED, S.CANCELED}
"""What a carrier can say. The others are for us to decide."""

_DECISIVE = (S.DELIVERED, S.RETURNED_TO_SENDER)
_RANK = {
    status: rank
    for rank, status in enumerate(
        (S.LABEL_PURCHASED, S.PICKED_UP, S.IN_TRANSIT, S.DELAYED, S.OUT_FOR_DELIVERY, S.ATTEMPTED, S.LOST,
         S.RETURNED_TO_SENDER, S.DELIVERED)
    )
}  # fmt: skip
"""Of two reports of one moment, the one that got further counts."""


def shipment_status(current: S, reports: Iterable[Report]) -> S:
    """From all reports of the parcel ever received, in any order, each any number of times.

    The latest counts. But nothing takes a delivery back except a return to sender at a later time, nor the other way
    round, and a parcel that was called off stays so.
    """
    told = [report for report in reports if report.status in REPORTABLE]
    decisive = [report for report in told if report.status in _DECISIVE]
    if current is S.CANCELED or not told or (current in _DECISIVE and not decisive):
        return current
    return max(decisive or told, key=lambda report: (report.at, _RANK[report.status])).status


# ── what it may be asked to do


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFacts:
    number: str
    status: S
    management: OrderManagement

    @property
    def subject(self) -> str:
        return f"shipment {self.number}"


SHIPMENT_ACTIONS: Actions[ShipmentFacts] = {
    "shipmentCancel": Action(SHIPMENT_LIFECYCLE.sources(T.CANCEL)),
    # A late report may come at any time after the label; it is kept even when it moves nothing.
    "shipmentRecordEvent": Action(frozenset(S) - {S.CREATED, S.CANCELED}),
}
