"""Imports of order history: the runs, what they refused, and which documents of a source are in the store."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.order_import import ImportPhase
from app.models.base import Base, belongs_to, now, primary_key, word


class ImportRun(Base):
    """One file under one mapping. A run that is not COMPLETE is continued by the next attempt at the same content."""

    __tablename__ = "import_runs"
    __table_args__ = (
        Index(
            "uq_import_runs_unfinished",
            "file_fingerprint",
            "mapping_fingerprint",
            unique=True,
            postgresql_where=text("phase <> 'COMPLETE'"),
        ),
        CheckConstraint("(phase = 'COMPLETE') = (completed_at IS NOT NULL)", name="complete_has_time"),
    )

    id: Mapped[UUID] = primary_key()
    source_key: Mapped[str] = belongs_to("sources.key")
    file_name: Mapped[str]
    file_fingerprint: Mapped[str]
    """SHA-256 of the bytes of the file and its side files."""
    mapping_fingerprint: Mapped[str]
    phase: Mapped[ImportPhase] = mapped_column(word(ImportPhase))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    started_at: Mapped[datetime] = now()
    completed_at: Mapped[datetime | None]


class ImportReject(Base):
    """A line that was refused. The first 100,000 of a run; the rejects file beside the report has them all."""

    __tablename__ = "import_rejects"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id"), primary_key=True)
    file_name: Mapped[str] = mapped_column(primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    """Counts data rows of the file from 1."""
    reason: Mapped[str]
    row: Mapped[dict[str, Any]]


class ImportDocument(Base):
    """An order, or a cancellation of orders, that a source's file has brought in, by the source's own number."""

    __tablename__ = "import_documents"

    source_key: Mapped[str] = mapped_column(ForeignKey("sources.key"), primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Of its lines' articles, quantities and prices: tells the same document from one that has changed."""
    run_id: Mapped[UUID] = belongs_to("import_runs.id")
