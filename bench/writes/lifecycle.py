"""One order's whole life, from placing to delivery, each step a mutation that uses what the one before answered."""

import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bench.writes import orders

TO_DELIVERY = timedelta(seconds=1)
PLACE = """
mutation Place($input: OrderPlaceInput!, $key: String!) {
  orderPlace(input: $input, idempotencyKey: $key) { order { id status } userErrors { code message } }
}
"""
ROUTE = """
mutation Route($input: OrderRouteInput!, $key: String!) {
  orderRoute(input: $input, idempotencyKey: $key) {
    order { id fulfillmentOrders { id status } }
    userErrors { code message }
  }
}
"""
AT_LOCATION = ("Accept", "Pick", "Pack")
_STEP = """
mutation %(step)s($input: FulfillmentOrder%(step)sInput!, $key: String!) {
  fulfillmentOrder%(step)s(input: $input, idempotencyKey: $key) {
    fulfillmentOrder { id status }
    userErrors { code message }
  }
}
"""
SHIP = """
mutation Ship($input: FulfillmentOrderShipInput!, $key: String!) {
  fulfillmentOrderShip(input: $input, idempotencyKey: $key) { shipment { id status } userErrors { code message } }
}
"""
RECORD = """
mutation Record($input: ShipmentRecordEventInput!, $key: String!) {
  shipmentRecordEvent(input: $input, idempotencyKey: $key) {
    shipment { id status order { status } }
    userErrors { code message }
  }
}
"""
TEXTS = (PLACE, ROUTE, *(_STEP % {"step": step} for step in AT_LOCATION), SHIP, RECORD)

Post = Callable[[object], Awaitable[bytes]]


class _Ended(Exception):
    """Too early; the message says where and why."""


async def lived(post: Post, key: str, draw: random.Random) -> str:
    """The order's status in the end, or at which step it ended early."""
    try:
        return await _live(post, key, draw)
    except _Ended as ended:
        return str(ended)


async def _live(post: Post, key: str, draw: random.Random) -> str:
    async def ask(query: str, asked: Mapping[str, Any], about: str) -> Any:
        """The mutation's payload, without its errors."""
        answer = await post({"query": query, "variables": {"input": asked, "key": f"{key} {about}"}})
        data = orjson.loads(answer).get("data")
        if not data or any(payload["userErrors"] for payload in data.values()):
            raise _Ended(f"{about.partition(' ')[0]}: {answer[:300].decode(errors='replace')}")
        (payload,) = data.values()
        return payload

    placing = orders.place(orders.spread(draw), key, draw)["variables"]["input"]
    order = (await ask(PLACE, placing, "place"))["order"]
    routed = await ask(ROUTE, {"orderId": order["id"]}, "route")
    status = "nothing was routed"
    for n, each in enumerate(routed["order"]["fulfillmentOrders"]):
        given = {"fulfillmentOrderId": each["id"]}
        for step in AT_LOCATION:
            await ask(_STEP % {"step": step}, given, f"{step.lower()} {n}")
        # With a number of its own the parcel needs no carrier.
        shipped = await ask(SHIP, given | {"trackingNumber": f"{key} {n}"}, f"ship {n}")
        delivered = {
            "shipmentId": shipped["shipment"]["id"],
            "status": "DELIVERED",
            "at": (datetime.now(UTC) + TO_DELIVERY).isoformat(),
        }
        recorded = await ask(RECORD, delivered, f"deliver {n}")
        status = str(recorded["shipment"]["order"]["status"])
    return status
