"""The sandboxed system as a whole: on top of sales and stock, deliveries.

A delivery whose goods are issued is billed at once, as a job of the system's would do later.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.sandbox.sap.answers import Refusal
from app.sandbox.sap.flow import follow_delivery, follow_goods_issue, follow_invoice
from app.sandbox.sap.loading import DELIVERY_ITEMS, INVOICE_ITEMS
from app.sandbox.sap.sales import Sales
from app.sandbox.sap.tables import Row, bare


class System(Sales):
    """Each of its methods raises Refusal."""

    def create_delivery(self, given: Row) -> Row:
        asked = given.get("to_DeliveryDocumentItem", [])
        if not asked:
            raise Refusal(400, "VL/001", "No delivery items were given")
        items = [self._delivery_item(each, position) for position, each in enumerate(asked, start=1)]
        number = self._number("DeliveryDocument", "A_OutbDeliveryHeader", 80_000_000)
        order = self._order_of({"SalesOrder": items[0]["ReferenceSDDocument"]})
        delivery = {
            "DeliveryDocument": number,
            "DeliveryVersion": "0001",
            "SoldToParty": order.get("SoldToParty", ""),
            "CreationDate": self._today(),
            **dict.fromkeys(("OverallSDProcessStatus", "OverallPickingStatus", "OverallGoodsMovementStatus"), "A"),
            "to_DeliveryDocumentItem": items,
        }
        row = self.tables.add("A_OutbDeliveryHeader", delivery)
        follow_delivery(self.tables, row, self.tables.follow(row, DELIVERY_ITEMS))
        self._order_changed(order)
        self.effects.happened("delivery", str(order.get("PurchaseOrderByCustomer", "")))
        return row

    def change_delivery(self, delivery: Row, changes: Mapping[str, Any]) -> None:
        version = int(delivery.get("DeliveryVersion") or "0") + 1
        self.tables.change("A_OutbDeliveryHeader", delivery, {**changes, "DeliveryVersion": f"{version:04d}"})

    def pick(self, delivery: Row) -> None:
        if delivery.get("OverallGoodsMovementStatus") == "C":
            raise Refusal(400, "VL/608", f"Delivery {delivery['DeliveryDocument']}: goods have been issued already")
        for item in self.tables.follow(delivery, DELIVERY_ITEMS):
            if not item.get("StorageLocation"):
                raise Refusal(400, "VL/455", f"Item {item['DeliveryDocumentItem']}: no storage location to pick from")
            self.tables.change("A_OutbDeliveryItem", item, {"PickingStatus": "C"})
        self.change_delivery(delivery, {"OverallPickingStatus": "C"})

    def issue_goods(self, delivery: Row) -> None:
        number = delivery["DeliveryDocument"]
        if delivery.get("OverallGoodsMovementStatus") == "C":
            raise Refusal(400, "VL/602", f"Goods issue for delivery {number} was posted already")
        if delivery.get("OverallPickingStatus") in ("A", "B"):
            raise Refusal(400, "VL/601", f"Delivery {number} has not been picked completely")
        items = self.tables.follow(delivery, DELIVERY_ITEMS)
        moved = [(each, "601", -Decimal(each["ActualDeliveryQuantity"])) for each in items]
        document = self._post(moved, {"ReferenceDocument": number})
        for item in items:
            self.tables.change("A_OutbDeliveryItem", item, {"GoodsMovementStatus": "C"})
        issued = {"OverallGoodsMovementStatus": "C", "OverallSDProcessStatus": "C"}
        self.change_delivery(delivery, {**issued, "ActualGoodsMovementDate": self._today()})
        follow_goods_issue(self.tables, delivery, items, document["MaterialDocument"])
        order = self._order_of({"SalesOrder": items[0]["ReferenceSDDocument"]})
        self._bill(order, items)
        self._order_changed(order)
        self.effects.happened("goods_issue", str(delivery.get("DeliveryDocumentBySupplier") or number))

    def _bill(self, order: Row, items: list[Row]) -> None:
        number = self._number("BillingDocument", "A_BillingDocument", 90_000_000)
        net = sum((self._net(item) for item in items), Decimal(0))
        billed = [
            {
                "BillingDocumentItem": item["DeliveryDocumentItem"],
                "SalesDocument": item["ReferenceSDDocument"],
                "SalesDocumentItem": item["ReferenceSDDocumentItem"],
                "Material": item["Material"],
                "BillingQuantity": item["ActualDeliveryQuantity"],
            }
            for item in items
        ]
        about = ("SalesOrganization", "SoldToParty", "PurchaseOrderByCustomer", "TransactionCurrency")
        invoice = {
            **{name: order.get(name, "") for name in about},
            "BillingDocument": number,
            "BillingDocumentType": "F2",
            "SDDocumentCategory": "M",
            "AccountingPostingStatus": "C",
            "CreationDate": self._today(),
            "CreationTime": f"PT{self._time():%HH%MM%SS}",
            "TotalNetAmount": f"{net:.3f}",
            "TotalGrossAmount": f"{net:.3f}",
            "LastChangeDateTime": self._stamp(),
            "to_Item": billed,
        }
        row = self.tables.add("A_BillingDocument", invoice)
        follow_invoice(self.tables, row, self.tables.follow(row, INVOICE_ITEMS))

    def _net(self, item: Row) -> Decimal:
        ordered = self._ordered(item)
        quantity = Decimal(ordered.get("RequestedQuantity") or "0") or Decimal(1)
        return Decimal(ordered.get("NetAmount", "0")) * Decimal(item["ActualDeliveryQuantity"]) / quantity

    def _delivery_item(self, given: Row, position: int) -> Row:
        ordered = self._ordered(given)
        open_quantity = Decimal(ordered.get("RequestedQuantity") or "0") - self._delivered(ordered)
        quantity = Decimal(given.get("ActualDeliveryQuantity") or open_quantity)
        if ordered.get("SalesDocumentRjcnReason") or quantity > open_quantity or quantity <= 0:
            told = f"Item {ordered['SalesOrderItem']}: only {open_quantity:f} are open for delivery"
            raise Refusal(400, "VL/367", told)
        plant, place = ordered.get("ProductionPlant", ""), ordered.get("StorageLocation", "")
        if not plant:
            found = next(self.tables.among("A_MatlStkInAcctMod", "Material", [bare(ordered["Material"])]), {})
            plant, place = found.get("Plant", ""), found.get("StorageLocation", "")
        return {
            "DeliveryDocumentItem": str(position * 10),
            "Material": ordered["Material"],
            "Plant": plant,
            "StorageLocation": place,
            "ActualDeliveryQuantity": f"{quantity:.3f}",
            "DeliveryQuantityUnit": given.get("DeliveryQuantityUnit") or ordered.get("RequestedQuantityUnit", ""),
            "ReferenceSDDocument": ordered["SalesOrder"],
            "ReferenceSDDocumentItem": ordered["SalesOrderItem"],
            "DeliveryVersion": "0001",
            "PickingStatus": "A",
            "GoodsMovementStatus": "A",
        }
