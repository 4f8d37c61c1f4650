"""What a connector offers, in words of no vendor: its errors, its records, and one small protocol per capability."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, runtime_checkable

from app.connectors.carrier import LabelSource, RateSource, TrackingSource
from app.connectors.payment import PaymentGateway
from app.connectors.webhook import WebhookReceiver
from app.domain.money import Money
from app.domain.source import SourceKind

# SourceFailure
# ├── SourceTimedOut       no answer within the deadline
# ├── SourceUnavailable    no connection, a server error, an open circuit: try later
# │   └── SourceThrottled  alive, but asking for patience
# ├── SourceRefused        the source understood and said no: repeating the request will not help
# └── SourceGarbled        an answer that cannot be read

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class SourceFailure(Exception):
    """A source gave no value. `message` is a sentence for clients: it holds no secret and no vendor's body."""

    def __init__(self, source_key: str, message: str) -> None:
        super().__init__(message)
        self.source_key = source_key
        self.message = message


class SourceTimedOut(SourceFailure):
    pass


class SourceUnavailable(SourceFailure):
    def __init__(self, source_key: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(source_key, message)
        self.retry_after_s = retry_after_s


class SourceThrottled(SourceUnavailable):
    pass


class SourceRefused(SourceFailure):
    def __init__(self, source_key: str, message: str, *, status: int | None = None, code: str | None = None) -> None:
        """`code` is the vendor's own."""
        super().__init__(source_key, message)
        self.status = status
        self.code = code


class SourceGarbled(SourceFailure):
    pass


class SourceState(StrEnum):
    FRESH = "FRESH"
    CACHED = "CACHED"
    STALE = "STALE"
    TIMED_OUT = "TIMED_OUT"
    UNAVAILABLE = "UNAVAILABLE"
    DISABLED = "DISABLED"


class CircuitState(StrEnum):
    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    key: str
    name: str
    kind: SourceKind
    enabled: bool
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one source took part in one answer: `as_of` is when its value was read, `latency_ms` what that took now."""

    source_key: str
    state: SourceState
    as_of: datetime | None = None
    latency_ms: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The newest `first` items, or those that follow `after`: the time and external id of the last item seen."""

    first: int
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    has_next: bool


@dataclass(frozen=True, slots=True)
class CaseRecord:
    external_id: str
    number: str
    subject: str
    status: str
    priority: str | None
    channel: str | None
    opened_at: datetime
    closed_at: datetime | None
    url: str | None


class InteractionKind(StrEnum):
    EMAIL = "EMAIL"
    CALL = "CALL"
    CHAT = "CHAT"
    MEETING = "MEETING"
    SOCIAL = "SOCIAL"
    SALES = "SALES"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    external_id: str
    kind: InteractionKind
    at: datetime
    subject: str | None
    body: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class StorefrontProfileRecord:
    external_id: str
    email: str | None
    order_count: int
    amount_spent: Money | None
    accepts_marketing: bool | None
    created_at: datetime | None


class Connector(Protocol):
    """One configured source. Beside this it implements the protocol of each capability its manifest names."""

    @property
    def info(self) -> SourceInfo: ...


# Every capability of reads is batched. `deadline` is a point on the monotonic clock (`time.monotonic`) which all of the
# call's requests, waits and retries share. An answer has a value for every id asked; a failure is a SourceFailure.


@runtime_checkable
class CaseSource(Protocol):
    async def cases(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        """Newest first by (opened_at, external_id). A customer unknown to the source has an empty page."""
        ...


@runtime_checkable
class InteractionSource(Protocol):
    async def interactions(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[InteractionRecord]]:
        """Newest first by (at, external_id). A customer unknown to the source has an empty page."""
        ...


@runtime_checkable
class StorefrontProfileSource(Protocol):
    async def profiles(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, StorefrontProfileRecord | None]:
        """None for a customer unknown to the source."""
        ...


CAPABILITIES: Mapping[str, type] = {
    "cases": CaseSource,
    "interactions": InteractionSource,
    "payments": PaymentGateway,
    "storefront_profiles": StorefrontProfileSource,
    "rates": RateSource,
    "labels": LabelSource,
    "tracking": TrackingSource,
    "webhooks": WebhookReceiver,
}
"""What a manifest may name, and the protocol that the connector must then implement."""


class Read(Protocol[T_co]):
    """A question that can be put to every source of one capability. Hashable: it is part of the cache's key."""

    @property
    def capability(self) -> str: ...

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, T_co]: ...
