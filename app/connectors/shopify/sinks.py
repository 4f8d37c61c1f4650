"""What a shop is told: that its order is called off, what left for the buyer, what came back, what stock has changed.

Only its own orders: an order that the shop does not have is refused. Shopify knows keys for inventory alone, so for the
rest what is there already is looked at before anything is written, also the first time: somebody may have done it by
hand.
"""

from collections.abc import Sequence

import msgspec

from app.connectors.batching import in_chunks
from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.ports.sinks import OrderDocument, ReturnDocument, ShipmentDocument, StockChange, Written
from app.connectors.shopify import mutations, order_documents
from app.connectors.shopify.api import Api, Node, Payload
from app.connectors.shopify.ids import gid, number
from app.connectors.shopify.mapping import Object, Reference
from app.connectors.shopify.payments import idempotency_key
from app.connectors.shopify.sink_mapping import (
    Fulfillable,
    Fulfilled,
    Part,
    Return,
    Shortage,
    fulfillment_parts,
    return_parts,
    sent_under,
)
from app.connectors.shopify.stock import items_of

NOTE = "Junction return"
FAILED_BEFORE = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
KEYS_MAX = 3
"""Of one change: where an attempt failed at Shopify, its key is spent and the next is to have another."""


class _State(Object):
    cancelled_at: str | None


class _Canceled(Payload):
    job: Reference | None = None


class _Fulfillment(Payload):
    fulfillment: Reference | None = None


class _Returned(Payload):
    return_: Reference | None = msgspec.field(default=None, name="return")


class _Adjusted(Payload):
    inventory_adjustment_group: Reference | None = None


class Sinks:
    _api: Api

    async def write_order(self, key: str, order: OrderDocument, *, is_repeat: bool, deadline: float) -> Written:
        """Calls it off where it is canceled, and else notes our number on it as a tag."""
        id_ = self._own(order)
        if not order.is_canceled:
            tag = {"id": id_, "tags": [f"Junction {order.number}"]}
            self._require(await self._api.change(mutations.TAG, tag, Payload, deadline=deadline, repeatable=True))
            return self._written(id_, id_)
        if not await self._is_canceled(id_, deadline):
            asked = {"orderId": id_, "staffNote": f"Canceled in Junction ({order.number})"}
            payload = await self._api.change(mutations.CANCEL, asked, _Canceled, deadline=deadline, repeatable=False)
            # Shopify cancels in a job of its own: one that was asked for before may have ended meanwhile.
            if payload.user_errors and not await self._is_canceled(id_, deadline):
                self._require(payload)
        return self._written(id_, id_)

    async def write_shipment(
        self, key: str, shipment: ShipmentDocument, *, is_repeat: bool, deadline: float
    ) -> Written:
        id_ = self._own(shipment.order)
        mark = shipment.tracking_number or shipment.number
        known = await self._fulfilled(id_, deadline)
        there = sent_under(known, mark)
        planned = await self._fulfillable(id_, deadline)
        try:
            parts = fulfillment_parts(shipment, planned, known, mark)
        except Shortage as short:
            message = f"{self._api.source_key} has no more than {short.left} of {short.sku} left to fulfill"
            raise SourceRefused(self._api.source_key, message) from short
        tracking = {"number": mark, "company": shipment.carrier, "url": shipment.tracking_url}
        for part in parts:
            asked = {
                "lineItemsByFulfillmentOrder": part,
                "trackingInfo": {name: value for name, value in tracking.items() if value},
                "notifyCustomer": False,
            }
            payload = await self._api.change(
                mutations.FULFILL, {"fulfillment": asked}, _Fulfillment, deadline=deadline, repeatable=False
            )
            self._require(payload)
            there += [payload.fulfillment.id] if payload.fulfillment else []
        if not there:
            raise SourceRefused(self._api.source_key, f"{self._api.source_key} took nothing of {shipment.number}")
        return self._written(there[0], id_)

    async def write_return(self, key: str, returned: ReturnDocument, *, is_repeat: bool, deadline: float) -> Written:
        """Made and closed at once. Money is given back as a payment; what was restocked goes back where it was sent."""
        id_ = self._own(returned.order)
        note = f"{NOTE} {returned.number}"
        known = await self._returned(id_, deadline)
        made = next((each for each in known if each.is_noted(note)), None)
        sent = await self._fulfilled(id_, deadline)
        try:
            lines, restocked = return_parts(returned, sent, known, note)
        except Shortage as short:
            message = f"{self._api.source_key} has no more than {short.left} of {short.sku} to take back"
            raise SourceRefused(self._api.source_key, message) from short
        made_id = made.id if made else None
        if made_id is None:
            asked = {"orderId": id_, "returnLineItems": lines, "requestedAt": returned.closed_at.isoformat()}
            payload = await self._api.change(
                mutations.RETURN, {"input": asked}, _Returned, deadline=deadline, repeatable=False
            )
            self._require(payload)
            made_id = payload.return_.id if payload.return_ else None
        if made_id is None:
            raise self._api.garbled("a return")
        for index, change in enumerate(restocked):
            await self._adjust(f"{key}:{index}", change, "restock", deadline)
        if made is None or made.status == "OPEN":
            closed = await self._api.change(
                mutations.CLOSE_RETURN, {"id": made_id}, _Returned, deadline=deadline, repeatable=True
            )
            self._require(closed)
        return self._written(made_id, id_)

    async def write_stock(self, key: str, change: StockChange, *, is_repeat: bool, deadline: float) -> Written:
        """By the difference: what the shop has promised meanwhile stays promised."""
        found = await items_of(self._api, change.sku, deadline=deadline)
        location = gid("Location", change.location)
        if len(found) != 1 or location is None:
            what = f"has {len(found)} items of the SKU {change.sku}" if location else f"has no place {change.location}"
            raise SourceRefused(self._api.source_key, f"{self._api.source_key} {what}")
        asked = {"inventoryItemId": found[0].id, "locationId": location, "delta": change.on_hand_delta}
        return Written(await self._adjust(key, asked, "correction", deadline))

    async def _is_canceled(self, id_: str, deadline: float) -> bool:
        node = await self._api.node(order_documents.ORDER_STATE, {"id": id_}, deadline=deadline)
        if node is None:
            raise SourceRefused(self._api.source_key, f"{self._api.source_key} has no order {number(id_)}")
        return self._api.convert(node, _State, "an order").cancelled_at is not None

    async def _adjust(self, key: str, change: Part, reason: str, deadline: float) -> str:
        # Null says that the shop's quantity need not be the one we know of: the difference holds whatever it is.
        changes = [{**change, "changeFromQuantity": None}]
        for attempt in range(KEYS_MAX):
            document = f"gid://junction/StockMovement/{idempotency_key(key)}"
            asked = {"name": "available", "reason": reason, "changes": changes, "referenceDocumentUri": document}
            spent = f"{key}#{attempt}" if attempt else key
            payload = await self._api.change(
                mutations.ADJUST,
                {"input": asked, "key": idempotency_key(spent)},
                _Adjusted,
                deadline=deadline,
                repeatable=True,
            )
            if any(error.code == FAILED_BEFORE for error in payload.user_errors):
                continue
            self._require(payload)
            if payload.inventory_adjustment_group is None:
                raise self._api.garbled("an adjustment")
            return payload.inventory_adjustment_group.id
        raise SourceUnavailable(self._api.source_key, f"{self._api.source_key} failed to change stock")

    async def _fulfillable(self, id_: str, deadline: float) -> list[Fulfillable]:
        planned = self._api.items(order_documents.FULFILLABLE, id_, "fulfillmentOrders", None, deadline=deadline)
        found = [each async for each in planned]
        for each in found:
            await self._api.fill(each, "lineItems", order_documents.PLANNED_LINES, deadline=deadline)
        return self._api.convert(found, list[Fulfillable], "fulfillment orders")

    async def _fulfilled(self, id_: str, deadline: float) -> list[Fulfilled]:
        node = await self._api.node(order_documents.ORDER_PARTS, {"id": id_}, deadline=deadline)
        if not node:
            raise SourceRefused(self._api.source_key, f"{self._api.source_key} has no order {number(id_)}")
        parts = self._api.convert(node.get("fulfillments"), list[Reference], "fulfillments")

        async def ask(ids: Sequence[str]) -> dict[str, Node]:
            return await self._api.nodes(order_documents.FULFILLED, ids, deadline=deadline)

        found = await in_chunks([each.id for each in parts], order_documents.FULFILLED_PER_QUERY, ask)
        for each in found.values():
            await self._api.fill(each, "fulfillmentLineItems", order_documents.SENT_LINES, deadline=deadline)
        return self._api.convert(list(found.values()), list[Fulfilled], "fulfillments")

    async def _returned(self, id_: str, deadline: float) -> list[Return]:
        known = self._api.items(order_documents.RETURNED, id_, "returns", None, deadline=deadline)
        found = [each async for each in known]
        for each in found:
            await self._api.fill(each, "returnLineItems", order_documents.RETURN_LINES, deadline=deadline)
        return self._api.convert(found, list[Return], "returns")

    def _own(self, order: OrderDocument) -> str:
        id_ = gid("Order", order.external_id) if order.external_id else None
        if id_ is None:
            message = f"{self._api.source_key} is told of its own orders alone, and {order.number} is none"
            raise SourceRefused(self._api.source_key, message)
        return id_

    def _require(self, payload: Payload) -> None:
        """Raises SourceRefused with what Shopify says."""
        for error in payload.user_errors:
            code = f" ({error.code})" if error.code else ""
            message = f"{self._api.source_key} says: {error.message}{code}"
            raise SourceRefused(self._api.source_key, message, code=error.code)

    def _written(self, id_: str, order: str) -> Written:
        return Written(id_, f"{self._api.base_url}/admin/orders/{number(order)}")
