"""Values for arguments that mean something to the demo's store, and odd ones that mean nothing to anybody."""

import base64
import json
from typing import Any

from app.wiring import Demo
from tests.graphql.asking import data_of

KNOWN = """{
  customers(first: 3) { nodes { id number displayName } edges { cursor } }
  orders(first: 3) { nodes {
    id number events(first: 9) { nodes { at } } lines { id sku } shipments { id } returns { id number } }
    edges { cursor } }
  products(first: 3) { nodes { id sku } edges { cursor } }
  inventoryPositions(first: 2) { nodes { id } edges { cursor } }
  fulfillmentOrders(first: 2) { nodes { id } edges { cursor } }
  exceptions(first: 2) { nodes { id } }
  events(first: 2) { nodes { id } pageInfo { endCursor } }
  locations { id key } segments { key }
}"""
NO_KEY = "00000000-0000-0000-0000-000000000000"
ODD_TEXTS = [
    "",
    " ",
    "0",
    "%",
    "_",
    "\\",
    '"',
    "'",
    "\u0000",
    "\u202e",
    "🛒",
    "é" * 300,
    "a b c d e f g h i",
    "x" * 500,
]
ODD_IDS = ["", ":", "Order:", "Order:1", "Query:1", "Connector:sap", f"Order:{NO_KEY}"]
PLACES = [
    ("-placed_at", "0001-01-01T00:00:00+14:00", NO_KEY),
    ("-created_at", "9999-12-31T23:59:59-14:00", NO_KEY),
    ("+sku", "\u0000", NO_KEY),
    ("+position", 2**63),
    ("9999-12-31T23:59:59.999999Z", "key"),
]
TIMES = ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z"]


async def values_of(demo: Demo) -> dict[str, list[Any]]:
    """By the name of an argument or input field, else of a scalar: see `operations.py`."""
    return _values(await data_of(demo, KNOWN))


def _values(known: Any) -> dict[str, list[Any]]:
    kept = ("id", "cursor", "number", "displayName", "sku", "key", "at")
    found: dict[str, list[str]] = {name: [] for name in kept}
    _collect(known, found)
    names = [*found["number"], *found["displayName"], "ada.lovelace@example.com"]
    orders = [each for each in found["id"] if each.startswith("Order:")]
    return {
        "ID": found["id"],
        "customerId": [each for each in found["id"] if each.startswith("Customer:")],
        "orderId": orders,
        "subjectId": orders,
        "String": [*names, *found["sku"], *found["key"]],
        "after": found["cursor"],
        "before": found["cursor"],
        "Int": [0, 1, 2, 3, 5, 100],
        "Float": [0, 0.5, 1e308],
        "Boolean": [True, False],
        "DateTime": TIMES,
        "asOf": [*found["at"], *found["at"], *TIMES],
        "Date": ["2026-01-01", "0001-01-01", "9999-12-31"],
        "Duration": ["PT0S", "PT1H", "P1D"],
        "CurrencyCode": ["USD", "XXX"],
        "CountryCode": ["US", "ZZ"],
        "Decimal": ["0", "1.50", "1e30"],
        "odd": [*ODD_TEXTS, *ODD_IDS, *(_forged(*place) for place in PLACES)],
    }


def _forged(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _collect(value: Any, found: dict[str, list[str]]) -> None:
    for each in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        _collect(each, found)
    if isinstance(value, dict):
        for name in found.keys() & value.keys():
            found[name].append(value[name])
