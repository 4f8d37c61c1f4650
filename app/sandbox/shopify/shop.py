"""What a Shopify shop holds: customers, products, stock at locations, and what its app has noted and subscribed to."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from app.sandbox.data import ShopifyShop
from app.sandbox.effects import Effects
from app.sandbox.shopify.objects import Object, customer, time_text

Tell = Callable[[str, Object], None]
"""Takes a topic, such as orders/create, and the event's body."""


class UserError(Exception):
    """A mutation's own refusal, told beside its payload."""

    def __init__(self, message: str, code: str | None = None, field: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.shown = {"message": message, "code": code, "field": field}


class Catalog:
    """Everything but the orders. `known` is what there was before the sandbox began."""

    def __init__(
        self, known: ShopifyShop, *, now: Callable[[], float], tell: Tell = lambda _topic, _body: None
    ) -> None:
        self.now = now
        self.tell = tell
        self.currency = known.currency
        self.effects = Effects()
        self.nodes: dict[str, Object] = {}
        self.subscriptions: list[Object] = []
        self._counts: Counter[str] = Counter()
        self._rows: defaultdict[str, list[Object]] = defaultdict(list)
        for row in known.customers:
            self.add(customer(row))
        self.locations = [
            self.add({"id": f"gid://shopify/Location/{id_}", "name": name}) for id_, name in known.locations
        ]
        for row in known.variants:
            self._stock_variant(row)

    def rows(self, kind: str) -> list[Object]:
        return self._rows[kind]

    def add(self, node: Object) -> Object:
        self.nodes[node["id"]] = node
        self._rows[node["id"].split("/")[3]].append(node)
        return node

    def new_id(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"gid://shopify/{kind}/{5_000_000 + self._counts[kind]}"

    def find(self, kind: str, gid: str) -> Object:
        node = self.nodes.get(gid)
        if node is None or gid.split("/")[3] != kind:
            raise UserError(f"{kind} does not exist", "NOT_FOUND")
        return node

    def variant(self, sku: str) -> Object | None:
        return next((each for each in self.rows("ProductVariant") if each["sku"] == sku), None)

    def at(self) -> str:
        return time_text(self.now())

    def level(self, item: Object, location: Object) -> Object | None:
        return next((each for each in item["inventoryLevels"] if each["location"] is location), None)

    def adjust(self, asked: Mapping[str, Any], key: str) -> Object:
        """inventoryAdjustQuantities. `available` is the one quantity that the sandbox lets be changed."""
        if asked["name"] != "available":
            raise UserError("The quantity name is invalid.", "INVALID_QUANTITY_NAME")
        changes = []
        for change in asked["changes"]:
            if "changeFromQuantity" not in change:
                raise UserError("changeFromQuantity must be given, even if null.", "INVALID")
            item = self.nodes.get(change["inventoryItemId"])
            location = self.nodes.get(change["locationId"])
            if item is None or "inventoryLevels" not in item:
                raise UserError("The specified inventory item could not be found.", "INVALID_INVENTORY_ITEM")
            level = self.level(item, location) if location else None
            if level is None:
                raise UserError("The specified location could not be found.", "INVALID_LOCATION")
            expected = change["changeFromQuantity"]
            if expected is not None and expected != quantity(level, "available"):
                message = "The changeFromQuantity argument no longer matches the persisted quantity."
                raise UserError(message, "CHANGE_FROM_QUANTITY_STALE")
            changes.append((item, level, change["delta"]))
        for item, level, delta in changes:
            self.move(item, level, available=delta)
        self.effects.happened("adjustment", key)
        return {"id": self.new_id("InventoryAdjustmentGroup")}

    def move(self, item: Object, level: Object, *, available: int = 0, committed: int = 0) -> None:
        """What is on hand is what is available and what is committed to orders."""
        for each in level["quantities"]:
            each["quantity"] += {"available": available, "committed": committed}.get(
                each["name"], available + committed
            )
        self.tell(
            "inventory_levels/update",
            {
                "inventory_item_id": legacy_id(item),
                "location_id": legacy_id(level["location"]),
                "available": quantity(level, "available"),
                "updated_at": self.at(),
                "admin_graphql_api_id": level["id"],
            },
        )

    def change_variant(self, sku: str, change: Mapping[str, Any]) -> Object:
        """Price or title, as a merchant does; the title is the product's."""
        variant = self.variant(sku)
        if variant is None:
            raise UserError(f"nobody knows {sku}", "NOT_FOUND")
        product = self.nodes[variant["product"]["id"]]
        for name, value in change.items():
            for node in (product, variant["product"]) if name in ("title", "status") else (variant,):
                node[name] = value
        for node in (product, variant["product"], variant):
            node["updatedAt"] = self.at()
        variants = [
            {"id": legacy_id(each), "admin_graphql_api_id": each["id"], "sku": each["sku"]}
            for each in product["variants"]
        ]
        payload = {"id": legacy_id(product), "admin_graphql_api_id": product["id"], "updated_at": self.at()}
        self.tell("products/update", payload | {"variants": variants})
        return variant

    def change_customer(self, gid: str, change: Mapping[str, Any]) -> Object:
        changed = self.find("Customer", gid)
        changed.update(change)
        changed["updatedAt"] = self.at()
        payload = {"id": legacy_id(changed), "admin_graphql_api_id": gid, "updated_at": self.at()}
        self.tell("customers/update", payload)
        return changed

    def subscribe(self, topic: str, asked: Mapping[str, Any]) -> Object:
        uri = asked.get("uri")
        if not uri or not uri.startswith(("https://", "http://127.0.0.1")):
            raise UserError("Address must be an HTTPS URL", None, ["webhookSubscription", "uri"])
        if any(each["topic"] == topic and each["uri"] == uri for each in self.subscriptions):
            raise UserError("Address for this topic has already been taken", None, ["webhookSubscription", "uri"])
        made = {"id": self.new_id("WebhookSubscription"), "topic": topic, "uri": uri, "format": "JSON"}
        self.subscriptions.append(made)
        return made

    def set_metafield(self, asked: Mapping[str, Any]) -> Object:
        owner = self.nodes.get(asked["ownerId"])
        if owner is None or "metafields" not in owner:
            raise UserError("Owner does not exist.", "INVALID")
        name = (asked.get("namespace") or "$app", asked["key"])
        held = owner["metafields"].get(name)
        if "compareDigest" in asked and asked["compareDigest"] != (held["compareDigest"] if held else None):
            raise UserError("The resource has been updated since it was loaded.", "STALE_OBJECT")
        if asked.get("type") == "json":
            json.loads(asked["value"])
        made = {
            "id": held["id"] if held else self.new_id("Metafield"),
            "namespace": name[0],
            "key": name[1],
            "value": asked["value"],
            "compareDigest": sha256(asked["value"].encode()).hexdigest(),
        }
        owner["metafields"][name] = made
        return made

    def _stock_variant(self, row: Mapping[str, Any]) -> None:
        """A product of one variant, with the levels named in `stock` by location number."""
        product = {
            "id": self.new_id("Product"),
            "title": row["title"],
            "status": row.get("status", "ACTIVE"),
            "updatedAt": row["updatedAt"],
        }
        item: Object = {"id": self.new_id("InventoryItem"), "sku": row["sku"], "tracked": row.get("tracked", True)}
        item["inventoryLevels"] = [
            self._level(location, row["stock"][legacy_id(location)])
            for location in self.locations
            if legacy_id(location) in row.get("stock", {})
        ]
        variant = {
            "id": row.get("id") or self.new_id("ProductVariant"),
            "sku": row["sku"],
            "title": row.get("variant", "Default Title"),
            "price": row["price"],
            "updatedAt": row["updatedAt"],
            "product": product,
            "inventoryItem": item,
        }
        self.add(product | {"variants": [variant]})
        self.add(item)
        self.add(variant)

    def _level(self, location: Object, available: int) -> Object:
        names = {"available": available, "committed": 0, "on_hand": available}
        quantities = [{"name": name, "quantity": each} for name, each in names.items()]
        return {"id": self.new_id("InventoryLevel"), "location": location, "quantities": quantities}


def quantity(level: Object, name: str) -> int:
    found: int = next(each["quantity"] for each in level["quantities"] if each["name"] == name)
    return found


def legacy_id(node: Mapping[str, Any]) -> int:
    return int(node["id"].rpartition("/")[2])
