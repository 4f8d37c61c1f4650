"""The scheduled job `reservations.expire`: carts whose time is up hold nothing any longer."""

from app.domain.actor import SYSTEM
from app.stores.events import append_event
from app.stores.jobs import enqueue
from app.stores.reservations import let_go, lock_expired
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.work import JobData, Work

EXPIRE = "reservations.expire"
PER_RUN_MAX = 1_000


async def expire_reservations(_: JobData, work: Work) -> None:
    """A transaction for each, the oldest first; what is left over is for the next run."""
    for _run in range(PER_RUN_MAX):
        async with work.writers.transaction(SYSTEM) as tx:
            reservation_id = await lock_expired(tx)
            if reservation_id is None:
                return
            lines = await let_go(tx, reservation_id, "the cart expired")
            said = {"lines": [{"sku": line.sku, "quantity": line.quantity} for line in lines]}
            await append_event(tx, "reservation.expired", ("Reservation", reservation_id), said)
            await enqueue(tx, *await jobs_to_fill(tx, (line.sku for line in lines)))
