"""Shopify's customers as they arrive, and as the contract's records."""

from datetime import datetime

import msgspec

from app.connectors.ports.storefront import StorefrontProfileRecord
from app.domain.money import Money

ACCEPTS_MARKETING = {"SUBSCRIBED": True, "PENDING": False, "NOT_SUBSCRIBED": False, "UNSUBSCRIBED": False}
"""CustomerEmailAddressMarketingState; INVALID says nothing either way."""


class Object(msgspec.Struct, rename="camel"):
    pass


class MoneyV2(Object):
    amount: str
    currency_code: str


class EmailAddress(Object):
    email_address: str
    marketing_state: str


class Customer(Object):
    id: str
    created_at: datetime
    number_of_orders: str
    """An UnsignedInt64, which JSON carries as text."""
    amount_spent: MoneyV2
    default_email_address: EmailAddress | None


class Profiles(Object):
    nodes: list[Customer | None]


def profile_record(customer: Customer, *, external_id: str) -> StorefrontProfileRecord:
    """Raises ValueError for a count or an amount that is none."""
    email = customer.default_email_address
    return StorefrontProfileRecord(
        external_id=external_id,
        email=email.email_address if email else None,
        order_count=int(customer.number_of_orders),
        amount_spent=Money.parse(customer.amount_spent.amount, customer.amount_spent.currency_code),
        accepts_marketing=ACCEPTS_MARKETING.get(email.marketing_state) if email else None,
        created_at=customer.created_at,
    )
