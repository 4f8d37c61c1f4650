"""For each mutation an input that it does not refuse, and the state of the shop that this takes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.domain.returns import ReturnReason
from app.workflows.job_kind import FailedJob
from app.workflows.jobs import give_up
from app.workflows.return_request import ReturnLine, ReturnRequest, return_request
from tests.connectors.vendor_rows import contact_id
from tests.fixtures_shop import TESTER, Shop, line, order_input, usd
from tests.returns.customers import CUSTOMER, announced, arrival, delivered, inspected, key, received

CARD = {"gateway": "stripe", "method": "card", "token": "pm_card_visa"}
Sample = Callable[[Shop], Awaitable[dict[str, Any]]]


async def _placed(shop: Shop, **more: Any) -> Any:
    payload = await shop.do(
        "orderPlace", "order { id lines { id } holds { id } }", **order_input(line("MUG", 2), line("LAMP", 1), **more)
    )
    return payload["order"]


async def order_place(_: Shop) -> dict[str, Any]:
    return order_input(line("MUG", 2))


async def order_submit(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop, draft=True))["id"]}


async def order_edit(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "addLines": [line("PEN", 1)]}


async def order_cancel(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "reason": "changed their mind"}


async def order_hold(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "reason": "MANUAL"}


async def order_release_hold(shop: Shop) -> dict[str, Any]:
    order = await _placed(shop)
    payload = await shop.do("orderHold", "hold { id }", orderId=order["id"], reason="MANUAL")
    return {"orderId": order["id"], "holdId": payload["hold"]["id"]}


async def order_route(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"]}


async def exception_resolve(shop: Shop) -> dict[str, Any]:
    order = await _placed(shop)
    await give_up(
        FailedJob("order.route", "k", {"order_id": order["id"].partition(":")[2]}, 3, "no policy", "orderRoute"),
        shop.application.work,
    )
    (row,) = await shop.rows("SELECT id FROM order_exceptions")
    return {"exceptionId": f"OrderException:{row['id']}", "retry": True}


async def _asked(shop: Shop, *mutations: str) -> dict[str, Any]:
    """A fulfillment order, with which this was done."""
    order = await _placed(shop)
    routed = await shop.do("orderRoute", "order { fulfillmentOrders { id } }", orderId=order["id"])
    given = {"fulfillmentOrderId": routed["order"]["fulfillmentOrders"][0]["id"]}
    for mutation in mutations:
        await shop.do(mutation, "", **given)
    return given


async def _shipped(shop: Shop) -> dict[str, Any]:
    given = await _asked(shop, "fulfillmentOrderAccept", "fulfillmentOrderPick")
    payload = await shop.do("fulfillmentOrderShip", "shipment { id }", **given, trackingNumber="T1")
    return {"shipmentId": payload["shipment"]["id"]}


async def fulfillment_order_accept(shop: Shop) -> dict[str, Any]:
    return await _asked(shop)


async def fulfillment_order_reject(shop: Shop) -> dict[str, Any]:
    return {**await _asked(shop), "reason": "not found"}


async def fulfillment_order_pick(shop: Shop) -> dict[str, Any]:
    return await _asked(shop, "fulfillmentOrderAccept")


async def fulfillment_order_pack(shop: Shop) -> dict[str, Any]:
    return await _asked(shop, "fulfillmentOrderAccept", "fulfillmentOrderPick")


async def fulfillment_order_ship(shop: Shop) -> dict[str, Any]:
    return {**await _asked(shop, "fulfillmentOrderAccept", "fulfillmentOrderPick"), "trackingNumber": "T1"}


async def fulfillment_order_move(shop: Shop) -> dict[str, Any]:
    return {**await _asked(shop), "toLocationKey": "west"}


async def shipment_cancel(shop: Shop) -> dict[str, Any]:
    return await _shipped(shop)


async def shipment_record_event(shop: Shop) -> dict[str, Any]:
    return {**await _shipped(shop), "status": "IN_TRANSIT", "at": "2026-11-01T12:00:00Z"}


async def payment_authorize(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "payment": CARD}


async def _authorized(shop: Shop) -> str:
    """The id of a payment."""
    order = await _placed(shop)
    payload = await shop.do("paymentAuthorize", "payment { id }", orderId=order["id"], payment=CARD)
    payment_id: str = payload["payment"]["id"]
    return payment_id


async def payment_capture(shop: Shop) -> dict[str, Any]:
    return {"paymentId": await _authorized(shop)}


async def payment_void(shop: Shop) -> dict[str, Any]:
    return {"paymentId": await _authorized(shop), "reason": "paid in cash"}


async def payment_refund(shop: Shop) -> dict[str, Any]:
    payment_id = await _authorized(shop)
    await shop.do("paymentCapture", "", paymentId=payment_id)
    return {"paymentId": payment_id, "amount": usd("5.00"), "reason": "goodwill"}


async def _announced(shop: Shop, *, by_customer: bool = False) -> Any:
    order = await delivered(shop, line("MUG", 2))
    if not by_customer:
        return await announced(shop, order, 1)
    returned_line = ReturnLine(order_line_id=key(order["lines"][0]["id"]), quantity=1, reason=ReturnReason.LATE)
    async with shop.application.work.writers.transaction(CUSTOMER) as tx:
        command = ReturnRequest(order_id=key(order["id"]), lines=[returned_line])
        made = await return_request(tx, command, shop.application.work)
    return {"id": f"Return:{made.ids['return']}"}


async def return_requested(shop: Shop) -> dict[str, Any]:
    order = await delivered(shop, line("MUG", 2))
    returned = {"orderLineId": order["lines"][0]["id"], "quantity": 1, "reason": "LATE"}
    return {"orderId": order["id"], "lines": [returned], "exchangeLines": [line("PEN", 1)]}


async def return_approve(shop: Shop) -> dict[str, Any]:
    return {"returnId": (await _announced(shop, by_customer=True))["id"]}


async def return_decline(shop: Shop) -> dict[str, Any]:
    return {"returnId": (await _announced(shop, by_customer=True))["id"], "reason": "worn"}


async def return_cancel(shop: Shop) -> dict[str, Any]:
    return {"returnId": (await _announced(shop))["id"]}


async def return_receive(shop: Shop) -> dict[str, Any]:
    return arrival(await _announced(shop))


async def return_inspect(shop: Shop) -> dict[str, Any]:
    returned = await received(shop, await _announced(shop))
    verdict = {"returnLineId": returned["lines"][0]["id"], "quantity": 1, "disposition": "RESTOCK"}
    return {"returnId": returned["id"], "lines": [verdict]}


async def return_close(shop: Shop) -> dict[str, Any]:
    return {"returnId": (await inspected(shop, await received(shop, await _announced(shop))))["id"]}


async def product_upsert(_: Shop) -> dict[str, Any]:
    return {"sku": "MUG", "title": "Large mug"}


async def location_upsert(_: Shop) -> dict[str, Any]:
    return {"key_": "south", "name": "South", "kind": "STORE"}


async def reservation_create(_: Shop) -> dict[str, Any]:
    return {"lines": [{"sku": "MUG", "quantity": 2}]}


async def reservation_release(shop: Shop) -> dict[str, Any]:
    payload = await shop.do("reservationCreate", "reservation { id }", lines=[{"sku": "MUG", "quantity": 2}])
    return {"reservationId": payload["reservation"]["id"]}


async def inventory_adjust(_: Shop) -> dict[str, Any]:
    return {"reason": "found", "changes": [{"sku": "PEN", "locationKey": "east", "delta": 3, "safetyStock": 1}]}


async def inventory_transfer(_: Shop) -> dict[str, Any]:
    return {"sku": "MUG", "fromLocationKey": "east", "toLocationKey": "west", "quantity": 2}


async def connector_sync(shop: Shop) -> dict[str, Any]:
    return {"connectorKey": "stripe"}


async def case_create(shop: Shop) -> dict[str, Any]:
    customer_id = await customer(shop, contact_id(1))
    return {"customerId": customer_id, "subject": "Cracked", "description": "The mug has a crack."}


async def customer(shop: Shop, contact: str | None = None) -> str:
    """Zoe, who may be a contact in Salesforce."""
    async with shop.application.work.writers.transaction(TESTER) as tx:
        customer_id = await tx.value(
            "INSERT INTO customers (kind, display_name, email, emails)"
            " VALUES ('PERSON', 'Zoe', 'zoe@example.com', '{zoe@example.com}') RETURNING id"
        )
        for source_key, external_id in (("junction", str(customer_id)), ("salesforce", contact)):
            if external_id is not None:
                await tx.run(
                    "INSERT INTO customer_source_records (customer_id, source_key, external_id, profile, linked_by,"
                    " confidence, observed_at) VALUES ($1, $2, $3, '{}', 'test', 1, now())",
                    customer_id, source_key, external_id,
                )  # fmt: skip
    return f"Customer:{customer_id}"


SAMPLES: Mapping[str, Sample] = {
    "caseCreate": case_create,
    "connectorSync": connector_sync,
    "exceptionResolve": exception_resolve,
    "fulfillmentOrderAccept": fulfillment_order_accept,
    "fulfillmentOrderMove": fulfillment_order_move,
    "fulfillmentOrderPack": fulfillment_order_pack,
    "fulfillmentOrderPick": fulfillment_order_pick,
    "fulfillmentOrderReject": fulfillment_order_reject,
    "fulfillmentOrderShip": fulfillment_order_ship,
    "orderCancel": order_cancel,
    "orderEdit": order_edit,
    "orderHold": order_hold,
    "orderPlace": order_place,
    "orderReleaseHold": order_release_hold,
    "orderRoute": order_route,
    "orderSubmit": order_submit,
    "returnApprove": return_approve,
    "returnCancel": return_cancel,
    "returnClose": return_close,
    "returnDecline": return_decline,
    "returnInspect": return_inspect,
    "returnReceive": return_receive,
    "returnRequest": return_requested,
    "shipmentCancel": shipment_cancel,
    "shipmentRecordEvent": shipment_record_event,
    "paymentAuthorize": payment_authorize,
    "paymentCapture": payment_capture,
    "paymentRefund": payment_refund,
    "paymentVoid": payment_void,
    "productUpsert": product_upsert,
    "locationUpsert": location_upsert,
    "reservationCreate": reservation_create,
    "reservationRelease": reservation_release,
    "inventoryAdjust": inventory_adjust,
    "inventoryTransfer": inventory_transfer,
}
