"""SAP's documents as they are before and after we write them: what a change is decided by."""

from decimal import Decimal
from typing import ClassVar

from msgspec import field

from app.connectors.sap.mapping import CUSTOMER_RETURN, DELIVERY, MATERIAL_DOCUMENT, SALES_ORDER, STOCK
from app.connectors.sap.odata import Many, Metadata, Row, bare


class OrderItem(Row):
    service: ClassVar[str] = SALES_ORDER
    entity_set: ClassVar[str] = "A_SalesOrderItem"
    sales_order_item: str
    higher_level_item: str | None
    requested_quantity: Decimal | None
    requested_quantity_unit: str | None
    sales_document_rjcn_reason: str | None
    production_plant: str | None
    storage_location: str | None

    @property
    def number(self) -> str:
        return bare(self.sales_order_item)

    @property
    def above(self) -> str:
        """The item that this one belongs to, if to any."""
        return bare(self.higher_level_item or "")


class Order(Row):
    service: ClassVar[str] = SALES_ORDER
    entity_set: ClassVar[str] = "A_SalesOrder"
    sales_order: str
    sold_to_party: str | None
    items: Many[OrderItem] = field(name="to_Item")
    metadata: Metadata = field(name="__metadata")

    def item(self, number: str) -> OrderItem | None:
        return next((item for item in self.items.results if item.number == number), None)


class NewOrder(Row):
    service: ClassVar[str] = SALES_ORDER
    entity_set: ClassVar[str] = "A_SalesOrder"
    sales_order: str


class DeliveryItem(Row):
    service: ClassVar[str] = DELIVERY
    entity_set: ClassVar[str] = "A_OutbDeliveryItem"
    delivery_document: str
    actual_delivery_quantity: Decimal | None
    order: str | None = field(name="ReferenceSDDocument")
    order_item: str | None = field(name="ReferenceSDDocumentItem")


class Delivery(Row):
    service: ClassVar[str] = DELIVERY
    entity_set: ClassVar[str] = "A_OutbDeliveryHeader"
    delivery_document: str
    delivery_document_by_supplier: str | None
    bill_of_lading: str | None
    overall_picking_status: str | None
    overall_goods_movement_status: str | None
    items: Many[DeliveryItem] = field(name="to_DeliveryDocumentItem")
    metadata: Metadata = field(name="__metadata")


class NewDelivery(Row):
    service: ClassVar[str] = DELIVERY
    entity_set: ClassVar[str] = "A_OutbDeliveryHeader"
    delivery_document: str


class CustomerReturn(Row):
    service: ClassVar[str] = CUSTOMER_RETURN
    entity_set: ClassVar[str] = "A_CustomerReturn"
    customer_return: str


class MaterialDocument(Row):
    service: ClassVar[str] = MATERIAL_DOCUMENT
    entity_set: ClassVar[str] = "A_MaterialDocumentHeader"
    material_document_year: str
    material_document: str


class BaseUnit(Row):
    service: ClassVar[str] = STOCK
    entity_set: ClassVar[str] = "A_MaterialStock"
    material: str
    material_base_unit: str | None
