"""Whatever valid operation is asked: an answer, no fault of ours, and statements by the query's size alone.

OPERATIONS says how many are tried and SEED which; a failure names its seed and prints its operation.
"""

import base64
import json
import os
from itertools import islice
from typing import Any

from app.schema import schema
from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.fixtures_demo import client_of
from tests.graphql.asking import data_of
from tests.graphql.operations import Operation, operations

COUNT = int(os.environ.get("OPERATIONS", "250"))
SEED = int(os.environ.get("SEED", "1"))
STATEMENTS_OF_A_FIELD_MAX = 9
"""A timeline: one for the customers' identities, one for each kind of entry in the store, and the rows it names."""

KNOWN = """{
  customers(first: 3) { nodes { id number displayName } edges { cursor } }
  orders(first: 3) { nodes { id number lines { id sku } shipments { id } returns { id number } } edges { cursor } }
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


async def test_any_operation_is_answered_without_a_fault_of_ours(fresh_demo: Demo) -> None:
    values = _values(await data_of(fresh_demo, KNOWN))
    tried: set[str] = set()
    answered = 0
    for operation in islice(operations(schema._schema, SEED, values), COUNT):
        data, codes, statements = await _ask(fresh_demo, operation)
        told = f"SEED={SEED}: {operation.query} {operation.variables} {codes}"
        assert "INTERNAL" not in codes, told
        assert statements <= STATEMENTS_OF_A_FIELD_MAX * operation.field_count, told
        tried |= operation.fields
        answered += data is not None
    # Enough are answered whole: an odd value takes its field, and above it whatever may not be null.
    assert answered > COUNT / 4
    assert len(tried) > 150


async def _ask(demo: Demo, operation: Operation) -> tuple[Any, set[str], int]:
    """Data, codes of the errors, number of statements."""
    async with client_of(demo) as client:
        with recorded_statements() as statements:
            response = await client.post("/graphql", json={"query": operation.query, "variables": operation.variables})
    assert response.status_code == 200
    body = response.json()
    return body.get("data"), {error["extensions"]["code"] for error in body.get("errors", [])}, len(statements)


def _values(known: Any) -> dict[str, list[Any]]:
    found: dict[str, list[str]] = {"id": [], "cursor": [], "number": [], "displayName": [], "sku": [], "key": []}
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
