"""An order that goes on at its storefront, as it is there: written whole each time it changed (UNMANAGED).

Its rows have the same ids in every version, and the change ledger tells what one version made of the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder
from app.connectors.source_config import SourceConfig
from app.domain.order import OrderChangeKind, OrderManagement, OrderStatus
from app.domain.order_summary import Line, OrderSummary
from app.domain.refunds import Goods
from app.stores.guest_orders import give_parts_to
from app.stores.orders import load_order, record_change, save_order
from app.stores.storefront_orders import KnownOrder, add_reference, remember_seen
from app.stores.transaction import Transaction
from app.workflows.order_units import cancel_units
from app.workflows.storefront.lines import line_id
from app.workflows.storefront.mirrored_parts import mirror_parcels, mirror_return
from app.workflows.storefront.payments import record_payment
from app.workflows.storefront.place import known_of, new_order, record_placing
from app.workflows.storefront.seen import fingerprint_of
from app.workflows.work import Work


@dataclass(frozen=True, slots=True)
class _Before:
    """Units and worth of each line, and what shipping cost."""

    lines: Mapping[UUID, tuple[int, int]]
    shipping_minor: int


async def mirror_order(tx: Transaction, config: SourceConfig, order: StorefrontOrder, work: Work) -> UUID:
    """Answers its id."""
    mirror = new_order(config, order, await known_of(tx, config, order, work), OrderManagement.UNMANAGED)
    record_placing(tx, mirror)
    add_reference(mirror, config.key, order.external_id, order.url, order.updated_at, _seen(order))
    await _write(tx, config, order, mirror, _before(mirror))
    return mirror.id


async def mirror_again(
    tx: Transaction, known: KnownOrder, config: SourceConfig, order: StorefrontOrder, work: Work
) -> bool:
    """Whether it differs from what was seen last."""
    seen = _seen(order)
    if seen != known.seen or order.updated_at != known.seen_version_at:
        await remember_seen(tx, known, order.url, order.updated_at, seen)
    if seen == known.seen:
        return False
    there = await load_order(tx, known.order_id)
    mirror = new_order(config, order, await known_of(tx, config, order, work), OrderManagement.UNMANAGED, there)
    _go_on_from(there, mirror)
    if mirror.customer_id != there.customer_id:
        await give_parts_to(tx, mirror.id, mirror.customer_id)
    await _write(tx, config, order, mirror, _before(there))
    return True


def _seen(order: StorefrontOrder) -> dict[str, str]:
    return {"fingerprint": fingerprint_of(order)}


async def _write(
    tx: Transaction, config: SourceConfig, order: StorefrontOrder, mirror: OrderSummary, before: _Before
) -> None:
    """`mirror` has its lines as ordered."""
    _count(order, mirror)
    await mirror_parcels(tx, mirror, order.parcels)
    mirror_return(tx, mirror)
    for paid in order.payments:
        record_payment(mirror, config.key, paid)
    mirror.add_up()
    mirror.mirror(_status(order, mirror), completed_at=order.closed_at, canceled_at=order.canceled_at, at=tx.at)
    _record_difference(tx, mirror, before)
    said = {"source": config.key, "externalId": order.external_id, "externalNumber": order.number}
    await save_order(tx, mirror, "order.mirrored", {**said, "status": mirror.status})


# ── lines


def _go_on_from(there: OrderSummary, mirror: OrderSummary) -> None:
    """A line keeps its place. One that the storefront does not tell of any more is canceled, unless it has shipped."""
    mirror.version, mirror.saved, mirror.edit_count = there.version, there.saved, there.edit_count
    mirror.shipments, mirror.returns, mirror.credited_minor = there.shipments, there.returns, there.credited_minor
    known = {line.id: line for line in there.lines}
    free = max((line.position for line in there.lines), default=0)
    for line in mirror.lines:
        was = known.get(line.id)
        if was is None:
            free += 1
        # What came back does not go away again.
        line.position, line.returned = (was.position, was.returned) if was else (free, 0)
    told = {line.id for line in mirror.lines}
    mirror.lines += [line for line in there.lines if line.id not in told]


def _count(order: StorefrontOrder, mirror: OrderSummary) -> None:
    """What became of the units. Counters that contradict each other give way to what has shipped."""
    told = {line_id(mirror.id, each.external_id): each for each in order.lines}
    delivered = _delivered(order)
    for line in mirror.lines:
        each = told.get(line.id)
        if each is not None:
            line.shipped = min(each.shipped, line.ordered)
            line.delivered = min(delivered.get(each.external_id, 0), line.shipped)
            line.returned = min(max(each.returned, line.returned), line.shipped)
        canceled = _canceled(order, line, each) - line.canceled
        if canceled > 0:
            cancel_units(line, canceled, Goods())
    if not mirror.units("units"):
        mirror.shipping_minor = 0


def _canceled(order: StorefrontOrder, line: Line, told: StorefrontLine | None) -> int:
    left = line.ordered - line.shipped
    return left if told is None or order.canceled_at is not None else min(told.canceled, left)


def _delivered(order: StorefrontOrder) -> dict[str, int]:
    units: dict[str, int] = {}
    for parcel in order.parcels:
        for external_id, count in parcel.units.items() if parcel.delivered_at is not None else ():
            units[external_id] = units.get(external_id, 0) + count
    return units


# ── the order


def _status(order: StorefrontOrder, mirror: OrderSummary) -> OrderStatus:
    if order.canceled_at is not None:
        return OrderStatus.CANCELED
    wanted = mirror.units("units")
    if order.closed_at is not None or (wanted and mirror.units("delivered") == wanted):
        return OrderStatus.COMPLETED
    if mirror.units("shipped"):
        return OrderStatus.PROCESSING
    is_unpaid = bool(order.payments) and not any(each.authorized_minor for each in mirror.payments)
    return OrderStatus.PENDING if is_unpaid else OrderStatus.CONFIRMED


def _before(order: OrderSummary) -> _Before:
    return _Before({line.id: (line.units, line.total_minor) for line in order.lines}, order.shipping_minor)


def _record_difference(tx: Transaction, mirror: OrderSummary, before: _Before) -> None:
    """An entry of the change ledger, where units or money did change."""
    changed = []
    for line in mirror.lines:
        units, total_minor = before.lines.get(line.id, (0, 0))
        if (line.units, line.total_minor) != (units, total_minor):
            changed.append((line.id, line.units - units, line.total_minor - total_minor))
    shipping_minor = mirror.shipping_minor - before.shipping_minor
    if changed or shipping_minor:
        deltas = [units for _, units, _ in changed]
        record_change(tx, mirror, _kind(deltas), None, changed, other_minor=shipping_minor)


def _kind(deltas: Sequence[int]) -> OrderChangeKind:
    if any(units > 0 for units in deltas):
        return OrderChangeKind.EDIT
    return OrderChangeKind.CANCEL if any(deltas) else OrderChangeKind.ADJUSTMENT
