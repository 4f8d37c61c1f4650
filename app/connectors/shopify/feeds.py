"""What is copied from a shop: customers, variants, orders, page by page in the order of their last change.

A cursor is "<since> <Shopify's own cursor>": the second part leads through the pages of what changed since; once the
last page is read, since becomes the latest change seen, less the time by which Shopify's search may lag behind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import msgspec

from app.connectors.batching import in_chunks
from app.connectors.ports.feeds import Changes, CustomerRecord, ProductRecord, StockRecord, UnreadableRecord
from app.connectors.ports.storefront import StorefrontOrder
from app.connectors.shopify import documents, order_documents
from app.connectors.shopify.api import Api, Connection, Node
from app.connectors.shopify.ids import gids
from app.connectors.shopify.mapping import (
    Currency,
    Object,
    Person,
    Product,
    Reference,
    Variant,
    customer_record,
    product_record,
)
from app.connectors.shopify.orders import Orders
from app.connectors.shopify.stock import stock_page

T = TypeVar("T")

ORDERS_PER_PAGE = 10
"""Some 50 points each: a page is not to use up a bucket."""
CUSTOMERS_PER_QUERY = 50
PRODUCTS_PER_PAGE = 30
VARIANTS_PER_QUERY = 250
ANY_STATUS = "status:active,draft,archived,unlisted"
"""Without it, products are those that are active."""


class _Updated(Object):
    updated_at: datetime


class _Orders(Object):
    orders: Connection


class _Customers(Object):
    customers: Connection


class _ProductNode(Product):
    variants: Connection


class _Products(Object):
    shop: Currency
    products: Connection


class _VariantNode(Variant):
    product: Product


class _Variants(Object):
    shop: Currency
    nodes: list[_VariantNode | None]


class Feeds(Orders):
    _api: Api

    async def changed_orders(self, cursor: str | None, *, deadline: float) -> Changes[StorefrontOrder]:
        variables = _page(cursor, ORDERS_PER_PAGE)
        page = (await self._api.query(order_documents.ORDERS_CHANGED, variables, _Orders, deadline=deadline)).orders
        ids = [self._api.convert(node, Reference, "an order").id for node in page.nodes]
        nodes = await self._order_nodes(ids, deadline=deadline)
        return self._changes(cursor, page, self._each("an order", nodes.values(), self._order))

    async def orders_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontOrder | None]:
        asked = gids("Order", external_ids)
        nodes = await self._order_nodes(tuple(dict.fromkeys(asked.values())), deadline=deadline)
        with self._api.readable("an order"):
            found = {id_: self._order(node) for id_, node in nodes.items()}
        return {id_: found.get(asked.get(id_, "")) for id_ in external_ids}

    async def changed_customers(self, cursor: str | None, *, deadline: float) -> Changes[CustomerRecord]:
        variables = _page(cursor, CUSTOMERS_PER_QUERY)
        answered = await self._api.query(documents.CUSTOMERS_CHANGED, variables, _Customers, deadline=deadline)
        page = answered.customers
        return self._changes(cursor, page, self._each("a customer", page.nodes, _customer))

    async def customers_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, CustomerRecord | None]:
        async def ask(ids: Sequence[str]) -> dict[str, CustomerRecord]:
            nodes = await self._api.nodes(documents.CUSTOMERS, ids, deadline=deadline)
            with self._api.readable("a customer"):
                return {id_: _customer(node) for id_, node in nodes.items()}

        asked = gids("Customer", external_ids)
        found = await in_chunks(tuple(dict.fromkeys(asked.values())), CUSTOMERS_PER_QUERY, ask)
        return {id_: found.get(asked.get(id_, "")) for id_ in external_ids}

    async def changed_products(self, cursor: str | None, *, deadline: float) -> Changes[ProductRecord]:
        variables = _page(cursor, PRODUCTS_PER_PAGE, ANY_STATUS)
        answered = await self._api.query(documents.PRODUCTS_CHANGED, variables, _Products, deadline=deadline)
        read: list[ProductRecord | UnreadableRecord | None] = []
        for node in answered.products.nodes:
            product = self._api.convert(node, _ProductNode, "a product")
            record = partial(_variant, product=product, currency=answered.shop.currency_code)
            read += self._each("a variant", await self._variants(product, deadline), record)
        return self._changes(cursor, answered.products, [each for each in read if each])

    async def products_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, ProductRecord | None]:
        async def ask(ids: Sequence[str]) -> dict[str, ProductRecord]:
            answered = await self._api.query(documents.VARIANTS, {"ids": ids}, _Variants, deadline=deadline)
            currency = answered.shop.currency_code
            with self._api.readable("a variant"):
                told = [product_record(node, node.product, currency=currency) for node in answered.nodes if node]
            return {each.external_id: each for each in told if each}

        asked = gids("ProductVariant", external_ids)
        found = await in_chunks(tuple(dict.fromkeys(asked.values())), VARIANTS_PER_QUERY, ask)
        return {id_: found.get(asked.get(id_, "")) for id_ in external_ids}

    async def changed_stock(self, cursor: str | None, *, deadline: float) -> Changes[StockRecord]:
        """Everything there is, over and over: Shopify does not say of whose stock it has changed."""
        return await stock_page(self._api, cursor or None, deadline=deadline)

    async def _variants(self, product: _ProductNode, deadline: float) -> list[Node]:
        nodes, page = product.variants.nodes, product.variants.page_info
        if not page.has_next_page:
            return nodes
        rest = self._api.items(documents.PRODUCT_VARIANTS, product.id, "variants", page.end_cursor, deadline=deadline)
        return [*nodes, *[each async for each in rest]]

    def _each(self, what: str, nodes: Iterable[Node], read: Callable[[Node], T]) -> list[T | UnreadableRecord]:
        """Raises SourceGarbled for a node that has not the form of its kind: that is not the record's own trouble."""
        records: list[T | UnreadableRecord] = []
        for node in nodes:
            try:
                records.append(read(node))
            except msgspec.ValidationError as exc:
                raise self._api.garbled(what) from exc
            except ValueError as exc:
                records.append(UnreadableRecord(node["id"], f"it cannot be read: {exc}", node))
        return records

    def _changes(self, cursor: str | None, page: Connection, read: Iterable[T | UnreadableRecord]) -> Changes[T]:
        items: list[T] = []
        unreadable: list[UnreadableRecord] = []
        for each in read:
            if isinstance(each, UnreadableRecord):
                unreadable.append(each)
            else:
                items.append(each)
        goes_on, has_more = self._next(cursor, page)
        return Changes(tuple(items), goes_on, has_more, unreadable=tuple(unreadable))

    def _next(self, cursor: str | None, page: Connection) -> tuple[str, bool]:
        """The cursor behind a page, and whether there is a page behind it by now."""
        since, after = _parts(cursor)
        if page.page_info.has_next_page:
            return f"{since} {page.page_info.end_cursor}", True
        if not page.nodes:
            # Nothing new: those told last time are not to be told again and again.
            return since if not after else cursor or "", False
        look_back = timedelta(seconds=self._api.manifest.limit("search_lag_s"))
        latest = max(self._api.convert(node, _Updated, "a time").updated_at for node in page.nodes)
        # A run that began later must not begin earlier, however many of its pages there were.
        return max(since, _text(latest - look_back)), False


def _variant(node: Node, *, product: Product, currency: str) -> ProductRecord | None:
    return product_record(msgspec.convert(node, Variant), product, currency=currency)


def _customer(node: Node) -> CustomerRecord:
    return customer_record(msgspec.convert(node, Person), raw=node)


def _page(cursor: str | None, size: int, condition: str = "") -> dict[str, object]:
    since, after = _parts(cursor)
    changed = f"updated_at:>='{since}'" if since else ""
    query = " AND ".join(each for each in (changed, condition) if each)
    return {"first": size, "after": after or None, "query": query or None}


def _parts(cursor: str | None) -> tuple[str, str]:
    since, _, after = (cursor or "").partition(" ")
    return since, after


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
