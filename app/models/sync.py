"""Copying from sources: the runs, how far each feed is, which version of a record we have, and what was refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.sync import SyncMode, SyncStatus
from app.models.base import Base, belongs_to, not_negative, now, primary_key, word, zero


class SyncRun(Base):
    """One pass over a feed, however many attempts it takes."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        Index(
            "uq_sync_runs_running",
            "source_key",
            "feed",
            "mode",
            unique=True,
            postgresql_where=text("status = 'RUNNING'"),
        ),
        Index(None, "source_key", "feed", "started_at"),
        CheckConstraint("(status <> 'RUNNING') = (ended_at IS NOT NULL)", name="ended_has_time"),
        *not_negative("pages", "read", "created", "changed", "unchanged", "gone", "refused"),
    )

    id: Mapped[UUID] = primary_key()
    source_key: Mapped[str] = belongs_to("sources.key")
    feed: Mapped[str]
    mode: Mapped[SyncMode] = mapped_column(word(SyncMode))
    status: Mapped[SyncStatus] = mapped_column(word(SyncStatus))
    cursor: Mapped[str | None]
    """The source's, of the last page that was taken over."""
    pages: Mapped[int] = zero()
    """That were taken over: whoever takes over the next one saw this number."""
    read: Mapped[int] = zero()
    created: Mapped[int] = zero()
    changed: Mapped[int] = zero()
    unchanged: Mapped[int] = zero()
    gone: Mapped[int] = zero()
    refused: Mapped[int] = zero()
    error: Mapped[str | None]
    """Why the last attempt failed: a sentence without anybody's data."""
    is_held: Mapped[bool] = mapped_column(server_default=text("true"))
    """A process is at it, unless it died: then `heartbeat_at` is old."""
    heartbeat_at: Mapped[datetime] = now()
    wanted_at: Mapped[datetime | None]
    """Of a full run: since when one of what has changed waits for it to give way."""
    started_at: Mapped[datetime] = now()
    ended_at: Mapped[datetime | None]


class SyncCursor(Base):
    """Where a feed is read on from, the next time that what changed is asked for."""

    __tablename__ = "sync_cursors"

    source_key: Mapped[str] = mapped_column(ForeignKey("sources.key"), primary_key=True)
    feed: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    synced_at: Mapped[datetime | None]
    """When a run last came to its end."""
    full_at: Mapped[datetime] = now()
    """When a full run last ended, well or not; before the first, when the feed was first copied, which is as much."""


class SyncedRecord(Base):
    """A record of a source and the version of it that was taken over."""

    __tablename__ = "synced_records"

    source_key: Mapped[str] = mapped_column(ForeignKey("sources.key"), primary_key=True)
    feed: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Of all that the source says of it; empty where that was refused, so that the same is tried again."""
    updated_at: Mapped[datetime]
    """By the source's clock: an older version loses."""
    seen_at: Mapped[datetime] = now()
    """When it was last taken over, or met in a full run."""
    gone_at: Mapped[datetime | None]
    """Since when the source has it no longer. What was made of it stays: orders and history refer to it."""


class SyncRefusal(Base):
    """A record that could not be taken over, as it came."""

    __tablename__ = "sync_refusals"

    source_key: Mapped[str] = mapped_column(ForeignKey("sources.key"), primary_key=True)
    feed: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    refused_at: Mapped[datetime] = now()
