"""Commands that were given a key by their caller, with the answer that a repeat of the same key gets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Command(Base):
    __tablename__ = "commands"
    __table_args__ = (Index(None, "at"),)

    caller: Mapped[str] = mapped_column(primary_key=True)
    """Kind and id of the actor: keys of two callers never meet."""
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    mutation: Mapped[str]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of mutation and input."""
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime] = now()
