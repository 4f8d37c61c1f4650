"""What a storefront offers: a customer's profile there, and its orders as somebody placed them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class StorefrontProfileRecord:
    external_id: str
    email: str | None
    order_count: int
    amount_spent: Money | None
    accepts_marketing: bool | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontLine:
    external_id: str
    sku: str | None
    """None where the storefront sells something without one: it then goes by its title."""
    title: str
    quantity: int
    """As ordered. What became of the units is in the counters below, each counted from the beginning."""
    unit_price: Money
    discount: Money
    """Of the whole line as ordered, its share of the order's discounts included."""
    tax: Money
    """Of the whole line as ordered, on top of the price."""
    canceled: int = 0
    shipped: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontPayment:
    """One authorization, or one sale that took the money at once."""

    external_id: str
    """The storefront's reference of it: what `PaymentGateway.capture` of the same source takes, where it is one."""
    method: str
    authorized: Money
    captured: Money
    refunded: Money
    at: datetime
    expires_at: datetime | None = None
    is_sale: bool = False
    """The money was taken at once; nothing was held before."""
    is_released: bool = False
    """What is not captured of it is not held any more: voided, or let go of by the last capture."""
    rounding_minor: int = 0
    """By how much its sums may differ from what was asked for here, since the storefront converts currencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontParcel:
    external_id: str
    carrier: str | None
    """As the storefront calls it."""
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: datetime
    delivered_at: datetime | None
    units: Mapping[str, int]
    """By the line's external id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontOrder:
    external_id: str
    number: str
    """What the customer was told."""
    url: str | None
    placed_at: datetime
    updated_at: datetime
    """By the storefront's clock: of two versions of an order the later is the truer."""
    canceled_at: datetime | None
    closed_at: datetime | None
    currency: str
    customer_external_id: str | None
    contact_name: str | None
    email: str | None
    phone: str | None
    shipping_address: Mapping[str, Any] | None
    """With the keys of GraphQL's `AddressInput`."""
    billing_address: Mapping[str, Any] | None
    shipping_method: str | None
    shipping: Money
    """Price of the shipping, its tax included, and of what is charged beside: duties, fees."""
    lines: tuple[StorefrontLine, ...]
    total: Money | None = None
    """What the storefront itself says that all units as ordered cost, with shipping. The rest is checked against it."""
    rounding_minor: int = 0
    """By how much the parts may miss it beyond a unit for each, since the storefront converts them one by one."""
    payments: tuple[StorefrontPayment, ...] = ()
    """One of nothing so far is still to be paid. Without any the order is paid on other terms, such as an invoice."""
    parcels: tuple[StorefrontParcel, ...] = ()
    note: str | None = None
    tags: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """As received, in the storefront's own words."""


@runtime_checkable
class StorefrontProfileSource(Protocol):
    async def profiles(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontProfileRecord | None]:
        """None for a customer unknown to the source."""
        ...
