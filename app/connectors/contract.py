"""What all connectors have in common, in words of no vendor: failures, states, pages. What each can do: `ports/`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from app.domain.source import SourceKind

# SourceFailure
# ├── SourceRefused          the source understood and said no
# ├── SourceUnavailable      no connection, a server error, an open circuit
# │   ├── SourceTimedOut     no answer within the deadline
# │   └── SourceThrottled    alive, but asking for patience
# └── SourceGarbled          broken: an answer that cannot be read
#
# | family | may the same request succeed later? | when to try | who can help |
# | --- | --- | --- | --- |
# | refused | no (`may_repeat` is False) | - | the caller, by asking for something else |
# | unavailable | yes | after `retry_after_s`, where it is known: the source's word, or the rest of the pause | time |
# | broken | yes: an outage may look like it | - | if it lasts, whoever looks after the connector |
#
# Whether it was carried out is another question: SourceRefused and SourceThrottled say that nothing happened; after
# all others it may have.

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class SourceFailure(Exception):
    """A source gave no value. `message` is a sentence for clients: it holds no secret and no vendor's body."""

    may_repeat: ClassVar[bool] = True
    """Whether the same request may succeed another time."""

    def __init__(self, source_key: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.source_key = source_key
        self.message = message
        self.at = datetime.now(UTC)
        self.retry_after_s = retry_after_s


class SourceUnavailable(SourceFailure):
    pass


class SourceTimedOut(SourceUnavailable):
    pass


class SourceThrottled(SourceUnavailable):
    pass


class SourceRefused(SourceFailure):
    may_repeat = False

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
    retry_after_s: float | None = None


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
