"""What is asked: orders of three lines, and whole lifecycles; the text of each mutation with its variables."""

import random
from collections.abc import Sequence
from typing import Any

import orjson

SKUS = 1000
CUSTOMERS = 1000
HOT_SKU = "HOT"
"""What all want at once."""
LAST_SKU = "LAST"
"""Of which there are few."""
LINES = 3
PLACE = """
mutation Place($input: OrderPlaceInput!, $key: String!) {
  orderPlace(input: $input, idempotencyKey: $key) { order { number status } userErrors { code message } }
}
"""


def spread(draw: random.Random) -> list[str]:
    """SKUs of one order among all."""
    return [sku(n) for n in draw.sample(range(1, SKUS + 1), LINES)]


def hot(draw: random.Random) -> list[str]:
    """As many lines, the first of which everybody has."""
    return [HOT_SKU, *spread(draw)[1:]]


def last(_: random.Random) -> list[str]:
    return [LAST_SKU]


CHOICES = {"spread": spread, "hot": hot, "last": last}


def sku(n: int) -> str:
    return f"SKU-{n:04}"


def place(skus: Sequence[str], key: str, draw: random.Random) -> dict[str, Any]:
    """The request's body. Nothing is paid through Junction, so the order is confirmed at once."""
    customer = draw.randint(1, CUSTOMERS)
    shopper = {"email": f"customer{customer}@example.com", "givenName": "Ana", "familyName": "Smith"}
    lines = [
        {
            "sku": each,
            "quantity": 1,
            "unitPrice": {"amount": "19.90", "currency": "USD"},
            "tax": {"amount": "1.64", "currency": "USD"},
        }
        for each in skus
    ]
    address = {
        "name": "Ana Smith",
        "line1": f"{customer} Main St",
        "city": "Reno",
        "region": "NV",
        "postalCode": "89501",
        "country": "US",
    }
    asked = {"channel": "web", "customer": shopper, "lines": lines, "shippingAddress": address}
    return {"query": PLACE, "variables": {"input": asked, "key": key}, "operationName": "Place"}


def placed(answer: bytes) -> str:
    """The order's status; for one that was refused the code; else the beginning of the answer."""
    try:
        payload = orjson.loads(answer)["data"]["orderPlace"]
        order = payload["order"]
        if order is None:
            return str(payload["userErrors"][0]["code"])
        return str(order["status"]) if order["number"] else "no number"
    except (KeyError, TypeError, IndexError, orjson.JSONDecodeError):
        return answer[:300].decode(errors="replace")
