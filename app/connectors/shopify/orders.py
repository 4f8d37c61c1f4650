"""Reads orders whole. A query may ask for so much only, so what is longer than a page of it is read by itself."""

from collections.abc import Sequence

import msgspec

from app.connectors.batching import in_chunks, side_by_side
from app.connectors.ports.storefront import StorefrontOrder
from app.connectors.shopify import order_documents
from app.connectors.shopify.api import Api, Node
from app.connectors.shopify.order_mapping import Order, storefront_order


class Orders:
    _api: Api

    async def _order_nodes(self, gids: Sequence[str], *, deadline: float) -> dict[str, Node]:
        """In the order asked for, without those that are unknown."""

        async def ask(ids: Sequence[str]) -> dict[str, Node]:
            nodes = await self._api.nodes(order_documents.ORDERS, ids, deadline=deadline)
            for node in nodes.values():
                self._api.convert(node, Order, "an order")
            await side_by_side(*(self._complete(node, deadline) for node in nodes.values()))
            return nodes

        return await in_chunks(gids, order_documents.ORDERS_PER_QUERY, ask)

    def _order(self, node: Node) -> StorefrontOrder:
        return storefront_order(msgspec.convert(node, Order), base_url=self._api.base_url, raw=node)

    async def _complete(self, order: Node, deadline: float) -> None:
        await self._api.fill(order, "lineItems", order_documents.ORDER_LINES, deadline=deadline)
        if len(order["transactions"]) >= order_documents.TRANSACTIONS_FIRST:
            order |= (
                await self._api.node(order_documents.ORDER_TRANSACTIONS, {"id": order["id"]}, deadline=deadline) or {}
            )
        is_long = (
            len(order["refunds"]) >= order_documents.REFUNDS_FIRST
            or len(order["fulfillments"]) >= order_documents.FULFILLMENTS_FIRST
        )
        if is_long:
            await self._read_parts(order, deadline)
        for refund in order["refunds"]:
            await self._api.fill(refund, "refundLineItems", order_documents.REFUND_LINES, deadline=deadline)
        for fulfillment in order["fulfillments"]:
            await self._api.fill(
                fulfillment, "fulfillmentLineItems", order_documents.FULFILLMENT_LINES, deadline=deadline
            )

    async def _read_parts(self, order: Node, deadline: float) -> None:
        node = await self._api.node(order_documents.ORDER_PARTS, {"id": order["id"]}, deadline=deadline)
        parts = self._api.convert(node or {}, dict[str, list[dict[str, str]]], "parts of an order")
        for field, document in (("refunds", order_documents.REFUNDS), ("fulfillments", order_documents.FULFILLMENTS)):

            async def ask(ids: Sequence[str], document: str = document) -> dict[str, Node]:
                return await self._api.nodes(document, ids, deadline=deadline)

            ids = [each["id"] for each in parts.get(field, ())]
            order[field] = list((await in_chunks(ids, order_documents.PARTS_PER_QUERY, ask)).values())
