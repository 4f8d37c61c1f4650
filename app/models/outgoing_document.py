"""What other systems were told of, one row for each document at each source."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.outgoing import Push
from app.models.base import Base, belongs_to, now, primary_key, word, zero


class OutgoingDocument(Base):
    """One that was neither asked, written nor given up waits for its order to be written there."""

    __tablename__ = "outgoing_documents"
    __table_args__ = (
        UniqueConstraint("source_key", "kind", "subject_id"),
        Index(None, "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_outgoing_documents_unwritten", "source_key", "id", postgresql_where=text("written_at IS NULL")),
        Index(None, "given_up_at", postgresql_where=text("given_up_at IS NOT NULL")),
        CheckConstraint("(given_up_at IS NULL) = (reason IS NULL)", name="given_up_has_reason"),
    )

    id: Mapped[UUID] = primary_key()
    source_key: Mapped[str] = belongs_to("sources.key")
    kind: Mapped[Push] = mapped_column(word(Push))
    subject_type: Mapped[str]
    """GraphQL type of what it is about."""
    subject_id: Mapped[UUID]
    order_id: Mapped[UUID | None] = belongs_to("orders.id", nullable=True)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What it says, where no other row of ours does."""
    created_at: Mapped[datetime] = now()
    asked_at: Mapped[datetime | None]
    """When the source was asked last, for as long as nobody knows whether it did it."""
    leased_until: Mapped[datetime | None]
    """Until then one process is asking, and no other should."""
    attempts: Mapped[int] = zero()
    """How often the source was asked, or was about to be."""
    written_at: Mapped[datetime | None]
    external_id: Mapped[str | None]
    """What the source calls the document."""
    url: Mapped[str | None]
    fingerprint: Mapped[str | None]
    """Of what was written last."""
    given_up_at: Mapped[datetime | None]
    """Since then a person has to decide."""
    reason: Mapped[str | None]
