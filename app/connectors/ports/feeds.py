"""What a source can be copied from: everything it has, or what has changed since we looked last.

A feed is read page by page. Each page has the cursor to go on with, which is the vendor's own affair: text that holds a
time, an id, or both. A page read twice does no harm, so the cursor is kept only once its page is taken over; and a feed
rather tells a record twice than never: it looks back a little behind its cursor where the vendor's clock allows ties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontOrder
from app.domain.customer import CustomerKind
from app.domain.money import Money

T = TypeVar("T")


class Feed(StrEnum):
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    ORDERS = "orders"
    STOCK = "stock"
    CASES = "cases"
    """Not copied: what is remembered of a customer's cases and interactions is forgotten once they change."""
    EVENTS = "events"
    """What webhooks should have brought: taken in as if they had, each event once."""


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """One whose values make no sense, an amount of half a yen say, in an answer that has the form it is to have."""

    external_id: str
    reason: str
    raw: Mapping[str, Any] = field(repr=False)
    """As received."""


@dataclass(frozen=True)
class Changes(Generic[T]):
    items: tuple[T, ...]
    """Oldest change first, as far as the vendor sorts them."""
    cursor: str
    """What the next call takes, now or at the next sync."""
    has_more: bool
    gone: tuple[str, ...] = ()
    """External ids of what was deleted at the source, where it tells so."""
    unreadable: tuple[UnreadableRecord, ...] = ()
    """Records of this page that are not among its items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    external_id: str
    updated_at: datetime
    kind: CustomerKind = CustomerKind.PERSON
    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    emails: tuple[str, ...] = ()
    verified_emails: tuple[str, ...] = ()
    """Of `emails`, those that the customer has shown to be theirs, where the source knows."""
    phones: tuple[str, ...] = ()
    addresses: tuple[Mapping[str, Any], ...] = ()
    """With the keys of GraphQL's `AddressInput`."""
    tags: tuple[str, ...] = ()
    locale: str | None = None
    currency: str | None = None
    accepts_email: bool | None = None
    """Consent to marketing by e-mail, where the source knows."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As received, in the vendor's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord:
    external_id: str
    sku: str
    title: str
    price: Money | None
    active: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRecord:
    sku: str
    levels: tuple[StockLevel, ...]


@runtime_checkable
class CustomerFeed(Protocol):
    async def changed_customers(self, cursor: str | None, *, deadline: float) -> Changes[CustomerRecord]:
        """One page. `cursor` is that of an earlier page; None begins with the first customer there is."""
        ...

    async def customers_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, CustomerRecord | None]: ...


@runtime_checkable
class ProductFeed(Protocol):
    async def changed_products(self, cursor: str | None, *, deadline: float) -> Changes[ProductRecord]: ...

    async def products_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, ProductRecord | None]: ...


@runtime_checkable
class OrderFeed(Protocol):
    async def changed_orders(self, cursor: str | None, *, deadline: float) -> Changes[StorefrontOrder]: ...

    async def orders_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontOrder | None]: ...


@runtime_checkable
class StockFeed(Protocol):
    async def changed_stock(self, cursor: str | None, *, deadline: float) -> Changes[StockRecord]:
        """A source that cannot tell what changed begins anew whenever its last page has been read."""
        ...


@runtime_checkable
class CaseFeed(Protocol):
    async def changed_cases(self, cursor: str | None, *, deadline: float) -> Changes[str]:
        """The customers, by external id, whose cases have changed: what live reads remember of them is out of date.

        None begins now: what was read before has its age. There is nothing to read by id, and nothing is ever gone.
        """
        ...
