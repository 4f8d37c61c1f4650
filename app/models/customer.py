"""Customers: golden records, the source records behind them, consents, and proposals that two are one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.customer import ConsentChannel, CustomerKind, MatchProposalStatus
from app.models.base import Base, belongs_to, empty_json_list, empty_list, now, primary_key, word

customer_numbers = Sequence("customer_numbers", start=100_001, metadata=Base.metadata)


class Customer(Base):
    """The golden record: for every field the value chosen among its linked source records."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_customers_emails", "emails", postgresql_using="gin"),
        Index("ix_customers_phones", "phones", postgresql_using="gin"),
        Index("ix_customers_tags", "tags", postgresql_using="gin"),
        Index(None, "created_at", "id"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "updated_at", "id"),
        Index(None, "display_name", "id"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
    )

    id: Mapped[UUID] = primary_key()
    version: Mapped[int] = mapped_column(server_default=text("1"))
    number: Mapped[str] = mapped_column(unique=True, server_default=text("concat('C', nextval('customer_numbers'))"))
    kind: Mapped[CustomerKind] = mapped_column(word(CustomerKind))
    display_name: Mapped[str]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    company: Mapped[str | None]
    email: Mapped[str | None]
    """The preferred one of `emails`, lower case."""
    phone: Mapped[str | None]
    """The preferred one of `phones`, E.164 where it could be read as such."""
    emails: Mapped[list[str]] = empty_list()
    phones: Mapped[list[str]] = empty_list()
    addresses: Mapped[list[dict[str, Any]]] = empty_json_list()
    tags: Mapped[list[str]] = empty_list()
    locale: Mapped[str | None]
    currency: Mapped[str | None]
    carrier_key: Mapped[str | None] = belongs_to("sources.key", nullable=True)
    pickup_location_id: Mapped[UUID | None] = belongs_to("locations.id", nullable=True)
    shipping_method: Mapped[str | None]
    allow_split_shipments: Mapped[bool | None]
    merged_into_id: Mapped[UUID | None] = belongs_to("customers.id", index=True, nullable=True)
    """Set on a record that was merged away: its id goes on answering, with the survivor."""
    created_at: Mapped[datetime] = now()
    updated_at: Mapped[datetime] = now()
    search_text: Mapped[str] = mapped_column(
        Computed(
            "lower(number || ' ' || display_name || ' ' || coalesce(company, '') || ' ' || coalesce(email, '')"
            " || ' ' || coalesce(phone, ''))",
            persisted=True,
        )
    )


class CustomerSourceRecord(Base):
    """The crosswalk: one system's version of a customer, as received, and the golden record it is linked to."""

    __tablename__ = "customer_source_records"
    __table_args__ = (
        UniqueConstraint("source_key", "external_id"),
        Index(None, "customer_id", "linked_at", "id"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_a_probability"),
    )

    id: Mapped[UUID] = primary_key()
    customer_id: Mapped[UUID] = belongs_to("customers.id")
    source_key: Mapped[str] = belongs_to("sources.key")
    external_id: Mapped[str]
    profile: Mapped[dict[str, Any]]
    """What survivorship reads; its keys are those of `app/identity/survivorship.py`."""
    record: Mapped[dict[str, Any] | None]
    """As received, in the vendor's own words."""
    linked_at: Mapped[datetime] = now()
    linked_by: Mapped[str]
    """The match rule or the agent that linked it."""
    confidence: Mapped[float]
    observed_at: Mapped[datetime]


class Consent(Base):
    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("customer_id", "channel", "source_key"),)

    id: Mapped[UUID] = primary_key()
    customer_id: Mapped[UUID] = belongs_to("customers.id")
    channel: Mapped[ConsentChannel] = mapped_column(word(ConsentChannel))
    granted: Mapped[bool]
    at: Mapped[datetime | None]
    source_key: Mapped[str] = belongs_to("sources.key")


class MatchProposal(Base):
    """Two customers that may be one, waiting for a decision."""

    __tablename__ = "match_proposals"
    __table_args__ = (
        Index(None, "score", "id"),
        Index(None, "status", "score", "id"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_range"),
        CheckConstraint("(status <> 'OPEN') = (decided_at IS NOT NULL)", name="decided_has_time"),
    )

    id: Mapped[UUID] = primary_key()
    status: Mapped[MatchProposalStatus] = mapped_column(word(MatchProposalStatus))
    score: Mapped[float]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """A list of {field, left, right, agreement, weight}."""
    created_at: Mapped[datetime] = now()
    decided_at: Mapped[datetime | None]


class MatchProposalCustomer(Base):
    """The two sides of a proposal."""

    __tablename__ = "match_proposal_customers"
    __table_args__ = (
        UniqueConstraint("proposal_id", "position"),
        CheckConstraint("position IN (1, 2)", name="two_sides"),
    )

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("match_proposals.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)
    position: Mapped[int]
