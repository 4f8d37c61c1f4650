"""What becomes of a shop's orders: they are called off, refunded, sent and returned. Their money: payments.py."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.sandbox.data import ShopifyShop
from app.sandbox.shopify.checkout import Checkout, Till
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.payments import Payments, children, presented
from app.sandbox.shopify.shop import Tell, UserError, legacy_id


class Shop(Payments):
    def __init__(
        self, known: ShopifyShop, *, now: Callable[[], float], tell: Tell = lambda _topic, _body: None
    ) -> None:
        super().__init__(known, now=now, tell=tell)
        self._till = Till(self)
        for row in known.orders:
            self.add(row)

    def place(self, bought: Checkout) -> Object:
        made = self.add(self._till.order(bought))
        location = self.locations[0] if self.locations else None
        made["fulfillmentOrders"] = [self._fulfillment_order(made, location)] if location else []
        for line in made["lineItems"]:
            self._commit(line, line["quantity"])
        self.touch(made, "orders/create", at=made["updatedAt"])
        return made

    def refund(self, asked: Mapping[str, Any], key: str) -> Object:
        order = self.find("Order", asked["orderId"])
        parts = []
        for each in asked.get("transactions") or ():
            parent = self.held(order, each.get("parentId") or "")
            if parent["kind"] not in ("CAPTURE", "SALE"):
                raise UserError("Transaction is not refundable", None, ["transactions"])
            amount = Decimal(each["amount"])
            left = presented(parent) - sum(presented(child) for child in children(parent, "REFUND"))
            if not 0 < amount <= left:
                raise UserError("Refund amount must be at most what was paid", None, ["transactions"])
            parts.append((parent, amount))
        made: Object = {
            "id": self.new_id("Refund"),
            "createdAt": self.at(),
            "note": asked.get("note"),
            "return": None,
            "refundLineItems": self._take_back(order, asked.get("refundLineItems") or ()),
        }
        made["transactions"] = [self.pay(order, "REFUND", parent, amount) for parent, amount in parts]
        order["refunds"].append(self.add(made))
        self.effects.happened("refund", key)
        self.tell(
            "refunds/create", {"id": legacy_id(made), "order_id": legacy_id(order), "admin_graphql_api_id": made["id"]}
        )
        self.touch(order)
        return made

    def cancel(self, gid: str) -> Object:
        """Without a refund of money; what is only held is let go of."""
        order = self.find("Order", gid)
        if order["cancelledAt"]:
            raise UserError("Order has already been cancelled", "INVALID", ["orderId"])
        if order["fulfillments"]:
            raise UserError("Cannot cancel an order that has been fulfilled", "INVALID", ["orderId"])
        for held in [each for each in order["transactions"] if each["kind"] == "AUTHORIZATION"]:
            if self.capturable(held) > 0 and not children(held, "CAPTURE"):
                self.pay(order, "VOID", held, presented(held))
        units = [
            {"lineItemId": line["id"], "quantity": line["currentQuantity"], "restockType": "CANCEL"}
            for line in order["lineItems"]
            if line["currentQuantity"]
        ]
        refund = {"id": self.new_id("Refund"), "createdAt": self.at(), "note": None, "return": None}
        order["refunds"].append(
            self.add(refund | {"transactions": [], "refundLineItems": self._take_back(order, units)})
        )
        for each in order["fulfillmentOrders"]:
            each["status"] = "CANCELLED"
        order["cancelledAt"] = order["closedAt"] = self.at()
        self.effects.happened("cancel", order["id"])
        self.touch(order, "orders/cancelled")
        return order

    def fulfill(self, asked: Mapping[str, Any]) -> Object:
        tracking = {"company": None, "number": None, "url": None, **(asked.get("trackingInfo") or {})}
        units: list[tuple[Object, int]] = []
        orders = []
        for part in asked["lineItemsByFulfillmentOrder"]:
            planned = self.find("FulfillmentOrder", part["fulfillmentOrderId"])
            if planned["status"] not in ("OPEN", "IN_PROGRESS"):
                raise UserError(f"Fulfillment order {legacy_id(planned)} has an unfulfillable status= closed.")
            chosen = part.get("fulfillmentOrderLineItems")
            asked_for = {each["id"]: each["quantity"] for each in chosen} if chosen else None
            for each in planned["lineItems"]:
                quantity = each["remainingQuantity"] if asked_for is None else asked_for.get(each["id"], 0)
                if quantity > each["remainingQuantity"]:
                    raise UserError("Invalid fulfillment order line item quantity requested.")
                units.append((each, quantity))
            orders.append(planned)
        order = orders[0]["order"]
        made = self.add(self._fulfillment(order, [(each, quantity) for each, quantity in units if quantity], tracking))
        for planned in orders:
            is_done = not any(each["remainingQuantity"] for each in planned["lineItems"])
            planned["status"] = "CLOSED" if is_done else "IN_PROGRESS"
        order["fulfillments"].append(made)
        self.effects.happened("fulfillment", tracking["number"] or made["id"])
        self.tell("fulfillments/create", _part_event(made, order))
        self.touch(order)
        return made

    def take_return(self, asked: Mapping[str, Any]) -> Object:
        order = self.find("Order", asked["orderId"])
        lines = []
        for each in asked["returnLineItems"]:
            sent = self.find("FulfillmentLineItem", each["fulfillmentLineItemId"])
            back = sum(
                line["quantity"]
                for earlier in order["returns"]
                for line in earlier["returnLineItems"]
                if line["fulfillmentLineItem"] is sent
            )
            if each["quantity"] > sent["quantity"] - back:
                raise UserError("Return line item has an invalid quantity.", "INVALID", ["returnInput"])
            lines.append(
                self.add(
                    {
                        "id": self.new_id("ReturnLineItem"),
                        "quantity": each["quantity"],
                        "returnReasonNote": each.get("returnReasonNote") or "",
                        "fulfillmentLineItem": sent,
                    }
                )
            )
        made = self.add(
            {"id": self.new_id("Return"), "status": "OPEN", "returnLineItems": lines, "order": order, "closedAt": None}
        )
        order["returns"].append(made)
        self.effects.happened("return", lines[0]["returnReasonNote"])
        self.tell("returns/approve", _return_event(made))
        self.touch(order)
        return made

    def close_return(self, gid: str) -> Object:
        """Harmless to repeat."""
        made = self.find("Return", gid)
        if made["status"] == "OPEN":
            made["status"], made["closedAt"] = "CLOSED", self.at()
            self.tell("returns/close", _return_event(made))
            self.touch(made["order"])
        return made

    def tag(self, gid: str, tags: Sequence[str]) -> Object:
        order = self.find("Order", gid)
        new = [tag for tag in tags if tag not in order["tags"]]
        if new:
            order["tags"] += new
            self.touch(order)
        return order

    def _take_back(self, order: Object, units: Sequence[Mapping[str, Any]]) -> list[Object]:
        taken = []
        for each in units:
            line = self.find("LineItem", each["lineItemId"])
            if each["quantity"] > line["refundableQuantity"]:
                raise UserError("Quantity cannot refund more items than were purchased", None, ["refundLineItems"])
            taken.append((line, each["quantity"], each.get("restockType") or "NO_RESTOCK"))
        for line, quantity, restock in taken:
            line["currentQuantity"] -= quantity
            line["refundableQuantity"] -= quantity
            line["nonFulfillableQuantity"] = min(line["quantity"], line["nonFulfillableQuantity"] + quantity)
            if restock == "CANCEL":
                line["unfulfilledQuantity"] -= quantity
                self._unplan(order, line, quantity)
                self._commit(line, -quantity)
        return [{"lineItem": line, "quantity": quantity, "restockType": kind} for line, quantity, kind in taken]

    def _unplan(self, order: Object, line: Object, quantity: int) -> None:
        for planned in order["fulfillmentOrders"]:
            for each in planned["lineItems"]:
                if each["lineItem"] is line:
                    each["remainingQuantity"] -= quantity

    def _fulfillment_order(self, order: Object, location: Object) -> Object:
        lines = [
            {
                "id": self.new_id("FulfillmentOrderLineItem"),
                "lineItem": line,
                "totalQuantity": line["quantity"],
                "remainingQuantity": line["quantity"],
            }
            for line in order["lineItems"]
            if not line["nonFulfillableQuantity"]
        ]
        return self.add(
            {
                "id": self.new_id("FulfillmentOrder"),
                "status": "OPEN",
                "createdAt": self.at(),
                "assignedLocation": {"name": location["name"], "location": location},
                "lineItems": lines,
                "order": order,
            }
        )

    def _fulfillment(self, order: Object, units: Sequence[tuple[Object, int]], tracking: Object) -> Object:
        lines = []
        for planned, quantity in units:
            planned["remainingQuantity"] -= quantity
            planned["lineItem"]["unfulfilledQuantity"] -= quantity
            self._commit(planned["lineItem"], -quantity, is_sent=True)
            gid = self.new_id("FulfillmentLineItem")
            lines.append(self.add({"id": gid, "quantity": quantity, "lineItem": planned["lineItem"]}))
        return {
            "id": self.new_id("Fulfillment"),
            "name": f"{order['name']}-F{len(order['fulfillments']) + 1}",
            "status": "SUCCESS",
            "createdAt": self.at(),
            "deliveredAt": None,
            "location": order["fulfillmentOrders"][0]["assignedLocation"]["location"],
            "trackingInfo": [tracking] if tracking["number"] else [],
            "fulfillmentLineItems": lines,
        }

    def _commit(self, line: Object, quantity: int, *, is_sent: bool = False) -> None:
        item = line["variant"]["inventoryItem"] if line["variant"] else None
        if item and item["inventoryLevels"]:
            available = 0 if is_sent else -quantity
            self.move(item, item["inventoryLevels"][0], available=available, committed=quantity)


def _part_event(part: Object, order: Object) -> Object:
    return {"id": legacy_id(part), "order_id": legacy_id(order), "admin_graphql_api_id": part["id"]}


def _return_event(returned: Object) -> Object:
    order = {"id": legacy_id(returned["order"]), "admin_graphql_api_id": returned["order"]["id"]}
    return {"id": legacy_id(returned), "admin_graphql_api_id": returned["id"], "order": order}
