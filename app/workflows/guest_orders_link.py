"""The job `guest_orders.link`: a customer gets the orders that they placed before anybody knew them.

By an address that they have shown to be theirs, at a source that tells so. Whoever types somebody's address into a form
is not given what that somebody bought.
"""

from uuid import UUID

from app.domain.actor import SYSTEM
from app.stores.guest_orders import give_parts_to, guest_orders_of
from app.stores.jobs import Job
from app.stores.orders import load_order, save_order
from app.workflows.work import JobData, Work

LINK = "guest_orders.link"


def job_to_link(customer_id: UUID) -> Job:
    return Job(name=LINK, key=f"{LINK}:{customer_id}", data={"customer_id": str(customer_id)})


async def link_guest_orders(data: JobData, work: Work) -> None:
    """Each in a transaction of its own, so that none waits for the others."""
    customer_id = UUID(data["customer_id"])
    async with work.writers.transaction(SYSTEM) as tx:
        found = await guest_orders_of(tx, customer_id)
    for order_id in found:
        async with work.writers.transaction(SYSTEM) as tx:
            order = await load_order(tx, order_id)
            # Again, now that it is locked.
            if order_id in await guest_orders_of(tx, customer_id):
                order.customer_id = customer_id
                await give_parts_to(tx, order_id, customer_id)
                said = {"customer": str(customer_id), "rule": "verified_email"}
                await save_order(tx, order, "order.customer_linked", said)
