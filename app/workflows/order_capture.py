"""A storefront's order becomes one of ours, or changes the one it became before.

MANAGED: placed here when it is first seen, and driven here from then on; later versions matter for what the
customer or the merchant changed there. UNMANAGED: a mirror, written whole whenever it changed. An order that had gone
on before it was first seen is a mirror in any case: whoever began to ship it ends it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.connectors.ports.storefront import StorefrontOrder
from app.domain.order import OrderManagement
from app.stores.storefront_orders import KnownOrder, lock_known
from app.stores.transaction import Transaction
from app.workflows.storefront.changes import take_changes
from app.workflows.storefront.mirror import mirror_again, mirror_order
from app.workflows.storefront.place import place_storefront_order
from app.workflows.storefront.rules import require_order
from app.workflows.work import Work


class CaptureOutcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Captured:
    order_id: UUID
    outcome: CaptureOutcome


async def capture_order(tx: Transaction, source_key: str, order: StorefrontOrder, work: Work) -> Captured:
    """In the caller's transaction. Raises Refused for what cannot be an order; then nothing was written.

    The same version again changes nothing, nor does one that is older than what was seen. Of two at once one waits.
    """
    require_order(order)
    config = work.outside.config(source_key)
    known = await lock_known(tx, source_key, order.external_id)
    if known is not None:
        is_changed = await _seen_again(tx, known, source_key, order, work)
        return Captured(known.order_id, CaptureOutcome.CHANGED if is_changed else CaptureOutcome.UNCHANGED)
    if config.orders is OrderManagement.UNMANAGED or has_gone_on(order):
        return Captured(await mirror_order(tx, config, order, work), CaptureOutcome.CREATED)
    order_id = await place_storefront_order(tx, config, order, work)
    if any(each.canceled for each in order.lines):
        placed = await lock_known(tx, source_key, order.external_id)
        assert placed is not None  # noqa: S101 - placed a line above
        await take_changes(tx, placed, source_key, order, work)
    return Captured(order_id, CaptureOutcome.CREATED)


async def _seen_again(tx: Transaction, known: KnownOrder, source_key: str, order: StorefrontOrder, work: Work) -> bool:
    if known.seen_version_at is None or order.updated_at < known.seen_version_at:
        # Without a time it came another way (a file, or orderPlace): whoever brought it keeps it up to date.
        return False
    if known.management is OrderManagement.UNMANAGED:
        return await mirror_again(tx, known, work.outside.config(source_key), order, work)
    return await take_changes(tx, known, source_key, order, work)


def has_gone_on(order: StorefrontOrder) -> bool:
    """Canceled, closed, or in part shipped: too late to drive it from here."""
    is_off = order.canceled_at is not None or order.closed_at is not None
    is_empty = all(each.canceled >= each.quantity for each in order.lines)
    return is_off or is_empty or bool(order.parcels) or any(each.shipped or each.returned for each in order.lines)
