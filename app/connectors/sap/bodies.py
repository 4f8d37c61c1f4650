"""What is written: a sales order, a delivery, a customer return, a material document, each with its items below it."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.connectors.ports.sinks import DocumentLine, OrderDocument, ReturnDocument, ShipmentDocument, StockChange
from app.connectors.sap.documents import Order
from app.connectors.sap.odata import ticks
from app.connectors.sap.settings import SapSettings
from app.domain.money import Money, decimal_amount

Body = Mapping[str, Any]
Units = Mapping[str, str]
"""By material."""

ASSIGNMENT_LENGTH_MAX = 18
BILL_OF_LADING_LENGTH_MAX = 35
REFERENCE_LENGTH_MAX = 16
HEADER_TEXT_LENGTH_MAX = 25
ITEM_STEP = 10
"""SAP's own numbers of items go up by tens."""


def item_number(position: int) -> str:
    return str(position * ITEM_STEP)


def material_of(what: DocumentLine | StockChange) -> str:
    """In capitals, as SAP keeps them."""
    named = what.external_id if isinstance(what, DocumentLine) else what.product_external_id
    return (named or what.sku).upper()


def sales_order(order: OrderDocument, sold_to: str, units: Units, settings: SapSettings) -> Body:
    body = {
        "SalesOrderType": settings.order_type,
        "SalesOrganization": settings.sales_organization,
        "DistributionChannel": settings.distribution_channel,
        "OrganizationDivision": settings.division,
        "SoldToParty": sold_to,
        "PurchaseOrderByCustomer": order.number,
        "CustomerPurchaseOrderDate": ticks(order_day(order, settings)),
        "TransactionCurrency": order.currency,
        "to_Item": {"results": [order_item(line, units, settings) for line in order.lines]},
    }
    if settings.freight_condition and order.shipping.minor:
        body["to_PricingElement"] = {"results": [_price(settings.freight_condition, order.shipping)]}
    return body


def order_day(order: OrderDocument, settings: SapSettings) -> date:
    """By the system's clock."""
    return order.placed_at.astimezone(settings.time_zone).date()


def order_item(line: DocumentLine, units: Units, settings: SapSettings) -> Body:
    """Our units are base units. Left out, SAP would take those that the material is sold in, which may be boxes."""
    material = material_of(line)
    body: dict[str, Any] = {
        "SalesOrderItem": item_number(line.position),
        "Material": material,
        "RequestedQuantity": str(line.quantity),
        "RequestedQuantityUnit": units[material],
    }
    if settings.price_condition:
        net = Money(line.unit_price.minor * line.quantity - line.discount.minor, line.unit_price.currency)
        # So much for so many units: a discount need not be divisible by them.
        priced = _price(settings.price_condition, net) | {"ConditionQuantity": str(line.quantity)}
        body["to_PricingElement"] = {"results": [priced]}
    return body


def _price(condition: str, amount: Money) -> dict[str, Any]:
    return {
        "ConditionType": condition,
        "ConditionRateValue": str(decimal_amount(amount.minor, amount.currency)),
        "ConditionCurrency": amount.currency,
    }


def delivery(shipment: ShipmentDocument, order: Order, settings: SapSettings) -> Body:
    items = [_delivery_item(line, order, settings) for line in shipment.lines]
    return {"to_DeliveryDocumentItem": {"results": items}}


def _delivery_item(line: DocumentLine, order: Order, settings: SapSettings) -> Body:
    item = order.item(item_number(line.position))
    return {
        "ReferenceSDDocument": order.sales_order,
        "ReferenceSDDocumentItem": item_number(line.position),
        "ActualDeliveryQuantity": str(line.quantity),
        "DeliveryQuantityUnit": (item.requested_quantity_unit if item else None) or settings.base_unit,
    }


def customer_return(returned: ReturnDocument, order: Order, settings: SapSettings) -> Body:
    return {
        "CustomerReturnType": settings.return_type,
        "SalesOrganization": settings.sales_organization,
        "DistributionChannel": settings.distribution_channel,
        "OrganizationDivision": settings.division,
        "SoldToParty": order.sold_to_party,
        "PurchaseOrderByCustomer": returned.order.number,
        "AssignmentReference": return_reference(returned),
        "to_Item": {"results": _return_items(returned, order, settings)},
    }


def _return_items(returned: ReturnDocument, order: Order, settings: SapSettings) -> Sequence[Body]:
    chosen = {"ReturnReason": settings.return_reason, "CustRetItmFollowUpActivity": settings.return_follow_up}
    items = []
    for position, line in enumerate(returned.lines, start=1):
        ordered = order.item(item_number(line.position))
        items.append(
            {
                "CustomerReturnItem": item_number(position),
                "RequestedQuantity": str(line.quantity),
                "RequestedQuantityUnit": (ordered.requested_quantity_unit if ordered else None) or settings.base_unit,
                "ReferenceSDDocument": order.sales_order,
                "ReferenceSDDocumentItem": item_number(line.position),
                **{name: value for name, value in chosen.items() if value},
            }
        )
    return items


def return_reference(returned: ReturnDocument) -> str:
    return fitting(returned.number, ASSIGNMENT_LENGTH_MAX)


def movement_reference(key: str) -> str:
    return fitting(key, REFERENCE_LENGTH_MAX)


def material_document(key: str, change: StockChange, units: Units, settings: SapSettings) -> Body:
    day = ticks(change.at.astimezone(settings.time_zone).date())
    is_receipt = change.on_hand_delta > 0
    plant, _, storage_location = change.location.partition("/")
    material = material_of(change)
    item = {
        "Material": material,
        "Plant": plant,
        "StorageLocation": storage_location,
        "GoodsMovementType": settings.increase_movement if is_receipt else settings.decrease_movement,
        "QuantityInEntryUnit": str(abs(change.on_hand_delta)),
        "EntryUnit": units[material],
    }
    if settings.cost_center and not is_receipt:
        item["CostCenter"] = settings.cost_center
    return {
        "GoodsMovementCode": "05" if is_receipt else "03",
        "DocumentDate": day,
        "PostingDate": day,
        "ReferenceDocument": movement_reference(key),
        "MaterialDocumentHeaderText": (change.reason or "")[:HEADER_TEXT_LENGTH_MAX],
        "to_MaterialDocumentItem": {"results": [item]},
    }


def fitting(text: str, length_max: int) -> str:
    """The text, or a digest of it where SAP's field is too short. Always the same one, to be found by."""
    if len(text) <= length_max:
        return text
    return b32encode(hashlib.sha256(text.encode()).digest()).decode()[:length_max]
