"""What all connectors have in common, in words of no vendor: failures, states, pages. What each can do: `ports/`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

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


class Connector(Protocol):
    """One configured source. Beside this it implements the protocol of each capability its manifest names."""

    @property
    def info(self) -> SourceInfo: ...


# Every capability of reads is batched. `deadline` is a point on the monotonic clock (`time.monotonic`) which all of the
# call's requests, waits and retries share. An answer has a value for every id asked; a failure is a SourceFailure.


class Read(Protocol[T_co]):
    """A question that can be put to every source of one capability. Hashable: it is part of the cache's key."""

    @property
    def capability(self) -> str: ...

    @property
    def answer(self) -> Any:
        """The type of the values, by which they are read back from the cache."""
        ...

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, T_co]: ...
