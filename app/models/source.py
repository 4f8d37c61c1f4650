"""Source systems, as configured: a row for each, so that every mention of one is a checked foreign key."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.source import SourceKind
from app.models.base import Base, empty_list, word


class Source(Base):
    __tablename__ = "sources"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[SourceKind] = mapped_column(word(SourceKind))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    is_connector: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a connector answers for it; an imported file's source has none."""
    capabilities: Mapped[list[str]] = empty_list()
    last_sync_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
