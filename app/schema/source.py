"""Sources and connectors: the systems behind the answers, and how each took part."""

from datetime import datetime

from app import models
from app.access.scopes import Scope
from app.execution.access import public
from app.execution.declare import attribute, batched, column, one, stored, value
from app.resolvers import connector as resolve
from app.schema.enums import CircuitState, SourceKind, SourceState
from app.schema.node import Node
from app.schema.value import PART_OF_VALUE

NAMES_A_SOURCE = public("Names a system, not a customer; the field that holds it decides.")


@stored(models.Source)
class Source:
    """A system that says something about customers, orders or stock."""

    key: str = column(models.Source.key, "Stable and unique; what arguments called `source` take.", read=NAMES_A_SOURCE)
    name: str = column(models.Source.name, "What it is called.", read=NAMES_A_SOURCE)
    kind: SourceKind = column(models.Source.kind, "What it is for.", read=NAMES_A_SOURCE)


@value
class SourceStatus:
    """How a source took part in this answer, and how old its word is."""

    source: Source = attribute("The source.", read=PART_OF_VALUE)
    state: SourceState = attribute("Asked just now, remembered, or failed.", read=PART_OF_VALUE)
    as_of: datetime | None = attribute("When its value was read from it.", read=PART_OF_VALUE)
    latency_ms: float | None = attribute("How long asking it took this time, in milliseconds.", read=PART_OF_VALUE)
    error: str | None = attribute("Why it failed.", read=PART_OF_VALUE)


@stored(models.OrderReference)
class ExternalReference:
    """What another system calls an order."""

    source: Source = one(models.OrderReference.source_key, "The other system.", read=Scope.ORDER)
    external_id: str = column(models.OrderReference.external_id, "The order's id in that system.", read=Scope.ORDER)
    url: str | None = column(models.OrderReference.url, "Where a person can open it.", read=Scope.ORDER)


@stored(models.Connector)
class Connector(Node):
    """A source that can be asked live."""

    source: Source = one(models.Connector.source_key, "The source it answers for.", read=Scope.CONNECTOR)
    enabled: bool = column(
        models.Connector.enabled, "False when switched off in the configuration.", read=Scope.CONNECTOR
    )
    circuit: CircuitState = batched(
        resolve.circuits,
        "Whether this server lets requests through to it.",
        key=models.Connector.source_key,
        read=Scope.CONNECTOR,
    )
    capabilities: list[str] = column(
        models.Connector.capabilities,
        "What its connector can do, for instance `cases` or `webhooks`.",
        read=Scope.CONNECTOR,
    )
    last_sync_at: datetime | None = column(
        models.Connector.last_sync_at,
        "Until when at least all that is copied from it has been: when the feed that was copied longest ago came to its"
        " end. Null while one of them never did.",
        read=Scope.CONNECTOR,
    )
    last_error: str | None = batched(
        resolve.last_errors,
        "Why the latest request of this server to it failed; where that succeeded, why copying from it last did.",
        key=models.Connector.source_key,
        read=Scope.CONNECTOR,
    )
