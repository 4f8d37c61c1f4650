"""A shop whose customers have what they ordered, and have paid for it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.domain.actor import Actor, ActorKind
from tests.fixtures_shop import Shop, order_input, usd
from tests.payments.till import CARD

CUSTOMER = Actor(ActorKind.CUSTOMER, "c1", "Zoe")
RETURN = """return { id version number status
  outcome { refund { amount } fees { amount } exchange { amount } net { amount } }
  lines { id quantity received dispositions { disposition quantity location { key } } }
  exchangeLines { sku quantity orderLine { id } }
  refunds { status amount { amount } } actions { name allowed }
  order { id status returnStatus paymentStatus totals { total { amount } balance { amount } }
    holds { reason note releasedAt }
    lines { id sku quantities { returnRequested returned restocked reserved backordered } } } }"""


async def delivered(shop: Shop, *lines: dict[str, Any], paid: Sequence[str] = (), **more: Any) -> Any:
    """An order that arrived a moment ago, paid with these amounts by one payment each."""
    placed = await shop.do("orderPlace", "order { id number lines { id } }", **order_input(*lines, **more))
    order = placed["order"]
    for amount in paid:
        await pay(shop, order["id"], amount)
    requests = "order { fulfillmentOrders { id } }"
    routed = await shop.do("orderRoute", requests, orderId=order["id"])
    for asked in routed["order"]["fulfillmentOrders"]:
        await deliver(shop, asked["id"])
    return order


async def deliver(shop: Shop, fulfillment_order_id: str, lines: Sequence[dict[str, Any]] | None = None) -> None:
    given = {"fulfillmentOrderId": fulfillment_order_id}
    await shop.do("fulfillmentOrderAccept", "", **given)
    await shop.do("fulfillmentOrderPick", "", **given)
    some = {} if lines is None else {"lines": lines}
    sent = await shop.do("fulfillmentOrderShip", "shipment { id }", **given, **some, trackingNumber="T1")
    now = datetime.now(UTC).isoformat()
    await shop.do("shipmentRecordEvent", "", shipmentId=sent["shipment"]["id"], status="DELIVERED", at=now)


async def pay(shop: Shop, order_id: str, amount: str) -> None:
    """Authorized and captured."""
    payment = {**CARD, "amount": usd(amount)}
    asked = await shop.do("paymentAuthorize", "payment { id }", orderId=order_id, payment=payment)
    await shop.do("paymentCapture", "", paymentId=asked["payment"]["id"])


async def announced(shop: Shop, order: Any, *units: int, **more: Any) -> Any:
    """A return of so many units of each line, unwanted."""
    lines = [
        {"orderLineId": line["id"], "quantity": count, "reason": "UNWANTED"}
        for line, count in zip(order["lines"], units, strict=False)
        if count
    ]
    return (await shop.do("returnRequest", RETURN, orderId=order["id"], lines=lines, **more))["return"]


async def received(shop: Shop, returned: Any, *units: int, location: str = "east") -> Any:
    return (await shop.do("returnReceive", RETURN, **arrival(returned, *units, location=location)))["return"]


def arrival(returned: Any, *units: int, location: str = "east") -> dict[str, Any]:
    """Of returnReceive: so many units of each line, or all of them."""
    counts = units or tuple(line["quantity"] for line in returned["lines"])
    lines = [
        {"returnLineId": line["id"], "quantity": count}
        for line, count in zip(returned["lines"], counts, strict=False)
        if count
    ]
    return {"returnId": returned["id"], "locationKey": location, "lines": lines}


async def inspected(shop: Shop, returned: Any, disposition: str = "RESTOCK") -> Any:
    """One verdict for all that arrived."""
    lines = [
        {"returnLineId": line["id"], "quantity": line["received"], "disposition": disposition}
        for line in returned["lines"]
        if line["received"]
    ]
    return (await shop.do("returnInspect", RETURN, returnId=returned["id"], lines=lines))["return"]


async def closed(shop: Shop, returned: Any) -> Any:
    return (await shop.do("returnClose", RETURN, returnId=returned["id"]))["return"]


async def brought_back(shop: Shop, order: Any, *units: int, **more: Any) -> Any:
    """Announced, received, put back on the shelf, and closed."""
    returned = await received(shop, await announced(shop, order, *units, **more))
    return await closed(shop, await inspected(shop, returned))


async def parts(shop: Shop) -> list[tuple[str, int, int]]:
    """Component, units and minor units of all refunds, in the order in which they were asked for."""
    rows = await shop.rows("SELECT component, quantity, amount_minor FROM refund_parts ORDER BY id")
    return [(row["component"], row["quantity"], row["amount_minor"]) for row in rows]


def outcome(returned: Any) -> tuple[str, str, str, str]:
    """Refund, fees, exchange and net."""
    told = returned["outcome"]
    return tuple(told[name]["amount"] for name in ("refund", "fees", "exchange", "net"))


def key(id_: str) -> UUID:
    return UUID(id_.partition(":")[2])
