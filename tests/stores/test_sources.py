from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.source import SourceKind
from app.models import Connector, Source
from app.stores.engine import create_engine
from app.stores.sources import record_sources


@dataclass(frozen=True)
class _Configured:
    key: str
    name: str
    kind: SourceKind
    enabled: bool
    capabilities: frozenset[str]


CRM = _Configured("crm", "Our CRM", SourceKind.CRM, True, frozenset({"interactions", "cases"}))
SHOP = _Configured("shop", "Our Shop", SourceKind.STOREFRONT, True, frozenset({"storefront_profiles"}))
JUNCTION = ("junction", "Junction", "INTERNAL", None, None)


@pytest.fixture
async def engine(migrated_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_database)
    yield engine
    await engine.dispose()


async def _rows(engine: AsyncEngine) -> list[tuple[object, ...]]:
    query = (
        select(Source.key, Source.name, Source.kind, Connector.enabled, Connector.capabilities)
        .outerjoin(Connector, Connector.source_key == Source.key)
        .order_by(Source.key)
    )
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_configured_sources_are_added_beside_our_own(engine: AsyncEngine) -> None:
    await record_sources(engine, [SHOP, CRM])
    await record_sources(engine, [SHOP, CRM])
    assert await _rows(engine) == [
        ("crm", "Our CRM", "CRM", True, ["cases", "interactions"]),
        JUNCTION,
        ("shop", "Our Shop", "STOREFRONT", True, ["storefront_profiles"]),
    ]


async def test_a_changed_configuration_wins_and_a_removed_source_loses_its_connector(engine: AsyncEngine) -> None:
    await record_sources(engine, [SHOP, CRM])
    await record_sources(engine, [replace(CRM, name="Other", enabled=False)])
    assert await _rows(engine) == [
        ("crm", "Other", "CRM", False, ["cases", "interactions"]),
        JUNCTION,
        ("shop", "Our Shop", "STOREFRONT", None, None),
    ]


async def test_without_any_source_there_is_ours(engine: AsyncEngine) -> None:
    await record_sources(engine, [])
    assert await _rows(engine) == [JUNCTION]
