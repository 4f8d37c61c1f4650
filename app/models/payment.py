"""Payments of an order and their transactions with the gateway. Amounts are minor units of `currency`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.models.base import Base, Minor, belongs_to, not_negative, now, primary_key, word, zero


class Payment(Base):
    __tablename__ = "payments"
    __table_args__ = (
        Index(None, "order_id", "created_at", "id"),
        *not_negative("amount_minor", "authorized_minor", "captured_minor", "refunded_minor"),
        CheckConstraint("captured_minor <= authorized_minor", name="captured_within_authorized"),
        CheckConstraint("refunded_minor <= captured_minor", name="refunded_within_captured"),
    )

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    status: Mapped[PaymentStatus] = mapped_column(word(PaymentStatus))
    gateway_key: Mapped[str] = belongs_to("sources.key")
    method: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[Minor]
    authorized_minor: Mapped[Minor] = zero()
    """Ever authorized, sales included."""
    captured_minor: Mapped[Minor] = zero()
    refunded_minor: Mapped[Minor] = zero()
    method_token: Mapped[str | None]
    """The gateway's token of the means of payment; forgotten once it is authorized."""
    gateway_reference: Mapped[str | None]
    """What the gateway calls the authorization."""
    authorization_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = now()


class PaymentTransaction(Base):
    """One request to the gateway and what became of it."""

    __tablename__ = "payment_transactions"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        Index(None, "payment_id", "at", "id"),
        Index(None, "return_id", postgresql_where=text("return_id IS NOT NULL")),
        *not_negative("amount_minor"),
    )

    id: Mapped[UUID] = primary_key()
    payment_id: Mapped[UUID] = belongs_to("payments.id")
    return_id: Mapped[UUID | None] = belongs_to("returns.id", nullable=True)
    """The return that a refund settles."""
    kind: Mapped[TransactionKind] = mapped_column(word(TransactionKind))
    status: Mapped[TransactionStatus] = mapped_column(word(TransactionStatus))
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    at: Mapped[datetime] = now()
    gateway_reference: Mapped[str | None]
    error: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    """Sent to the gateway, so that an attempt without an answer can be looked up before it is repeated."""
    attempts: Mapped[int] = zero()
