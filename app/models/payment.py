"""Payments of an order and their transactions with the gateway. Amounts are minor units of `currency`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.payment import PaymentStatus, RefundComponent, TransactionKind, TransactionStatus
from app.models.base import Base, Minor, belongs_to, not_negative, now, primary_key, word, zero


class Payment(Base):
    __tablename__ = "payments"
    __table_args__ = (
        Index(None, "order_id", "created_at", "id"),
        Index(None, "gateway_reference", postgresql_where=text("gateway_reference IS NOT NULL")),
        Index(None, "authorization_expires_at", postgresql_where=text("authorization_expires_at IS NOT NULL")),
        *not_negative("amount_minor", "authorized_minor", "captured_minor", "released_minor", "refunded_minor"),
        CheckConstraint("captured_minor <= authorized_minor", name="captured_within_authorized"),
        CheckConstraint("captured_minor + released_minor <= authorized_minor", name="released_within_authorized"),
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
    released_minor: Mapped[Minor] = zero()
    """Authorized, and let go of without being captured: voided, expired, or left over by the last capture."""
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
        Index(None, "at", postgresql_where=text("status IN ('PENDING', 'UNKNOWN')")),
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
    """How often the gateway was asked, or was about to be."""
    is_final: Mapped[bool | None]
    """Of a capture: whether it lets go of what is left of the hold."""
    leased_until: Mapped[datetime | None]
    """Until then one process is asking the gateway, and no other should."""


class RefundPart(Base):
    """What a refund is for. The parts sum up to the amount of their transaction, and are in its currency."""

    __tablename__ = "refund_parts"
    __table_args__ = (
        Index(None, "transaction_id"),
        Index(None, "order_line_id", postgresql_where=text("order_line_id IS NOT NULL")),
        *not_negative("quantity", "amount_minor"),
    )

    id: Mapped[UUID] = primary_key()
    transaction_id: Mapped[UUID] = belongs_to("payment_transactions.id")
    order_line_id: Mapped[UUID | None] = belongs_to("order_lines.id", nullable=True)
    """Absent for shipping, and for an amount that is for no line."""
    component: Mapped[RefundComponent] = mapped_column(word(RefundComponent))
    quantity: Mapped[int] = zero()
    """Units of the line."""
    amount_minor: Mapped[Minor]
