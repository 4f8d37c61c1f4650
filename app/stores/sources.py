"""Keeps the tables of sources and connectors in step with what is configured."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.source import INTERNAL_SOURCE, SourceKind
from app.models import Base, Connector, Source

Row = dict[str, Any]


class ConfiguredSource(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> SourceKind: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def capabilities(self) -> Collection[str]: ...


async def record_sources(engine: AsyncEngine, configured: Sequence[ConfiguredSource]) -> None:
    """A source that is no longer configured loses its connector, but stays: facts refer to it."""
    sources: list[Row] = [{"key": each.key, "name": each.name, "kind": each.kind} for each in configured]
    sources.append({"key": INTERNAL_SOURCE, "name": "Junction", "kind": SourceKind.INTERNAL})
    connectors: list[Row] = [
        {"source_key": each.key, "enabled": each.enabled, "capabilities": sorted(each.capabilities)}
        for each in configured
    ]
    async with engine.begin() as connection:
        gone = Connector.source_key.not_in([each.key for each in configured])
        await connection.execute(delete(Connector).where(gone))
        await _upsert(connection, Source, "key", sources)
        await _upsert(connection, Connector, "source_key", connectors)


async def last_syncs(engine: AsyncEngine) -> dict[str, datetime | None]:
    """By source key, of the configured ones."""
    async with engine.connect() as connection:
        rows = await connection.execute(select(Connector.source_key, Connector.last_sync_at))
        return {row.source_key: row.last_sync_at for row in rows}


async def _upsert(connection: AsyncConnection, model: type[Base], key: str, rows: list[Row]) -> None:
    if rows:
        statement = insert(model).values(rows)
        changes = {name: statement.excluded[name] for name in rows[0] if name != key}
        await connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changes))
