"""Shopify's customers, variants and stock as they arrive, and as records of the ports. Orders: order_mapping.py."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from app.connectors.ports.feeds import CustomerRecord, ProductRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.shopify.api import PageInfo
from app.connectors.shopify.ids import number
from app.domain.money import Money

T = TypeVar("T")

ACCEPTS_MARKETING = {"SUBSCRIBED": True, "PENDING": False, "NOT_SUBSCRIBED": False, "UNSUBSCRIBED": False}
"""CustomerEmailAddressMarketingState; INVALID says nothing either way."""


class Object(msgspec.Struct, rename="camel"):
    pass


class Nodes(Object, Generic[T]):
    nodes: list[T]


class Paged(Object, Generic[T]):
    nodes: list[T]
    page_info: PageInfo


class MoneyV2(Object):
    amount: str
    currency_code: str


class MoneyBag(Object):
    shop_money: MoneyV2
    presentment_money: MoneyV2 | None = None
    """In the buyer's currency, where it is asked for."""


class EmailAddress(Object):
    email_address: str
    marketing_state: str


class PhoneNumber(Object):
    phone_number: str


class Address(Object):
    """Parts that an app may not see are null."""

    name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    city: str | None
    province: str | None
    province_code: str | None
    zip: str | None
    country_code_v2: str | None
    phone: str | None
    id: str | None = None


class Customer(Object):
    """With the fields of a profile."""

    id: str
    created_at: datetime
    number_of_orders: str
    """An UnsignedInt64, which JSON carries as text."""
    amount_spent: MoneyV2
    default_email_address: EmailAddress | None


class Reference(Object):
    id: str


class Currency(Object):
    currency_code: str


class Person(Object):
    """A customer with the fields of the feed."""

    id: str
    updated_at: datetime
    first_name: str | None
    last_name: str | None
    locale: str
    tags: list[str]
    amount_spent: Currency
    default_email_address: EmailAddress | None
    verified_email: bool
    default_phone_number: PhoneNumber | None
    default_address: Reference | None
    addresses_v2: Nodes[Address]


class Product(Object):
    id: str
    title: str
    status: str
    updated_at: datetime


class Variant(Object):
    id: str
    sku: str | None
    title: str
    price: str
    updated_at: datetime


class Quantity(Object):
    name: str
    quantity: int


class Level(Object):
    location: Reference
    quantities: list[Quantity]


class Item(Object):
    id: str
    sku: str | None
    tracked: bool
    inventory_levels: Paged[Level]


def money(amount: MoneyV2) -> Money:
    """Raises InvalidAmount, a ValueError."""
    return Money.parse(amount.amount, amount.currency_code)


def shop_money(bag: MoneyBag) -> Money:
    return money(bag.shop_money)


def sum_minor(bags: Iterable[MoneyBag]) -> int:
    return sum(shop_money(each).minor for each in bags)


def address(told: Address | None) -> Mapping[str, Any] | None:
    """None for one without a street, a city or a country: nothing can be sent there."""
    if told is None or not (told.address1 and told.city and told.country_code_v2):
        return None
    return {
        "name": told.name,
        "company": told.company or None,
        "line1": told.address1,
        "line2": told.address2 or None,
        "city": told.city,
        "region": told.province_code or told.province,
        "postalCode": told.zip,
        "country": told.country_code_v2,
        "phone": told.phone,
    }


def profile_record(customer: Customer, *, external_id: str) -> StorefrontProfileRecord:
    """Raises ValueError for a count or an amount that is none."""
    email = customer.default_email_address
    return StorefrontProfileRecord(
        external_id=external_id,
        email=email.email_address if email else None,
        order_count=int(customer.number_of_orders),
        amount_spent=money(customer.amount_spent),
        accepts_marketing=ACCEPTS_MARKETING.get(email.marketing_state) if email else None,
        created_at=customer.created_at,
    )


def customer_record(person: Person, *, raw: Mapping[str, Any]) -> CustomerRecord:
    """Addresses begin with the customer's default."""
    default = person.default_address.id if person.default_address else None
    told = sorted(person.addresses_v2.nodes, key=lambda each: each.id != default)
    email = person.default_email_address
    return CustomerRecord(
        external_id=person.id,
        updated_at=person.updated_at,
        given_name=person.first_name or None,
        family_name=person.last_name or None,
        company=next((each.company for each in told if each.company), None),
        emails=(email.email_address,) if email else (),
        verified_emails=(email.email_address,) if email and person.verified_email else (),
        phones=(person.default_phone_number.phone_number,) if person.default_phone_number else (),
        addresses=tuple(each for each in map(address, told) if each),
        tags=tuple(person.tags),
        locale=person.locale,
        currency=person.amount_spent.currency_code,
        accepts_email=ACCEPTS_MARKETING.get(email.marketing_state) if email else None,
        raw=raw,
    )


def product_record(variant: Variant, product: Product, *, currency: str) -> ProductRecord | None:
    """None for a variant without a SKU: nothing here could go by it. Raises ValueError for a price that is none."""
    if not variant.sku:
        return None
    # A product without options has one variant of this name.
    only = variant.title == "Default Title"
    return ProductRecord(
        external_id=variant.id,
        sku=variant.sku,
        title=product.title if only else f"{product.title} - {variant.title}",
        price=Money.parse(variant.price, currency),
        active=product.status == "ACTIVE",
        updated_at=max(variant.updated_at, product.updated_at),
    )


def stock_levels(levels: Sequence[Level]) -> tuple[StockLevel, ...]:
    """By the location's number, which the shop's own addresses show."""
    return tuple(
        StockLevel(number(level.location.id), each.quantity)
        for level in levels
        for each in level.quantities
        if each.name == "on_hand"
    )
