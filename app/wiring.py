"""The composition root: the one place that knows which parts the application is made of."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from app.connectors.freshness import LiveReads
from app.connectors.notifier import Notifier, NullNotifier
from app.connectors.observation import Observer, Observers
from app.connectors.registry import Registry
from app.connectors.smtp import InvalidMailSetting, SmtpNotifier, SmtpServer
from app.connectors.source_config import SourceConfig
from app.connectors.tracing import TRACED
from app.execution.connections import Connections
from app.execution.engine import Engine
from app.execution.limits import Sizes
from app.http.application import create_http_application
from app.http.documents import Documents
from app.http.graphql import GraphQLEndpoint, Limits, Sources
from app.http.labels import labels
from app.http.metrics import Metrics
from app.http.source_metrics import SourceMetrics
from app.http.trusted_documents import read_trusted_documents
from app.http.webhooks import webhooks
from app.schema import new_engine
from app.settings import InvalidSetting, Settings
from app.stores.engine import create_connections, create_engine, open_writers
from app.stores.inbox import failed_counts
from app.stores.jobs import queue_lengths
from app.stores.migrations import is_current, migrate, require_version
from app.stores.readings import StoredReadings
from app.stores.sources import record_sources
from app.workflows.policy import Policy, Shortage
from app.workflows.routing.configuration import configured_routing
from app.workflows.work import Work

OTHERS = 1
"""Connections for what is neither a query nor a command, such as the check of health."""


class NotMigrated(RuntimeError):
    """The tables are not those of this version."""


@dataclass(frozen=True, slots=True)
class Background:
    """What jobs need."""

    engine: AsyncEngine
    connections: Connections
    registry: Registry
    reads: LiveReads
    work: Work


@dataclass(frozen=True, slots=True)
class Application:
    engine: AsyncEngine
    connections: Connections
    registry: Registry
    work: Work
    metrics: Metrics
    http: ASGIApp


@dataclass(frozen=True, slots=True)
class Demo:
    """What app/cli/demo.py runs."""

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
        counted = CollectorRegistry()
        source_metrics = SourceMetrics(counted)
        kept = _for_reading(settings.database_connections_max)
        background = await stack.enter_async_context(
            running_background(
                settings,
                database_url,
                sources,
                migrates=migrates,
                connections_kept=kept,
                observer=Observers(source_metrics, TRACED),
            )
        )
        store, registry, connections = background.engine, background.registry, background.connections
        await record_sources(store, registry.sources)
        source_metrics.watch(registry)
        engine = new_engine(sizes_of(settings))
        metrics = Metrics(partial(queue_lengths, store), counted, partial(failed_counts, store))
        documents = _documents(settings, engine)
        limits = Limits(settings.body_bytes_max, settings.request_timeout_s, sizes_of(settings), may_choose_engine)
        graphql = GraphQLEndpoint(
            engine, documents, metrics, Sources(connections, background.reads, registry, background.work), limits
        )
        intake = webhooks(
            registry.webhook_receiver,
            background.work.writers,
            body_bytes_max=settings.body_bytes_max,
            told=metrics.observe_webhook,
        )
        http = create_http_application(graphql, metrics, store, registry, intake, labels(background.work.writers))
        yield Application(store, connections, registry, background.work, metrics, http)


@asynccontextmanager
async def running_background(
    settings: Settings,
    database_url: str,
    sources: Sequence[SourceConfig],
    *,
    migrates: bool,
    connections_kept: int = 0,
    observer: Observer = TRACED,
) -> AsyncIterator[Background]:
    """Raises what `running_application` does. `connections_kept` of those that the settings allow are for others."""
    async with AsyncExitStack() as stack:
        registry = Registry(sources, observer=observer)
        stack.push_async_callback(registry.close)
        writing = max(1, settings.database_connections_max - connections_kept - OTHERS)
        store = await stack.enter_async_context(
            prepared_engine(settings, database_url, migrates=migrates, connections_kept=connections_kept + writing)
        )
        pushes = {each.key: each.push for each in sources if each.enabled and each.push}
        writers = await open_writers(database_url, connections_max=writing, pushes=pushes)
        stack.push_async_callback(writers.close)
        # A process that only runs jobs reads nothing, and so opens none of these.
        connections = create_connections(
            database_url,
            connections_max=max(1, connections_kept),
            statement_timeout_s=settings.request_timeout_s,
        )
        stack.push_async_callback(connections.close)
        reads = LiveReads(registry, StoredReadings(connections, writers), source_timeout_s=settings.source_timeout_s)
        stack.push_async_callback(reads.close)
        routing = configured_routing(settings.routing_policy, settings.postal_centroids)
        work = Work(writers, registry, policy_of(settings), routing, notifier_of(settings), reads)
        yield Background(store, connections, registry, reads, work)


def notifier_of(settings: Settings) -> Notifier:
    """Raises InvalidSetting."""
    if settings.smtp_url is None:
        return NullNotifier()
    try:
        return SmtpNotifier(SmtpServer.parse(settings.smtp_url), settings.notify_from)
    except InvalidMailSetting as exc:
        raise InvalidSetting(str(exc)) from exc


def _documents(settings: Settings, engine: Engine) -> Documents:
    """Raises InvalidSetting."""
    path = settings.trusted_documents
    trusted = {} if path is None else read_trusted_documents(path, engine.errors_in)
    return Documents(engine.errors_in, trusted, trusted_only=settings.trusted_documents_only)


def sizes_of(settings: Settings) -> Sizes:
    return Sizes(settings.page_size_default, settings.page_size_max, settings.node_ids_max)


def policy_of(settings: Settings) -> Policy:
    return Policy(
        shortage=Shortage(settings.shortage),
        cart_holds_for=timedelta(seconds=settings.cart_hold_s),
        unconfirmed_expires_after=timedelta(days=settings.unconfirmed_expires_days),
        return_window=timedelta(days=settings.return_window_days),
        refunds_shipping=settings.refund_shipping,
    )


def _for_reading(connections_max: int) -> int:
    """Half of all connections: statements stay prepared on them, so they cannot be shared with everything else."""
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
