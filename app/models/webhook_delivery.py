"""The inbox: events that outside systems sent us, each once, until what they say has been taken over."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, belongs_to, now, primary_key, zero


class WebhookDelivery(Base):
    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("source_key", "external_event_id"),
        Index(None, "processed_at"),
        Index(
            "ix_webhook_deliveries_waiting",
            "source_key",
            "subject",
            "sent_at",
            postgresql_where=text("processed_at IS NULL AND failed_at IS NULL"),
        ),
        Index("ix_webhook_deliveries_failed", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
        CheckConstraint("(failed_at IS NULL) = (failure IS NULL)", name="failed_has_reason"),
        CheckConstraint("failed_at IS NULL OR processed_at IS NULL", name="failed_or_processed"),
    )

    id: Mapped[UUID] = primary_key()
    source_key: Mapped[str] = belongs_to("sources.key")
    external_event_id: Mapped[str]
    """The sender's: the same for every delivery of one event."""
    sent_at: Mapped[datetime]
    """When it happened, by the sender's clock; events arrive in any order."""
    received_at: Mapped[datetime] = now()
    body: Mapped[dict[str, Any]]
    subject: Mapped[str] = mapped_column(server_default=text("''"))
    """What it is about: those of one subject are taken over one after the other. Empty for one that stands alone."""
    attempts: Mapped[int] = zero()
    """At taking it over, that failed."""
    processed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """Since when it is given up, until somebody has it tried again or drops it."""
    failure: Mapped[str | None]
    order_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    """Of our orders, those with an exception that says that it failed."""
