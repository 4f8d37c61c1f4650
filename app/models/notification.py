"""Notifications to customers: each goes out once for its subject, as far as that can be known."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.notification import NotificationKind, NotificationStatus
from app.models.base import Base, belongs_to, now, primary_key, word


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index(None, "order_id", "created_at", "id"),
        CheckConstraint("(status = 'SENT') = (sent_at IS NOT NULL)", name="sent_has_time"),
    )

    id: Mapped[UUID] = primary_key()
    kind: Mapped[NotificationKind] = mapped_column(word(NotificationKind))
    subject_id: Mapped[UUID]
    """The order, shipment or refund that it is about."""
    order_id: Mapped[UUID] = belongs_to("orders.id")
    recipient: Mapped[str | None]
    """As it was then. None where there was no address."""
    status: Mapped[NotificationStatus] = mapped_column(word(NotificationStatus))
    attempts: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = now()
    sent_at: Mapped[datetime | None]
