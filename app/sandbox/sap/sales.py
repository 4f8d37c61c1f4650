"""Sales orders of the sandboxed system: what they must say, how they change, what their statuses are."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.sandbox.sap.answers import Refusal
from app.sandbox.sap.entity_sets import ENTITY_SETS
from app.sandbox.sap.ledger import Ledger
from app.sandbox.sap.tables import Row, bare

ORDER_ITEMS = ENTITY_SETS["A_SalesOrder"].links["to_Item"]
ORDER_PRICES = ENTITY_SETS["A_SalesOrder"].links["to_PricingElement"]


class Sales(Ledger):
    """Each of its methods raises Refusal."""

    def create_sales_order(self, given: Row) -> Row:
        for name in ("SalesOrderType", "SalesOrganization", "DistributionChannel", "OrganizationDivision"):
            if not given.get(name):
                raise Refusal(400, "V1/042", f"Please enter a value for {name}")
        customer = bare(given.get("SoldToParty", ""))
        if self.tables.find("A_Customer", {"Customer": customer}) is None:
            names = ("SalesOrganization", "DistributionChannel", "OrganizationDivision")
            area = " ".join(given[name] for name in names)
            raise Refusal(400, "VP/199", f"Sold-to party {customer} not maintained for sales area {area}")
        items = [self._order_item(item, given) for item in given.get("to_Item", [])]
        number = self._number("SalesOrder", "A_SalesOrder", 1)
        statuses = ("OverallSDProcessStatus", "OverallTotalDeliveryStatus", "OverallSDDocumentRejectionSts")
        order = {**given, "SalesOrder": number, "to_Item": items, "CreationDate": self._today()}
        order |= dict.fromkeys(statuses, "A")
        order["to_PricingElement"] = _numbered(given.get("to_PricingElement", ()))
        self.effects.happened("sales_order", str(given.get("PurchaseOrderByCustomer", "")))
        row = self.tables.add("A_SalesOrder", order)
        self._order_changed(row)
        return row

    def add_order_item(self, order: Row, given: Row) -> Row:
        item = self.tables.add(
            "A_SalesOrderItem", {**self._order_item(given, order), "SalesOrder": order["SalesOrder"]}
        )
        self.effects.happened("order_change", f"{bare(order['SalesOrder'])}/{item['SalesOrderItem']}")
        self._order_changed(order)
        return item

    def change_order_item(self, item: Row, changes: Mapping[str, Any]) -> None:
        order = self._order_of(item)
        shipped = self._delivered(item)
        if shipped and not changes.keys().isdisjoint(("ProductionPlant", "StorageLocation")):
            raise Refusal(400, "V1/503", f"Item {item['SalesOrderItem']}: the plant of what is delivered cannot change")
        if Decimal(changes.get("RequestedQuantity") or item.get("RequestedQuantity", "0")) < shipped:
            raise Refusal(400, "V4/083", f"Item {item['SalesOrderItem']}: a quantity of {shipped} is delivered already")
        was = Decimal(item.get("RequestedQuantity", "0"))
        self.tables.change("A_SalesOrderItem", item, changes)
        if was:
            net = Decimal(item.get("NetAmount", "0")) * Decimal(item["RequestedQuantity"]) / was
            self.tables.change("A_SalesOrderItem", item, {"NetAmount": f"{net:.3f}"})
        self.effects.happened("order_change", f"{bare(order['SalesOrder'])}/{item['SalesOrderItem']}")
        self._order_changed(order)

    def create_return(self, given: Row) -> Row:
        if not given.get("CustomerReturnType") or not given.get("to_Item"):
            raise Refusal(400, "V1/042", "Please enter a document type and at least one item")
        for item in given["to_Item"]:
            item["Material"] = self._ordered(item)["Material"]
        number = self._number("CustomerReturn", "A_CustomerReturn", 60_000_000)
        open_return = {"OverallSDProcessStatus": "A", "OverallSDDocumentRejectionSts": "A"}
        dated = {"CreationDate": self._today(), "LastChangeDateTime": self._stamp()}
        self.effects.happened("customer_return", str(given.get("AssignmentReference", "")))
        return self.tables.add("A_CustomerReturn", {**given, "CustomerReturn": number, **open_return, **dated})

    def _order_item(self, given: Row, order: Row) -> Row:
        self._check_material(given, order.get("SalesOrganization", ""))
        quantity = Decimal(given.get("RequestedQuantity") or "0")
        if quantity <= 0:
            raise Refusal(400, "V1/308", f"Item {given.get('SalesOrderItem')}: enter a quantity")
        prices = given.get("to_PricingElement", ())
        return {
            "RequestedQuantityUnit": "PC",
            "DeliveryStatus": "A",
            "SDProcessStatus": "A",
            **given,
            "TransactionCurrency": order.get("TransactionCurrency", ""),
            "NetAmount": f"{sum((_value(each, quantity) for each in prices), Decimal(0)):.3f}",
            "to_PricingElement": _numbered(prices),
        }

    def _ordered(self, item: Row) -> Row:
        order, number = item.get("ReferenceSDDocument", ""), item.get("ReferenceSDDocumentItem", "")
        found = self.tables.find("A_SalesOrderItem", {"SalesOrder": order, "SalesOrderItem": number})
        if found is None:
            raise Refusal(400, "V1/302", f"Item {number} of SD document {order} is not in the database")
        return found

    def _delivered(self, ordered: Row) -> Decimal:
        items = self.tables.among("A_OutbDeliveryItem", "ReferenceSDDocument", [bare(ordered["SalesOrder"])])
        mine = (each for each in items if bare(each["ReferenceSDDocumentItem"]) == bare(ordered["SalesOrderItem"]))
        return sum((Decimal(each.get("ActualDeliveryQuantity", "0")) for each in mine), Decimal(0))

    def _order_of(self, row: Row) -> Row:
        order = self.tables.find("A_SalesOrder", {"SalesOrder": row["SalesOrder"]})
        if order is None:
            raise Refusal(404, "V1/302", f"SD document {row['SalesOrder']} is not in the database")
        return order

    def _order_changed(self, order: Row) -> None:
        """Its statuses follow from its items."""
        items = self.tables.follow(order, ORDER_ITEMS)
        rejected = [item for item in items if item.get("SalesDocumentRjcnReason")]
        left = [item for item in items if not item.get("SalesDocumentRjcnReason")]
        shipped = [self._delivered(item) for item in left]
        is_whole = all(each >= Decimal(item["RequestedQuantity"]) for each, item in zip(shipped, left, strict=True))
        status = "C" if is_whole else "B" if any(shipped) else "A"
        changes = {
            "OverallSDProcessStatus": status,
            "OverallTotalDeliveryStatus": status,
            "OverallSDDocumentRejectionSts": "A" if not rejected else "B" if left else "C",
            "LastChangeDateTime": self._stamp(),
        }
        if all("NetAmount" in item for item in items):
            freight = sum((_value(each, Decimal(1)) for each in self.tables.follow(order, ORDER_PRICES)), Decimal(0))
            changes["TotalNetAmount"] = f"{sum((Decimal(item['NetAmount']) for item in left), freight):.3f}"
        self.tables.change("A_SalesOrder", order, changes)


def _value(price: Row, quantity: Decimal) -> Decimal:
    per = Decimal(price.get("ConditionQuantity") or "1")
    return Decimal(price.get("ConditionRateValue") or "0") * quantity / per


def _numbered(prices: Any) -> list[Row]:
    return [
        {"PricingProcedureStep": str(step), "PricingProcedureCounter": "1", **price}
        for step, price in enumerate(prices, start=10)
    ]
