"""Customers: golden records with their provenance, and everything joined to them."""

from datetime import datetime
from enum import Enum

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.declare import (
    Argument,
    batched,
    column,
    connection,
    many,
    one,
    remote,
    same_row,
    stored,
    value,
    where,
)
from app.execution.filters import condition, contains, equals, overlaps, refers_to, within
from app.resolvers import customer as resolve
from app.resolvers import customer_metrics, erp, live, provenance, timeline
from app.schema.catalog import Location
from app.schema.connection import Connection
from app.schema.customer_metrics import CustomerMetrics
from app.schema.enums import ConsentChannel, CustomerKind, SortDirection, TimelineKind
from app.schema.fulfillment import Shipment
from app.schema.inputs import DateTimeRange, ExternalKey
from app.schema.live import (
    LIVE_PAGING,
    MAX_AGE,
    Case,
    ErpAccount,
    Interaction,
    LiveConnection,
    LiveList,
    StorefrontProfile,
)
from app.schema.match_proposal import MatchProposal
from app.schema.node import Node
from app.schema.order import ORDER_SORTS, Order, OrderSort, OrderWhere
from app.schema.provenance import CustomerIdentity, FieldProvenance
from app.schema.returns import Return
from app.schema.scalars import CurrencyCode
from app.schema.segment import Segment
from app.schema.source import Source
from app.schema.timeline import TimelineConnection
from app.schema.value import Address


@stored(models.Consent)
class Consent:
    """Whether the customer may be reached in one way, as one source was told."""

    channel: ConsentChannel = column(models.Consent.channel, "The way to reach them.", read=Scope.CUSTOMER)
    granted: bool = column(models.Consent.granted, "Whether they agreed to be reached so.", read=Scope.CUSTOMER)
    at: datetime | None = column(
        models.Consent.at, "Since when that holds; null where the source did not say.", read=Scope.CUSTOMER
    )
    source: Source = one(models.Consent.source_key, "The system that was told.", read=Scope.CUSTOMER)


@value
class CustomerPreferences:
    """What the customer asked for; routing and carrier choice respect it."""

    locale: str | None = column(models.Customer.locale, "Language and region, for instance en-US.", read=Scope.CUSTOMER)
    currency: CurrencyCode | None = column(
        models.Customer.currency, "Currency in which they want to see prices.", read=Scope.CUSTOMER
    )
    carrier: Source | None = one(models.Customer.carrier_key, "Preferred carrier.", read=Scope.CUSTOMER)
    pickup_location: Location | None = one(
        models.Customer.pickup_location_id, "Where they like to pick up.", read=Scope.CUSTOMER
    )
    shipping_method: str | None = column(
        models.Customer.shipping_method, "How fast they like it, for instance `standard`.", read=Scope.CUSTOMER
    )
    allow_split_shipments: bool | None = column(
        models.Customer.allow_split_shipments, "Whether they accept an order in several parcels.", read=Scope.CUSTOMER
    )


@stored(models.Customer, survivor=models.Customer.merged_into_id)
class Customer(Node):
    """The golden record of a customer: for each field the best of what all systems say."""

    version: int = column(
        models.Customer.version, "Counts its changes; give it as `expectedVersion`.", read=Scope.CUSTOMER
    )
    number: str = column(models.Customer.number, "Unique, for people.", read=Scope.CUSTOMER)
    kind: CustomerKind = column(models.Customer.kind, "Person or organization.", read=Scope.CUSTOMER)
    display_name: str = column(models.Customer.display_name, "What to call them.", read=Scope.CUSTOMER)
    given_name: str | None = column(models.Customer.given_name, "Given name, of a person.", read=Scope.CUSTOMER)
    family_name: str | None = column(models.Customer.family_name, "Family name, of a person.", read=Scope.CUSTOMER)
    company: str | None = column(
        models.Customer.company, "An organization's name, or a person's company.", read=Scope.CUSTOMER
    )
    email: str | None = column(models.Customer.email, "The preferred one of `emails`.", read=Scope.CUSTOMER_PII)
    phone: str | None = column(models.Customer.phone, "The preferred one of `phones`.", read=Scope.CUSTOMER_PII)
    emails: list[str] | None = column(
        models.Customer.emails, "All that are known, lower case.", read=Scope.CUSTOMER_PII
    )
    phones: list[str] | None = column(
        models.Customer.phones, "All that are known, E.164 where readable.", read=Scope.CUSTOMER_PII
    )
    addresses: list[Address] | None = column(
        models.Customer.addresses, "All that are known, the most recent first.", read=Scope.CUSTOMER_PII
    )
    consents: list[Consent] = many(
        models.Consent.customer_id,
        "Whether they may be reached, and how.",
        by=models.Consent.channel,
        read=Scope.CUSTOMER,
    )
    preferences: CustomerPreferences = same_row("What they asked for.", read=Scope.CUSTOMER)
    tags: list[str] = column(models.Customer.tags, "Words that somebody put on them.", read=Scope.CUSTOMER)
    created_at: datetime = column(
        models.Customer.created_at, "When the first record of them came in.", read=Scope.CUSTOMER
    )
    updated_at: datetime = column(
        models.Customer.updated_at, "When the golden record last changed.", read=Scope.CUSTOMER
    )

    identities: list[CustomerIdentity] = many(
        models.CustomerSourceRecord.customer_id,
        "Their records in other systems, in the order they were linked.",
        by=models.CustomerSourceRecord.linked_at,
        read=Scope.CUSTOMER,
    )
    provenance: list[FieldProvenance] = batched(
        provenance.of_customers,
        "Field by field: who said it, when, and why it was chosen.",
        key=models.Customer.id,
        arguments={"fields": Argument(list[str] | None, "Names of the customer's fields; all of them when left out.")},
        read=Scope.CUSTOMER_PII,
    )
    match_proposals: list[MatchProposal] = many(
        models.MatchProposalCustomer.customer_id,
        "Proposals that they and another customer are one, newest first.",
        through=models.MatchProposalCustomer.proposal_id,
        by=models.MatchProposal.created_at,
        descending=True,
        read=Scope.CUSTOMER,
    )
    orders: Connection[Order] = connection(
        models.Order.customer_id,
        "Their orders, the latest first unless `sortBy` says otherwise.",
        by=models.Order.placed_at,
        arguments={"where": where(OrderWhere)},
        sort_by=OrderSort,
        sorts=ORDER_SORTS,
        read=Scope.ORDER,
    )
    returns: Connection[Return] = connection(
        models.Return.customer_id, "Their returns, the latest first.", by=models.Return.requested_at, read=Scope.RETURN
    )
    shipments: Connection[Shipment] = connection(
        models.Shipment.customer_id,
        "Their parcels, the latest first.",
        by=models.Shipment.created_at,
        read=Scope.FULFILLMENT,
    )
    timeline: TimelineConnection = batched(
        timeline.of_customers,
        "What happened between them and the company, from the store and the outside systems, the latest first.",
        key=models.Customer.id,
        arguments={
            "first": LIVE_PAGING["first"],
            "after": LIVE_PAGING["after"],
            "kinds": Argument(list[TimelineKind] | None, "Only these kinds; all of them when left out."),
        },
        read=Scope.ORDER,
    )
    metrics: CustomerMetrics = batched(
        customer_metrics.of_customers, "What their orders add up to.", key=models.Customer.id, read=Scope.ANALYTICS
    )
    segments: list[Segment] = many(
        models.SegmentMember.customer_id,
        "The segments they are in.",
        through=models.SegmentMember.segment_id,
        by=models.Segment.key,
        read=Scope.ANALYTICS,
    )
    cases: LiveConnection[Case] | None = remote(
        live.cases,
        "Live from the CRM, the latest first.",
        key=live.IDENTITIES,
        arguments=LIVE_PAGING,
        read=Scope.CRM,
    )
    interactions: LiveConnection[Interaction] | None = remote(
        live.interactions,
        "Live from the CRM: calls, e-mails, meetings, the latest first.",
        key=live.IDENTITIES,
        arguments=LIVE_PAGING,
        read=Scope.CRM,
    )
    erp_accounts: LiveList[ErpAccount] | None = remote(
        erp.accounts_of_customers,
        "Live from the ERP: credit limit, balance, payment terms.",
        key=live.IDENTITIES,
        arguments={"max_age": MAX_AGE},
        read=Scope.PAYMENT,
    )
    storefront_profiles: LiveList[StorefrontProfile] | None = remote(
        live.storefront_profiles,
        "Live from the storefronts.",
        key=live.IDENTITIES,
        arguments={"max_age": MAX_AGE},
        read=Scope.CUSTOMER_PII,
    )


@strawberry.input(one_of=True, description="Exactly one way to name a customer.")
class CustomerLookup:
    id: strawberry.ID | None = refers_to(
        "Customer",
        models.Customer.id,
        "Their global id. The id of a record that was merged away answers with the survivor.",
        survivor=models.Customer.merged_into_id,
    )
    number: str | None = equals(models.Customer.number, "Their number.")
    email: str | None = contains(models.Customer.emails, "Any of their e-mail addresses, in whatever case.")
    phone: str | None = condition(resolve.reachable_at, "Any of their phone numbers; E.164 finds most.")
    external: ExternalKey | None = condition(resolve.known_as, "What another system calls them.")


@strawberry.input(description="Which customers. What is left out does not matter.")
class CustomerWhere:
    kind: CustomerKind | None = equals(models.Customer.kind, "Persons, or organizations.")
    tags: list[str] | None = overlaps(models.Customer.tags, "With any of these tags.")
    segment: str | None = condition(resolve.in_segment, "In the segment of this key.")
    source: str | None = condition(resolve.known_to, "With a record in the source of this key.")
    created_at: DateTimeRange | None = within(models.Customer.created_at, "First known in this range.")


@strawberry.enum(description="What customers can be sorted by.")
class CustomerSortField(Enum):
    NUMBER = strawberry.enum_value("NUMBER", description="Their number, as text.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When the first record of them came in.")
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="When the golden record last changed.")
    DISPLAY_NAME = strawberry.enum_value("DISPLAY_NAME", description="What to call them.")


@strawberry.input(description="How customers are sorted; ties by id, in the same direction.")
class CustomerSort:
    field: CustomerSortField = strawberry.field(description="What to sort by.")
    direction: SortDirection = strawberry.field(description="Which end comes first.")


CUSTOMER_SORTS = {
    "NUMBER": models.Customer.number,
    "CREATED_AT": models.Customer.created_at,
    "UPDATED_AT": models.Customer.updated_at,
    "DISPLAY_NAME": models.Customer.display_name,
}
