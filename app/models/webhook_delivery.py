"""The inbox: events that outside systems sent us, each once, until what they say has been taken over."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, belongs_to, now, primary_key


class WebhookDelivery(Base):
    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("source_key", "external_event_id"),
        Index(None, "processed_at"),
    )

    id: Mapped[UUID] = primary_key()
    source_key: Mapped[str] = belongs_to("sources.key")
    external_event_id: Mapped[str]
    """The sender's: the same for every delivery of one event."""
    sent_at: Mapped[datetime]
    """When it happened, by the sender's clock; events arrive in any order."""
    received_at: Mapped[datetime] = now()
    body: Mapped[dict[str, Any]]
    processed_at: Mapped[datetime | None] = mapped_column()
