"""Which of our orders an event is about, so that who looks after one learns that its event could not be taken over,
and that it was after all.
"""

from uuid import UUID

from app.connectors.ports.feeds import Feed
from app.domain.order import OrderManagement
from app.stores.exceptions import raise_exception, resolve_exception
from app.stores.inbox import Waiting, has_failed_events, note_told
from app.stores.orders import load_order, save_order
from app.stores.payment_transactions import find_by_key, payment_of_reference
from app.stores.shipments import parcel_of_number
from app.stores.storefront_orders import order_of_reference
from app.stores.transaction import Transaction
from app.workflows.webhook_event import Event
from app.workflows.webhook_receive import PROCESS


async def tell_orders(tx: Transaction, event: Event, reason: str) -> None:
    """The event is locked. Nothing happens where it is about none of our orders."""
    waiting, told = event.waiting, []
    for order_id in sorted(await _orders_of(tx, event)):
        order = await load_order(tx, order_id)
        if order.management is not OrderManagement.MANAGED:
            continue
        message = (
            f"event {waiting.external_event_id} of {waiting.source_key} was not taken over: {reason};"
            f" exceptionResolve with retry, or junction webhooks retry {waiting.id}, tries again"
        )
        await raise_exception(
            tx, order.id, category=PROCESS, message=message, suggested_action="exceptionResolve", attempts=1
        )
        said = {"category": PROCESS, "message": message}
        await save_order(tx, order, "order.exception_raised", said)
        told.append(order.id)
    await note_told(tx, waiting.id, told)


async def close_exceptions(tx: Transaction, done: Waiting) -> None:
    """It was taken over after all, or dropped: of the orders for which no other event waits for a decision."""
    for order_id in sorted(done.order_ids):
        order = await load_order(tx, order_id)
        if not await has_failed_events(tx, order_id) and await resolve_exception(tx, order_id, category=PROCESS):
            said = {"category": PROCESS, "note": None, "retry": True}
            await save_order(tx, order, "order.exception_resolved", said)


async def _orders_of(tx: Transaction, event: Event) -> set[UUID]:
    """By what was understood of it; failing that, by the last word of its subject, which is a vendor's id."""
    source_key = event.waiting.source_key
    found: set[UUID | None] = set()
    for report in event.reports:
        asked = await find_by_key(tx, source_key, report.key) if report.key else None
        if asked is not None:
            found.add(asked.order_id)
        elif report.authorization_reference:
            found.add(await _paid_by(tx, source_key, report.authorization_reference))
    if event.tracked is not None:
        found.add(await _sent_with(tx, source_key, event.tracked.tracking_number))
    for external_id in event.ids_of(Feed.ORDERS):
        found.add(await order_of_reference(tx, source_key, external_id))
    _, _, named = event.waiting.subject.rpartition(" ")
    if named and not found - {None}:
        for find in (order_of_reference, _paid_by, _sent_with):
            found.add(await find(tx, source_key, named))
    return {each for each in found if each is not None}


async def _paid_by(tx: Transaction, gateway_key: str, reference: str) -> UUID | None:
    payment = await payment_of_reference(tx, gateway_key, reference)
    return None if payment is None else payment[0]


async def _sent_with(tx: Transaction, carrier_key: str, tracking_number: str) -> UUID | None:
    parcel = await parcel_of_number(tx, carrier_key, tracking_number)
    return None if parcel is None else parcel.order_id
