"""How much is on hand in a shop, by SKU. A location is called by its number, which the shop's own addresses show."""

from collections import Counter
from collections.abc import Sequence

from app.connectors.batching import in_chunks
from app.connectors.ports.feeds import Changes, StockRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.shopify import documents
from app.connectors.shopify.api import Api, Connection, Node
from app.connectors.shopify.ids import number
from app.connectors.shopify.mapping import Item, Level, Object, stock_levels

ITEMS_PER_PAGE = 20


class _Items(Object):
    inventory_items: Connection


async def stock_by_sku(api: Api, skus: Sequence[str], *, deadline: float) -> dict[str, tuple[StockLevel, ...]]:
    """Of several items with the same SKU, the sum."""

    async def ask(asked: Sequence[str]) -> dict[str, tuple[StockLevel, ...]]:
        query = " OR ".join(f"sku:{quoted(sku)}" for sku in asked)
        levels: dict[str, Counter[str]] = {sku: Counter() for sku in asked}
        after, has_more = None, True
        while has_more:
            page = await _page(api, after, query, deadline)
            for item in [await _item(api, node, deadline) for node in page.nodes]:
                # The search also finds SKUs that are merely alike.
                if item.sku in levels:
                    levels[item.sku].update({each.location: each.on_hand for each in stock_levels_of(item)})
            after, has_more = page.page_info.end_cursor, page.page_info.has_next_page
        return {
            sku: tuple(StockLevel(location, on_hand) for location, on_hand in found.items())
            for sku, found in levels.items()
        }

    return await in_chunks(tuple(dict.fromkeys(skus)), ITEMS_PER_PAGE, ask)


async def items_of(api: Api, sku: str, *, deadline: float) -> list[Item]:
    """Every item with exactly this SKU."""
    found: list[Item] = []
    after, has_more = None, True
    while has_more:
        page = await _page(api, after, f"sku:{quoted(sku)}", deadline)
        found += [item for item in [await _item(api, node, deadline) for node in page.nodes] if item.sku == sku]
        after, has_more = page.page_info.end_cursor, page.page_info.has_next_page
    return found


async def stock_page(api: Api, after: str | None, *, deadline: float) -> Changes[StockRecord]:
    """Of everything there is; behind the last page it begins anew."""
    page = await _page(api, after, None, deadline)
    items = [await _item(api, node, deadline) for node in page.nodes]
    records = tuple(StockRecord(sku=item.sku, levels=stock_levels_of(item)) for item in items if item.sku)
    has_more = page.page_info.has_next_page
    return Changes(records, (page.page_info.end_cursor or "") if has_more else "", has_more=has_more)


async def _page(api: Api, after: str | None, query: str | None, deadline: float) -> Connection:
    variables = {"first": ITEMS_PER_PAGE, "after": after, "query": query}
    answered = await api.query(documents.STOCK, variables, _Items, deadline=deadline)
    return answered.inventory_items


async def _item(api: Api, node: Node, deadline: float) -> Item:
    item = api.convert(node, Item, "an inventory item")
    page = item.inventory_levels.page_info
    if page.has_next_page:
        rest = api.items(documents.STOCK_LEVELS, item.id, "inventoryLevels", page.end_cursor, deadline=deadline)
        more = [each async for each in rest]
        item.inventory_levels.nodes += api.convert(more, list[Level], "an inventory level")
    if item.sku:
        api.skus[number(item.id)] = item.sku
    return item


def stock_levels_of(item: Item) -> tuple[StockLevel, ...]:
    """None for what is not counted."""
    return stock_levels(item.inventory_levels.nodes) if item.tracked else ()


def quoted(text: str) -> str:
    """A value of Shopify's search, taken literally: https://shopify.dev/docs/api/usage/search-syntax, read 2026-11."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
