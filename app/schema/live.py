"""What comes live from outside systems. All of it is nullable where it hangs, and says how its sources fared."""

from datetime import datetime
from typing import Generic, TypeVar

import strawberry

from app.execution.declare import Argument, attribute, value
from app.schema.connection import PAGING, Edge, PageInfo
from app.schema.enums import InteractionKind
from app.schema.scalars import Duration
from app.schema.source import Source, SourceStatus
from app.schema.value import PART_OF_VALUE, Money

T = TypeVar("T")

MAX_AGE = Argument(
    Duration | None,
    "How old a remembered answer may be. Without it sources are asked live, and one that fails has no value. With it "
    "a remembered answer that is not older is used; when a source must be asked and fails, its last known word is "
    "served with its age (state STALE).",
)
LIVE_PAGING = {
    "first": Argument(int | None, "How many, newest first."),
    "after": Argument(str | None, "A cursor: only items behind it."),
    "max_age": MAX_AGE,
}


@strawberry.type(name="Connection", description="One page of a list that outside systems were asked for.")
class LiveConnection(Generic[T]):
    edges: list[Edge[T]] = attribute("The items with their cursors.", read=PAGING)
    nodes: list[T] = attribute("The items, over all sources that answered.", read=PAGING)
    page_info: PageInfo = attribute("Where this page lies.", read=PAGING)
    sources: list[SourceStatus] = attribute("Every source that was asked, and how it fared.", read=PAGING)


@strawberry.type(name="List", description="A short list that outside systems were asked for.")
class LiveList(Generic[T]):
    nodes: list[T] = attribute("The items, over all sources that answered.", read=PAGING)
    sources: list[SourceStatus] = attribute("Every source that was asked, and how it fared.", read=PAGING)


@value
class Case:
    """A customer's matter that the CRM keeps open until it is settled."""

    external_id: str = attribute("Its id in the source.", read=PART_OF_VALUE)
    source: Source = attribute("Who keeps it.", read=PART_OF_VALUE)
    number: str = attribute("Its number in the source, for people.", read=PART_OF_VALUE)
    subject: str = attribute("What it is about.", read=PART_OF_VALUE)
    status: str = attribute("Where it stands, in the source's own words.", read=PART_OF_VALUE)
    priority: str | None = attribute("How urgent it is, in the source's own words.", read=PART_OF_VALUE)
    channel: str | None = attribute("How it came in, in the source's own words.", read=PART_OF_VALUE)
    opened_at: datetime = attribute("When it was opened.", read=PART_OF_VALUE)
    closed_at: datetime | None = attribute("When it was settled.", read=PART_OF_VALUE)
    url: str | None = attribute("Where a person can open it.", read=PART_OF_VALUE)


@value
class Interaction:
    """One time that the customer and the company met."""

    external_id: str = attribute("Its id in the source.", read=PART_OF_VALUE)
    source: Source = attribute("Who recorded it.", read=PART_OF_VALUE)
    kind: InteractionKind = attribute("How they met.", read=PART_OF_VALUE)
    at: datetime = attribute("When they met.", read=PART_OF_VALUE)
    subject: str | None = attribute("What it was about.", read=PART_OF_VALUE)
    body: str | None = attribute("What was said or written.", read=PART_OF_VALUE)
    agent: str | None = attribute("Who met the customer.", read=PART_OF_VALUE)


@value
class StorefrontProfile:
    """A customer as a storefront knows them."""

    external_id: str = attribute("Their id in the storefront.", read=PART_OF_VALUE)
    source: Source = attribute("Which storefront.", read=PART_OF_VALUE)
    email: str | None = attribute("Their e-mail there.", read=PART_OF_VALUE)
    order_count: int = attribute("Orders placed there.", read=PART_OF_VALUE)
    amount_spent: Money | None = attribute("Spent there, over all orders.", read=PART_OF_VALUE)
    accepts_marketing: bool | None = attribute("Whether they agreed to marketing by e-mail there.", read=PART_OF_VALUE)
    created_at: datetime | None = attribute("When the profile was made.", read=PART_OF_VALUE)


@value
class ErpAccount:
    """A customer as an ERP knows them: what they may owe, and what they do."""

    external_id: str = attribute("Their id in the ERP.", read=PART_OF_VALUE)
    source: Source = attribute("Which ERP.", read=PART_OF_VALUE)
    name: str = attribute("What the ERP calls them.", read=PART_OF_VALUE)
    credit_limit: Money | None = attribute("What they may owe, where the ERP says.", read=PART_OF_VALUE)
    balance: Money | None = attribute("What they owe, where the ERP says.", read=PART_OF_VALUE)
    payment_terms: str | None = attribute("When they pay, in the source's own words.", read=PART_OF_VALUE)
    blocked: bool = attribute("Whether the ERP takes no orders of them.", read=PART_OF_VALUE)


@value
class ErpDocument:
    """What an ERP wrote about an order."""

    source: Source = attribute("Which ERP.", read=PART_OF_VALUE)
    external_id: str = attribute("Its number in the ERP.", read=PART_OF_VALUE)
    kind: str = attribute(
        "In plain words, for instance `sales order`, `delivery`, `invoice`, `return`.", read=PART_OF_VALUE
    )
    status: str | None = attribute("Where it stands, in plain words.", read=PART_OF_VALUE)
    amount: Money | None = attribute("What it amounts to; null where it is not about money.", read=PART_OF_VALUE)
    created_at: datetime | None = attribute("When it was written.", read=PART_OF_VALUE)


@value
class ExternalPosition:
    """What another system believes is there. It is shown, and never changes our own count."""

    source: Source = attribute("Who believes it.", read=PART_OF_VALUE)
    on_hand: int = attribute("Units, over all its places that are this location.", read=PART_OF_VALUE)
    difference: int = attribute("Its units minus our `onHand`.", read=PART_OF_VALUE)
    as_of: datetime = attribute("When this was read from it.", read=PART_OF_VALUE)
