"""Products and the locations that hold them."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.inventory import LocationKind
from app.models.base import Base, Minor, belongs_to, not_negative, primary_key, word


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        Index(
            "ix_products_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        *not_negative("price_minor"),
        CheckConstraint("(price_minor IS NULL) = (currency IS NULL)", name="price_has_currency"),
    )

    id: Mapped[UUID] = primary_key()
    sku: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    price_minor: Mapped[Minor | None]
    currency: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    attributes: Mapped[dict[str, Any] | None]
    search_text: Mapped[str] = mapped_column(Computed("lower(sku || ' ' || title)", persisted=True))


class ProductReference(Base):
    """What another system calls this product."""

    __tablename__ = "product_references"
    __table_args__ = (UniqueConstraint("source_key", "external_id"), Index(None, "product_id", "id"))

    id: Mapped[UUID] = primary_key()
    product_id: Mapped[UUID] = belongs_to("products.id")
    source_key: Mapped[str] = belongs_to("sources.key")
    external_id: Mapped[str]


class Location(Base):
    __tablename__ = "locations"
    __table_args__ = (
        *not_negative("daily_capacity"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
    )

    id: Mapped[UUID] = primary_key()
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[LocationKind] = mapped_column(word(LocationKind))
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    daily_capacity: Mapped[int | None]
    """Units it can ship a day; unbounded when absent."""
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    """Routing prefers the higher."""
