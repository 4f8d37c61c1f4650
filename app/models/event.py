"""The event log: append-only, written in the transaction of the change it reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Acted, Base, now, primary_key


class Event(Acted, Base):
    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("subject_id", "sequence"),
        Index(None, "type", "position"),
        Index(None, "subject_id", "position"),
        CheckConstraint("sequence > 0", name="sequence_from_one"),
    )

    id: Mapped[UUID] = primary_key()
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    """Orders all events; the cursor of the log."""
    type: Mapped[str]
    """Noun and past participle: `order.placed`."""
    at: Mapped[datetime] = now()
    subject_type: Mapped[str]
    """GraphQL type of the subject: Order, Customer, Return."""
    subject_id: Mapped[UUID]
    sequence: Mapped[int]
    """Counts within the subject, from 1, without gaps."""
    data: Mapped[dict[str, Any]]
    images: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """By table, the rows as the event's transaction left them; what an order was at a moment is read from them."""
