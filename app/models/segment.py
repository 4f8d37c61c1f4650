"""Segments of customers and the scores they come from; recomputed as a whole by `app/stores/customer_scores.py`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now, primary_key


class CustomerScore(Base):
    """Quintiles 1 (worst) to 5 (best) of recency, frequency and monetary value among customers who ordered."""

    __tablename__ = "customer_scores"
    __table_args__ = tuple(
        CheckConstraint(f"{column} BETWEEN 1 AND 5", name=f"{column}_is_a_quintile")
        for column in ("recency", "frequency", "monetary")
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    recency: Mapped[int]
    frequency: Mapped[int]
    monetary: Mapped[int]
    label: Mapped[str]
    computed_at: Mapped[datetime] = now()


class Segment(Base):
    __tablename__ = "segments"

    id: Mapped[UUID] = primary_key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class SegmentMember(Base):
    __tablename__ = "segment_members"

    segment_id: Mapped[UUID] = mapped_column(ForeignKey("segments.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)
