"""The composition root: the one place that knows which parts the application is made of."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from app.connectors.freshness import LiveReads
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.execution.connections import Connections
from app.execution.engine import Engine
from app.execution.limits import Sizes
from app.http.application import create_http_application
from app.http.documents import Documents
from app.http.graphql import GraphQLEndpoint, Limits, Sources
from app.http.metrics import Metrics
from app.http.trusted_documents import read_trusted_documents
from app.sandbox.app import create_sandbox
from app.sandbox.data import CLIENT_ID, CLIENT_SECRET
from app.sandbox.server import serve_sandbox
from app.sandbox.story import FIRST_CUSTOMER_NUMBER, Story, end_of, tell
from app.schema import new_engine
from app.settings import Settings
from app.stores.engine import create_connections, create_engine
from app.stores.migrations import is_current, migrate, require_version
from app.stores.sources import record_sources
from app.workflows.seed import SeedResult, first_customer_created_at, seed

DEMO_SOURCES = (
    ("salesforce", "salesforce", "Salesforce"),
    ("shopify", "shopify", "Shopify"),
    ("shopify_outlet", "shopify", "Shopify Outlet"),
)
"""Key, vendor and name."""


class NotMigrated(RuntimeError):
    """The tables are not those of this version."""


@dataclass(frozen=True, slots=True)
class Application:
    engine: AsyncEngine
    connections: Connections
    registry: Registry
    http: ASGIApp


@dataclass(frozen=True, slots=True)
class Demo:
    application: Application
    sandbox_url: str
    sandbox_token: str


@asynccontextmanager
async def running_application(
    settings: Settings,
    database_url: str,
    sources: Sequence[SourceConfig],
    *,
    migrates: bool,
    may_choose_engine: bool = False,
) -> AsyncIterator[Application]:
    """Raises DatabaseTooOld, NotMigrated, InvalidManifest, InvalidSourceConfig."""
    async with AsyncExitStack() as stack:
        registry = Registry(sources)
        stack.push_async_callback(registry.close)
        kept = _for_plans(settings.database_connections_max)
        store = await stack.enter_async_context(
            prepared_engine(settings, database_url, migrates=migrates, connections_kept=kept)
        )
        await record_sources(store, registry.sources)
        connections = create_connections(
            database_url,
            connections_max=kept,
            statement_timeout_s=settings.request_timeout_s,
        )
        stack.push_async_callback(connections.close)
        reads = LiveReads(registry, source_timeout_s=settings.source_timeout_s)
        engine, metrics = new_engine(_sizes(settings)), Metrics()
        documents = _documents(settings, engine)
        limits = Limits(settings.body_bytes_max, settings.request_timeout_s, _sizes(settings), may_choose_engine)
        graphql = GraphQLEndpoint(engine, documents, metrics, Sources(store, connections, reads, registry), limits)
        yield Application(store, connections, registry, create_http_application(graphql, metrics, store, registry))


def _documents(settings: Settings, engine: Engine) -> Documents:
    """Raises InvalidSetting."""
    path = settings.trusted_documents
    trusted = {} if path is None else read_trusted_documents(path, engine.errors_in)
    return Documents(engine.errors_in, trusted, trusted_only=settings.trusted_documents_only)


def _sizes(settings: Settings) -> Sizes:
    return Sizes(settings.page_size_default, settings.page_size_max, settings.node_ids_max)


def _for_plans(connections_max: int) -> int:
    """Half of all connections: those of plans stay prepared, so they cannot be shared with everything else."""
    return max(1, connections_max // 2)


@asynccontextmanager
async def prepared_engine(
    settings: Settings, database_url: str, *, migrates: bool, connections_kept: int = 0
) -> AsyncIterator[AsyncEngine]:
    """Over the tables of this version. Raises DatabaseTooOld, and NotMigrated where this should not migrate.

    `connections_kept` of those that the settings allow are for something else.
    """
    connections_max = max(1, settings.database_connections_max - connections_kept)
    engine = create_engine(database_url, connections_max=connections_max)
    try:
        if migrates:
            await migrate(engine)
        else:
            await require_version(engine)
            if not await is_current(engine):
                raise NotMigrated("The database's tables are not those of this version; run junction migrate first.")
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def running_demo(settings: Settings, database_url: str) -> AsyncIterator[Demo]:
    """The application with the demo's retailer in the store and its vendors on the loopback. Raises StoreNotEmpty."""
    story, _ = await seed_demo(settings, database_url)
    control_token = secrets.token_urlsafe()
    sandbox = await serve_sandbox(create_sandbox(story.sandbox, control_token=control_token))
    try:
        sources = demo_sources(sandbox.base_url)
        async with running_application(
            settings, database_url, sources, migrates=False, may_choose_engine=True
        ) as application:
            yield Demo(application, sandbox.base_url, control_token)
    finally:
        await sandbox.close()


def demo_sources(sandbox_url: str) -> tuple[SourceConfig, ...]:
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return tuple(
        SourceConfig(key, vendor, name, f"{sandbox_url}/{key}", credentials) for key, vendor, name in DEMO_SOURCES
    )


async def seed_demo(settings: Settings, database_url: str) -> tuple[Story, SeedResult]:
    """Writes the story unless it is there already; the vendors must go on telling that same one."""
    async with prepared_engine(settings, database_url, migrates=True) as engine:
        story = tell(await _story_end(engine))
        return story, await seed(engine, story.tables, at=story.now)


async def _story_end(engine: AsyncEngine) -> datetime:
    """Of the story in the store, or for an empty store the last midnight, so that the demo looks alive."""
    told_at = await first_customer_created_at(engine, FIRST_CUSTOMER_NUMBER)
    return end_of(told_at) if told_at else datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
