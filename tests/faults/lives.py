"""What becomes of an order, from its placement to its end, as the people around it go about it one after the other."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from random import Random
from typing import Any

from tests.faults.caller import Caller
from tests.fixtures_shop import line, order_input, usd

GOOD_CARD = "pm_card_visa"
BAD_CARD = "pm_card_chargeDeclined"
LOOKS_EVERY_S = 0.1
PATIENCE_S = 120
ORDER = """query ($id: ID!) { order(by: {id: $id}) { id status paymentStatus
    lines { id quantity quantities { shipped } } payments { id status }
    fulfillmentOrders { id status lines { quantity orderLine { id } } shipments { id status } }
    returns { id status shipment { status } lines { id quantity } } } }"""


class Fate(StrEnum):
    """How it is to end."""

    DELIVERED = "delivered"
    CANCELED = "canceled"
    DECLINED = "declined, paid by another card, delivered"
    REDUCED = "a unit canceled, the rest delivered in two parcels"
    RETURNED = "delivered, a unit returned"
    SHELVED = "drafted, submitted, held, released, canceled"


class Life:
    def __init__(self, caller: Caller, name: str, fate: Fate, random: Random) -> None:
        self.name = name
        self.fate = fate
        self.order_id = ""
        self._caller = caller
        self._random = random
        self._calls = 0

    async def live(self) -> None:
        """Raises GivenUp."""
        match self.fate:
            case Fate.DELIVERED:
                await self._place(GOOD_CARD)
                await self._deliver()
            case Fate.CANCELED:
                await self._place(GOOD_CARD)
                await self._cancel()
            case Fate.DECLINED:
                await self._place(BAD_CARD)
                await self._until("its card is declined", lambda order: order["payments"][0]["status"] == "DECLINED")
                payment = {"gateway": "stripe", "method": "card", "token": GOOD_CARD}
                await self._do("paymentAuthorize", orderId=self.order_id, payment=payment)
                await self._deliver()
            case Fate.REDUCED:
                order = await self._place(GOOD_CARD)
                fewer = [{"orderLineId": order["lines"][0]["id"], "quantity": 1}]
                await self._do("orderCancel", orderId=self.order_id, reason="one less", lines=fewer)
                await self._deliver(parcels=2)
            case Fate.RETURNED:
                await self._place(GOOD_CARD)
                await self._deliver()
                await self._take_one_back()
            case Fate.SHELVED:
                await self._place(GOOD_CARD, draft=True)
                await self._do("orderSubmit", orderId=self.order_id)
                held = await self._do("orderHold", orderId=self.order_id, reason="MANUAL")
                await self._do("orderReleaseHold", orderId=self.order_id, holdId=held["hold"]["id"])
                await self._cancel()

    # ── its stations

    async def _place(self, card: str, **more: Any) -> Any:
        units = self._random.randint(2, 4)
        placed = await self._do(
            "orderPlace",
            **order_input(
                line("MUG", units, "12.50", tax=usd("0.71")),
                line("LAMP", self._random.randint(1, 2), "40.00"),
                external={"source": "web", "externalId": self.name},
                payment={"gateway": "stripe", "method": "card", "token": card},
                shippingPrice=usd("4.95"),
                **more,
            ),
        )
        self.order_id = placed["order"]["id"]
        return await self.read()

    async def _cancel(self) -> None:
        await self._do("orderCancel", orderId=self.order_id, reason="not wanted any more")
        await self._until("its money is let go of", _is_let_go)

    async def _deliver(self, parcels: int = 1) -> None:
        order = await self._until("locations are asked", lambda order: order["fulfillmentOrders"])
        for request in order["fulfillmentOrders"]:
            await self._ship(request, parcels)
        order = await self.read()
        for request in order["fulfillmentOrders"]:
            for parcel in request["shipments"]:
                await self._do(
                    "shipmentRecordEvent", shipmentId=parcel["id"], status="DELIVERED", at=datetime.now(UTC).isoformat()
                )
        await self._until("it is complete", lambda order: order["status"] == "COMPLETED")

    async def _ship(self, request: Any, parcels: int) -> None:
        asked = {"fulfillmentOrderId": request["id"]}
        await self._do("fulfillmentOrderAccept", **asked)
        await self._do("fulfillmentOrderPick", **asked)
        await self._do("fulfillmentOrderPack", **asked)
        first = request["lines"][0]
        if parcels > 1 and sum(each["quantity"] for each in request["lines"]) > 1:
            one = [{"orderLineId": first["orderLine"]["id"], "quantity": 1}]
            await self._do("fulfillmentOrderShip", **asked, carrier="ups", lines=one)
        await self._do("fulfillmentOrderShip", **asked, carrier="ups")
        await self._until(
            "its parcels have labels",
            lambda order: all(
                parcel["status"] == "LABEL_PURCHASED"
                for each in order["fulfillmentOrders"]
                for parcel in each["shipments"]
                if each["id"] == request["id"]
            ),
        )

    async def _take_one_back(self) -> None:
        order = await self.read()
        wanted = {"orderLineId": order["lines"][0]["id"], "quantity": 1, "reason": "UNWANTED"}
        asked = await self._do("returnRequest", orderId=self.order_id, lines=[wanted])
        return_ = {"returnId": asked["return"]["id"]}
        order = await self.read()
        (line_id,) = [each["id"] for each in order["returns"][0]["lines"]]
        await self._do("returnApprove", **return_, buyLabel=True)
        await self._until("there is a label to send it with", _has_return_label)
        arrived = {"returnLineId": line_id, "quantity": 1}
        await self._do("returnReceive", **return_, locationKey="east", lines=[arrived])
        verdict = arrived | {"disposition": "RESTOCK", "locationKey": "east"}
        await self._do("returnInspect", **return_, lines=[verdict])
        await self._do("returnClose", **return_)
        await self._until(
            "its money is back",
            lambda order: order["status"] == "COMPLETED" and order["paymentStatus"] == "PARTIALLY_REFUNDED",
        )

    # ── how it goes on

    async def read(self) -> Any:
        return (await self._caller.read(ORDER, id=self.order_id))["order"]

    async def _do(self, mutation: str, /, **input_: Any) -> Any:
        self._calls += 1
        payload = await self._caller.do(mutation, f"{self.name}.{self._calls}", **input_)
        codes = {each["code"] for each in payload["userErrors"]}
        is_declined = mutation == "orderPlace" and codes == {"PAYMENT_DECLINED"}
        assert is_declined or codes <= {"PAYMENT_UNAVAILABLE", "SOURCE_UNAVAILABLE"}, (self, mutation, payload)
        return payload

    async def _until(self, what: str, is_so: Callable[[Any], Any]) -> Any:
        """By itself, that is by a worker."""
        order = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so(order := await self.read()):  # noqa: ASYNC110 - another process makes it so
                    await asyncio.sleep(LOOKS_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{self} waits until {what}: {order}") from None
        return order

    def __repr__(self) -> str:
        return f"{self.name} ({self.fate}), {self.order_id}"


def _has_return_label(order: Mapping[str, Any]) -> bool:
    shipment = order["returns"][0]["shipment"]
    return shipment is not None and shipment["status"] == "LABEL_PURCHASED"


def _is_let_go(order: Mapping[str, Any]) -> bool:
    return order["status"] == "CANCELED" and all(
        each["status"] in ("VOIDED", "CANCELED", "ERROR", "DECLINED") for each in order["payments"]
    )
