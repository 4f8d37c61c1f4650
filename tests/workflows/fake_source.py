"""A source that is copied from: pages of two records, changed and taken away as a test likes, and failing when told."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.connectors.contract import SourceFailure, SourceInfo, SourceUnavailable
from app.connectors.ports.carrier import CarrierEvent, TrackingRecord
from app.connectors.ports.feeds import Changes, CustomerRecord, Feed, ProductRecord, StockRecord, UnreadableRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontOrder
from app.connectors.ports.webhook import Change, Unreadable
from app.connectors.source_config import SourceConfig
from app.domain.fulfillment import ShipmentStatus
from app.domain.money import Money
from app.domain.source import SourceKind

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
PAGE = 2


def at(minutes: float) -> datetime:
    """By the source's clock."""
    return START + timedelta(minutes=minutes)


def customer(number: int, minutes: float = 0, **more: Any) -> CustomerRecord:
    said = {"given_name": f"Ada {number}", "emails": (f"ada{number}@example.com",), "raw": {"id": number}}
    return CustomerRecord(external_id=str(number), updated_at=at(minutes), **{**said, **more})


def product(sku: str, minutes: float = 0, **more: Any) -> ProductRecord:
    said = {"title": sku.title(), "price": Money(500, "USD"), "active": True}
    return ProductRecord(external_id=f"p-{sku}", sku=sku, updated_at=at(minutes), **{**said, **more})


@dataclass
class FakeSource:
    """A connector. Its cursors are the time and the id of the last record told."""

    key: str = "web"
    records: dict[Feed, dict[str, Any]] = field(default_factory=dict)
    gone: dict[Feed, list[str]] = field(default_factory=dict)
    fails: list[SourceFailure] = field(default_factory=list)
    """What the next calls end with."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Why, by id: of records that a page cannot tell."""
    asked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def info(self) -> SourceInfo:
        return SourceInfo(self.key, self.key.title(), SourceKind.STOREFRONT, True, frozenset({"stock"}))

    def put(self, feed: Feed, *records: Any) -> None:
        for each in records:
            self.records.setdefault(feed, {})[getattr(each, "external_id", None) or each.sku] = each

    def take_away(self, feed: Feed, external_id: str, *, tells: bool) -> None:
        del self.records[feed][external_id]
        if tells:
            self.gone.setdefault(feed, []).append(external_id)

    async def changed_customers(self, cursor: str | None, *, deadline: float) -> Changes[CustomerRecord]:
        return self._page(Feed.CUSTOMERS, cursor)

    async def customers_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, CustomerRecord | None]:
        return self._by_id(Feed.CUSTOMERS, external_ids)

    async def changed_products(self, cursor: str | None, *, deadline: float) -> Changes[ProductRecord]:
        return self._page(Feed.PRODUCTS, cursor)

    async def products_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, ProductRecord | None]:
        return self._by_id(Feed.PRODUCTS, external_ids)

    async def changed_orders(self, cursor: str | None, *, deadline: float) -> Changes[StorefrontOrder]:
        return self._page(Feed.ORDERS, cursor)

    async def orders_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontOrder | None]:
        return self._by_id(Feed.ORDERS, external_ids)

    async def changed_stock(self, cursor: str | None, *, deadline: float) -> Changes[StockRecord]:
        self._ask("stock", cursor)
        return Changes(tuple(self.records.get(Feed.STOCK, {}).values()), "all", has_more=False)

    async def stock(self, skus: Sequence[str], *, deadline: float) -> Mapping[str, tuple[StockLevel, ...]]:
        """Live: there is none."""
        return dict.fromkeys(skus, ())

    async def changed_cases(self, cursor: str | None, *, deadline: float) -> Changes[str]:
        self._ask("cases", cursor)
        return Changes(tuple(self.records.get(Feed.CASES, {})), "all", has_more=False)

    def changes(self, event: Mapping[str, Any]) -> Sequence[Change]:
        """`changed` of an event are pairs of a feed, or none, and an id."""
        if "poison" in event:
            raise Unreadable(f"the event {event['id']} cannot be read: {event['poison']}")
        return [Change(id_, feed and Feed(feed)) for feed, id_ in event.get("changed", ())]

    def tracked(self, event: Mapping[str, Any]) -> TrackingRecord | None:
        """`parcel` of an event is its number, with the status that it has reached at `at`."""
        if "parcel" not in event:
            return None
        status, when = ShipmentStatus(event["status"]), datetime.fromisoformat(event["at"])
        reached = CarrierEvent(f"{event['parcel']} {status}", when, status, str(status), "Reno", "US")
        return TrackingRecord(event["parcel"], (reached,), None)

    def _ask(self, what: str, argument: Any) -> None:
        self.asked.append((what, argument))
        if self.fails:
            raise self.fails.pop(0)

    def _page(self, feed: Feed, cursor: str | None) -> Changes[Any]:
        self._ask(feed, cursor)
        found = sorted(self.records.get(feed, {}).values(), key=_place)
        first = bisect.bisect_right(found, cursor or "", key=_place)
        page = found[first : first + PAGE]
        gone = tuple(self.gone.pop(feed, ()))
        unreadable = [
            UnreadableRecord(each.external_id, self.unreadable[each.external_id], {"id": each.external_id})
            for each in page
            if each.external_id in self.unreadable
        ]
        return Changes(
            tuple(each for each in page if each.external_id not in self.unreadable),
            _place(page[-1]) if page else cursor or "",
            first + PAGE < len(found),
            gone,
            tuple(unreadable),
        )

    def _by_id(self, feed: Feed, external_ids: Sequence[str]) -> dict[str, Any]:
        self._ask(f"{feed} by id", list(external_ids))
        return {id_: self.records.get(feed, {}).get(id_) for id_ in external_ids}


def _place(record: Any) -> str:
    return f"{record.updated_at.isoformat()} {record.external_id}"


class FakeOutside:
    """The configured sources, as `Registry` is."""

    def __init__(self, *sources: FakeSource, **configured: Any) -> None:
        self._connectors = {each.key: each for each in sources}
        made = SourceConfig("web", "fake", "Web", "http://web.test", sync=frozenset(Feed), sync_every_s=300)
        self._configs = {each.key: replace(made, key=each.key, **configured) for each in sources}

    def __getitem__(self, key: str) -> Any:
        return self._connectors[key]

    @property
    def sources(self) -> Sequence[SourceInfo]:
        return tuple(each.info for each in self._connectors.values())

    def config(self, key: str) -> SourceConfig:
        return self._configs[key]

    @property
    def configs(self) -> Sequence[SourceConfig]:
        return tuple(self._configs.values())


def down() -> SourceUnavailable:
    return SourceUnavailable("web", "web is not there", retry_after_s=7)
