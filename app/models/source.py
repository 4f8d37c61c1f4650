"""Source systems, and the connectors that answer for some of them."""

from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.source import SourceKind
from app.models.base import Base, empty_list, word


class Source(Base):
    """A row for each, so that every mention of a source is a checked foreign key."""

    __tablename__ = "sources"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[SourceKind] = mapped_column(word(SourceKind))


class Connector(Base):
    """A source that can be asked live, as configured at the last start."""

    __tablename__ = "connectors"

    source_key: Mapped[str] = mapped_column(ForeignKey("sources.key"), primary_key=True)
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    capabilities: Mapped[list[str]] = empty_list()
    last_sync_at: Mapped[datetime | None]
