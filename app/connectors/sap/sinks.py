"""What SAP is told of. It knows no keys of ours: documents carry our numbers, and are looked up by them before repeats.

A document that exists is made what it should be in steps: it is read, the first thing amiss is put right with its
version, and it is read again. So an interrupted write goes on where it was, and one that somebody else's change came
before (412) decides anew.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from app.connectors.batching import in_chunks
from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.ports.sinks import OrderDocument, ReturnDocument, ShipmentDocument, StockChange, Written
from app.connectors.sap import bodies
from app.connectors.sap.api import Change, SapApi
from app.connectors.sap.documents import (
    BaseUnit,
    CustomerReturn,
    Delivery,
    DeliveryItem,
    MaterialDocument,
    NewDelivery,
    NewOrder,
    Order,
    OrderItem,
)
from app.connectors.sap.odata import any_of, bare, day_literal, key, quoted
from app.connectors.sap.reads import MATERIAL_LENGTH_MAX, askable, material_number
from app.connectors.sap.settings import SapSettings

D = TypeVar("D", Order, Delivery)

DONE = "C"
"""SAP's word for a status that is reached completely."""
PENDING = frozenset("AB")
"""Not at all, or in part. Empty says that it need not be reached:
https://help.sap.com/doc/saphelp_470/4.7/en-US/dd/5608c9545a11d1a7020000e829fd11/content.htm, read 2026-11
"""
PRECONDITION_FAILED = 412
STEPS_MAX = 200
"""Ours: no document of a shop's has more items that change at once."""


class SapSinks:
    _api: SapApi

    async def write_order(self, key: str, order: OrderDocument, *, is_repeat: bool, deadline: float) -> Written | None:
        number = order.external_id or (await self._written_number(order, deadline) if is_repeat else None)
        if number is None:
            return None if order.is_canceled else Written(await self._create_order(order, deadline))
        units = await self._units(map(bodies.material_of, order.lines), deadline)
        read = partial(self._order, number, deadline)
        await self._settle(read, partial(next_order_change, order, units, self._api.settings), deadline)
        return Written(number)

    async def write_shipment(
        self, key: str, shipment: ShipmentDocument, *, is_repeat: bool, deadline: float
    ) -> Written:
        order = await self._order_of(shipment.order, deadline)
        number = await self._delivery_number(shipment, order, deadline) if is_repeat else None
        if number is None:
            plant, storage_location = self._place(shipment.location)
            read_order = partial(self._order, order.sales_order, deadline)
            order = await self._settle(read_order, partial(next_place, shipment, plant, storage_location), deadline)
            body = bodies.delivery(shipment, order, self._api.settings)
            number = (await self._api.create(NewDelivery, body, deadline=deadline)).delivery_document
        read = partial(self._delivery, number, deadline)
        await self._settle(read, partial(next_delivery_step, shipment), deadline)
        return Written(number)

    async def write_return(self, key: str, returned: ReturnDocument, *, is_repeat: bool, deadline: float) -> Written:
        order = await self._order_of(returned.order, deadline)
        if is_repeat:
            where = f"AssignmentReference eq {quoted(bodies.return_reference(returned))}"
            where += f" and PurchaseOrderByCustomer eq {quoted(returned.order.number)}"
            if found := await self._api.rows(CustomerReturn, where, deadline=deadline):
                return Written(found[0].customer_return)
        body = bodies.customer_return(returned, order, self._api.settings)
        return Written((await self._api.create(CustomerReturn, body, deadline=deadline)).customer_return)

    async def write_stock(self, key: str, change: StockChange, *, is_repeat: bool, deadline: float) -> Written:
        self._place(change.location)
        if is_repeat:
            where = f"ReferenceDocument eq {quoted(bodies.movement_reference(key))}"
            if found := await self._api.rows(MaterialDocument, where, deadline=deadline):
                return Written(_document_id(found[0]))
        units = await self._units([bodies.material_of(change)], deadline)
        body = bodies.material_document(key, change, units, self._api.settings)
        return Written(_document_id(await self._api.create(MaterialDocument, body, deadline=deadline)))

    async def _create_order(self, order: OrderDocument, deadline: float) -> str:
        sold_to = order.customer_external_id or self._api.settings.guest_customer
        if not sold_to:
            raise self._refused(f"knows no customer for order {order.number}, and no guest_customer is set")
        units = await self._units(map(bodies.material_of, order.lines), deadline)
        body = bodies.sales_order(order, sold_to, units, self._api.settings)
        return (await self._api.create(NewOrder, body, deadline=deadline)).sales_order

    async def _units(self, materials: Iterable[str], deadline: float) -> Mapping[str, str]:
        """The base unit of each."""

        async def ask(asked: Sequence[str]) -> Mapping[str, str]:
            rows = await self._api.rows(BaseUnit, any_of("Material", asked), deadline=deadline)
            return {material_number(row.material): row.material_base_unit or "" for row in rows}

        wanted = dict.fromkeys(materials)
        found = await in_chunks(askable(list(wanted), MATERIAL_LENGTH_MAX), self._api.ids_per_query_max, ask)
        return {each: found.get(material_number(each)) or self._api.settings.base_unit for each in wanted}

    async def _order_of(self, document: OrderDocument, deadline: float) -> Order:
        """A document that follows from an order waits until the order is there."""
        number = document.external_id or await self._order_number(document.number, deadline)
        if number is None:
            raise SourceUnavailable(self._api.info.key, f"{self._api.info.key} has no order {document.number} yet")
        return await self._order(number, deadline)

    async def _written_number(self, order: OrderDocument, deadline: float) -> str | None:
        """Of one that has all we would write: customers may have numbers like ours for orders of their own."""
        day = day_literal(bodies.order_day(order, self._api.settings))
        return await self._order_number(order.number, deadline, f" and CustomerPurchaseOrderDate eq {day}")

    async def _order_number(self, reference: str, deadline: float, more: str = "") -> str | None:
        where = f"PurchaseOrderByCustomer eq {quoted(reference)}{more}"
        if self._api.settings.sales_organization:
            where += f" and SalesOrganization eq {quoted(self._api.settings.sales_organization)}"
        found = await self._api.rows(Order, where, deadline=deadline)
        return min((row.sales_order for row in found), key=lambda number: number.zfill(10), default=None)

    async def _order(self, number: str, deadline: float) -> Order:
        return await self._api.row(Order, key(SalesOrder=number), deadline=deadline)

    async def _delivery(self, number: str, deadline: float) -> Delivery:
        return await self._api.row(Delivery, key(DeliveryDocument=number), deadline=deadline)

    async def _delivery_number(self, shipment: ShipmentDocument, order: Order, deadline: float) -> str | None:
        """By our number; else one of this order with the same contents that nobody has named or sent off yet."""
        where = f"ReferenceSDDocument eq {quoted(order.sales_order)}"
        items = await self._api.rows(DeliveryItem, where, deadline=deadline)
        numbers = sorted({item.delivery_document for item in items})
        if not numbers:
            return None
        found = await self._api.rows(Delivery, any_of("DeliveryDocument", numbers), deadline=deadline)
        ours = [each for each in found if each.delivery_document_by_supplier == shipment.number]
        unnamed = [each for each in found if _may_be(each, shipment)]
        return next((each.delivery_document for each in [*ours, *unnamed]), None)

    async def _settle(
        self, read: Callable[[], Awaitable[D]], next_change: Callable[[D], Change | None], deadline: float
    ) -> D:
        made: Change | None = None
        for _ in range(STEPS_MAX):
            document = await read()
            change = next_change(document)
            if change is None:
                return document
            if change == made:
                raise self._api.garbled(f"took '{change.name}' for {change.resource} and does not show it")
            try:
                await self._api.change(change, etag=document.metadata.etag, deadline=deadline)
                made = change
            except SourceRefused as refusal:
                if refusal.status != PRECONDITION_FAILED:
                    raise
        raise SourceUnavailable(self._api.info.key, f"{self._api.info.key} has this document changed all the time")

    def _place(self, location: str) -> tuple[str, str]:
        plant, _, storage_location = location.partition("/")
        if not storage_location:
            raise self._refused(f"knows no plant and storage location for {location}; map it in locations")
        return plant, storage_location

    def _refused(self, what: str) -> SourceRefused:
        return SourceRefused(self._api.info.key, f"{self._api.info.key} {what}")


def next_order_change(order: OrderDocument, units: bodies.Units, settings: SapSettings, row: Order) -> Change | None:
    """The first item that is not as the order has it. Canceled units are taken off, canceled items rejected. An item
    that SAP added to one of ours, as free goods are, stays as long as that does.
    """
    lines = {bodies.item_number(line.position): line for line in order.lines}
    for number, line in lines.items():
        item = row.item(number)
        if item is None:
            about = key(SalesOrder=row.sales_order)
            body = bodies.order_item(line, units, settings)
            return Change(Order.service, f"{Order.entity_set}{about}/to_Item", body, method="POST", name="add item")
        if item.sales_document_rjcn_reason or item.requested_quantity != line.quantity:
            changes = {"RequestedQuantity": str(line.quantity)}
            if item.sales_document_rjcn_reason:
                changes["SalesDocumentRjcnReason"] = ""
            return _item_change(row, number, changes)
    living = (item for item in row.items.results if not item.sales_document_rjcn_reason)
    canceled = next((item.number for item in living if lines.keys().isdisjoint((item.number, item.above))), None)
    return _item_change(row, canceled, {"SalesDocumentRjcnReason": settings.rejection_reason}) if canceled else None


def next_place(shipment: ShipmentDocument, plant: str, storage_location: str, row: Order) -> Change | None:
    """The first item that SAP would send from elsewhere."""
    for line in shipment.lines:
        item = row.item(bodies.item_number(line.position))
        if item and (item.production_plant, item.storage_location) != (plant, storage_location):
            return _item_change(row, item.number, {"ProductionPlant": plant, "StorageLocation": storage_location})
    return None


def next_delivery_step(shipment: ShipmentDocument, row: Delivery) -> Change | None:
    """Named, then picked, then its goods issued, which cannot be done twice; the last two where SAP has them done."""
    if row.overall_goods_movement_status == DONE:
        return None
    named = (row.delivery_document_by_supplier or "", row.bill_of_lading or "")
    ours = (shipment.number, (shipment.tracking_number or "")[: bodies.BILL_OF_LADING_LENGTH_MAX])
    if named != ours:
        about = key(DeliveryDocument=row.delivery_document)
        body = {"DeliveryDocumentBySupplier": ours[0], "BillOfLading": ours[1]}
        return Change(Delivery.service, f"{Delivery.entity_set}{about}", body, name="name delivery")
    steps = {"PickAllItems": row.overall_picking_status, "PostGoodsIssue": row.overall_goods_movement_status}
    action = next((name for name, status in steps.items() if status in PENDING), None)
    if action is None:
        return None
    asked = {"DeliveryDocument": quoted(row.delivery_document)}
    return Change(Delivery.service, action, options=asked, method="POST", name=action)


def _item_change(row: Order, number: str, changes: dict[str, str]) -> Change:
    about = key(SalesOrder=row.sales_order, SalesOrderItem=number)
    return Change(Order.service, f"{OrderItem.entity_set}{about}", changes, name="change item")


def _may_be(row: Delivery, shipment: ShipmentDocument) -> bool:
    if row.delivery_document_by_supplier or row.overall_goods_movement_status == DONE:
        return False
    asked = {bodies.item_number(line.position): line.quantity for line in shipment.lines}
    there = {bare(item.order_item or ""): item.actual_delivery_quantity for item in row.items.results}
    return asked == there


def _document_id(row: MaterialDocument) -> str:
    return f"{row.material_document_year}/{row.material_document}"
