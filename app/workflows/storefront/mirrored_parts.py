"""Parcels and returns of an order that goes on at its storefront."""

from collections.abc import Sequence
from uuid import UUID

from app.connectors.ports.storefront import StorefrontParcel
from app.domain.fulfillment import ShipmentStatus
from app.domain.ids import derived_id
from app.domain.order_summary import OrderSummary, Parcel, ParcelLine, ReturnSummary
from app.domain.refunds import goods_of
from app.domain.returns import ReturnReason, ReturnStatus
from app.domain.shipment_lifecycle import Report, shipment_status
from app.stores.storefront_orders import carriers_by_name
from app.stores.transaction import Transaction
from app.workflows.storefront.lines import line_id


async def mirror_parcels(tx: Transaction, mirror: OrderSummary, told: Sequence[StorefrontParcel]) -> None:
    """One that was known keeps what a carrier has reported of it since. Its content never changes."""
    if not told:
        return
    carriers = await carriers_by_name(tx)
    for each in told:
        parcel_id = derived_id(mirror.id, "parcel", each.external_id)
        parcel = mirror.shipment(parcel_id)
        if parcel is None:
            parcel = Parcel(
                id=parcel_id,
                number=f"{mirror.number}-S{len(mirror.shipments) + 1}",
                status=ShipmentStatus.IN_TRANSIT,
                fulfillment_order_id=None,
                location_id=None,
                shipped_at=each.shipped_at,
                lines=_content(mirror, parcel_id, each),
            )
            mirror.shipments.append(parcel)
        parcel.carrier_key = carriers.get((each.carrier or "").lower())
        parcel.tracking_number, parcel.tracking_url = each.tracking_number, each.tracking_url
        if each.delivered_at is not None:
            parcel.status = shipment_status(parcel.status, [Report(each.delivered_at, ShipmentStatus.DELIVERED)])
            parcel.delivered_at = each.delivered_at


def _content(mirror: OrderSummary, parcel_id: UUID, told: StorefrontParcel) -> list[ParcelLine]:
    lines = [(mirror.line(line_id(mirror.id, external_id)), units) for external_id, units in told.units.items()]
    return [
        ParcelLine(id=derived_id(parcel_id, str(line.id)), order_line_id=line.id, quantity=units)
        for line, units in lines
        if line is not None and units > 0
    ]


def mirror_return(tx: Transaction, mirror: OrderSummary) -> None:
    """All that came back, as one return that is closed: the storefront tells units, not returns."""
    worth = [(line, goods_of(line).part(line.returned)) for line in mirror.lines if line.returned]
    if not worth:
        return
    return_id = derived_id(mirror.id, "return")
    version = next((each.version for each in mirror.returns), 0) + 1
    number, refund_minor = f"{mirror.number}-R1", sum(goods.item_minor + goods.tax_minor for _, goods in worth)
    # Without the time it was asked for, which stays that of the first version.
    mirror.add(
        "returns", id=return_id, version=version, number=number, status=ReturnStatus.CLOSED, order_id=mirror.id,
        customer_id=mirror.customer_id, currency=mirror.currency, refund_minor=refund_minor, closed_at=tx.at,
    )  # fmt: skip
    for line, goods in worth:
        mirror.add(
            "return_lines", id=derived_id(return_id, str(line.id)), return_id=return_id, order_line_id=line.id,
            quantity=goods.units, reason=ReturnReason.OTHER, received=goods.units, item_minor=goods.item_minor,
            tax_minor=goods.tax_minor,
        )  # fmt: skip
    mirror.returns = [ReturnSummary(id=return_id, version=version, number=number, status=ReturnStatus.CLOSED)]
    mirror.credited_minor = refund_minor
