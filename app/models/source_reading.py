"""What was last read from outside systems, and what of it is out of date: a cache, which may be lost any time."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

_UNLOGGED = {"prefixes": ["UNLOGGED"]}
"""Written without a journal: after a crash of Postgres the tables are empty, and everything is asked for anew."""


class SourceReading(Base):
    __tablename__ = "source_readings"
    __table_args__ = (Index("ix_source_readings_age", text("coalesce(as_of, claimed_until)")), _UNLOGGED)

    source_key: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    """Its capability and its arguments as JSON."""
    value: Mapped[str | None] = mapped_column(JSON())
    """As text: jsonb would refuse a NUL character within a string, which vendors may send."""
    as_of: Mapped[datetime | None] = mapped_column()
    """When it was answered; without it nothing is known yet, and somebody is asking."""
    asked_at: Mapped[datetime | None] = mapped_column()
    """By the clock of Postgres, as are the times below."""
    claimed_until: Mapped[datetime | None] = mapped_column()
    """Somebody is asking."""


class SourceChange(Base):
    """Nothing that was asked for before that time is true of this record."""

    __tablename__ = "source_changes"
    __table_args__ = _UNLOGGED

    source_key: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[datetime] = mapped_column(index=True)
