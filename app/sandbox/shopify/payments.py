"""Money of a shop's orders: held in the checkout, then captured or voided."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.sandbox.shopify.objects import Object, money_bag, rounded, transaction
from app.sandbox.shopify.shop import Catalog, UserError, legacy_id

DECLINING = "declining"
"""A gateway that takes no money after all."""


class Payments(Catalog):
    def touch(self, order: Object, topic: str = "orders/updated", *, at: str | None = None) -> None:
        """The order has changed, and whoever has subscribed to it is told."""
        order["updatedAt"] = at or self.at()
        self.tell(topic, _order_event(order))

    def capture(self, asked: Mapping[str, Any]) -> Object:
        order = self.find("Order", asked["id"])
        held = self.held(order, asked["parentTransactionId"])
        left = self.capturable(held)
        amount = Decimal(asked["amount"])
        if held["order"]["presentmentCurrencyCode"] != order["currencyCode"] and "currency" not in asked:
            raise UserError("Currency must be given where it differs from the shop's")
        if not 0 < amount <= left:
            raise UserError("Amount must be positive and at most what is left to capture", None, ["amount"])
        if self._has_expired(held):
            raise UserError("The authorization has expired", None, ["parentTransactionId"])
        made = self.pay(order, "CAPTURE", held, amount)
        if made["status"] == "SUCCESS" and amount < left and (asked.get("finalCapture") or not held["multiCapturable"]):
            self.pay(order, "VOID", held, left - amount)
        self.touch(order, "orders/paid")
        return made

    def void(self, gid: str) -> Object:
        held = self.nodes.get(gid)
        if held is None or "kind" not in held:
            raise UserError("Transaction does not exist.", "TRANSACTION_NOT_FOUND")
        if held["kind"] != "AUTHORIZATION" or held["status"] != "SUCCESS":
            raise UserError("Transaction must be a successful authorization.", "AUTH_NOT_SUCCESSFUL")
        if children(held, "CAPTURE") or self.capturable(held) <= 0 or self._has_expired(held):
            raise UserError("Transaction must be voidable.", "AUTH_NOT_VOIDABLE")
        made = self.pay(held["order"], "VOID", held, presented(held))
        self.touch(held["order"])
        return made

    def capturable(self, held: Object) -> Decimal:
        """In the currency that the buyer paid in."""
        if held["kind"] != "AUTHORIZATION":
            return Decimal(0)
        gone = [*children(held, "CAPTURE"), *children(held, "VOID")]
        return presented(held) - sum(presented(each) for each in gone)

    def _has_expired(self, held: Object) -> bool:
        return held["authorizationExpiresAt"] is not None and held["authorizationExpiresAt"] <= self.at()

    def held(self, order: Object, gid: str) -> Object:
        found: Object | None = next((each for each in order["transactions"] if each["id"] == gid), None)
        if found is None:
            raise UserError("Transaction does not exist", None, ["parentTransactionId"])
        return found

    def pay(self, order: Object, kind: str, parent: Object, amount: Decimal) -> Object:
        of_parent = amount / presented(parent)
        of_shop = rounded(Decimal(parent["amountSet"]["shopMoney"]["amount"]) * of_parent, order["currencyCode"])
        made = transaction(
            {
                "id": self.new_id("OrderTransaction"),
                "kind": kind,
                "status": "FAILURE" if (kind, parent["gateway"]) == ("CAPTURE", DECLINING) else "SUCCESS",
                "gateway": parent["gateway"],
                "createdAt": self.at(),
                "amountSet": money_bag(
                    str(of_shop), order["currencyCode"], presentment=(str(amount), order["presentmentCurrencyCode"])
                ),
                "parentTransaction": parent,
                "order": order,
            }
        )
        order["transactions"].append(self.add(made))
        if made["status"] == "SUCCESS":
            self.effects.happened(kind.lower(), parent["id"])
        return made


def children(parent: Object, kind: str) -> list[Object]:
    return [
        each
        for each in parent["order"]["transactions"]
        if each["kind"] == kind and each["parentTransaction"] is parent and each["status"] in ("SUCCESS", "PENDING")
    ]


def presented(transaction: Object) -> Decimal:
    return Decimal(transaction["amountSet"]["presentmentMoney"]["amount"])


def _order_event(order: Object) -> Object:
    told = {"id": legacy_id(order), "admin_graphql_api_id": order["id"], "updated_at": order["updatedAt"]}
    buyer = order["customer"]
    return told | ({"customer": {"id": legacy_id(buyer), "admin_graphql_api_id": buyer["id"]}} if buyer else {})
