"""reservationRelease: gives up what a cart holds, before its time is up."""

from dataclasses import dataclass

from app.domain.commanded import ReservationId
from app.domain.refusals import RefusalCode, refuse
from app.stores.events import append_event
from app.stores.jobs import enqueue
from app.stores.reservations import let_go, lock_reservation
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRelease:
    reservation_id: ReservationId


async def reservation_release(tx: Transaction, command: ReservationRelease, _: Work) -> Outcome:
    found = await lock_reservation(tx, command.reservation_id)
    if found is None:
        message = f'no reservation has the id "Reservation:{command.reservation_id}"'
        raise refuse(RefusalCode.NOT_FOUND, message, "reservation_id")
    if found.order_number is not None:
        message = f"its units are order {found.order_number}'s; orderCancel lets them go"
        raise refuse(RefusalCode.ALREADY_DONE, message, "reservation_id")
    if found.released_at is not None:
        message = f"it was released at {found.released_at.isoformat()}, by a call or since its time was up"
        raise refuse(RefusalCode.ALREADY_DONE, message, "reservation_id")
    lines = await let_go(tx, found.id)
    said = {"lines": [{"sku": line.sku, "quantity": line.quantity} for line in lines]}
    await append_event(tx, "reservation.released", ("Reservation", found.id), said)
    await enqueue(tx, *await jobs_to_fill(tx, (line.sku for line in lines)))
    return Outcome({"reservation": found.id})
