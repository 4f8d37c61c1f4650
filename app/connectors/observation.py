"""What can be watched of requests to sources: one call for each attempt, with nobody's data in it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from app.connectors.contract import (
    SourceFailure,
    SourceRefused,
    SourceThrottled,
    SourceTimedOut,
    SourceUnavailable,
)

Outcome = Literal["ok", "refused", "throttled", "timed_out", "unavailable", "broken", "canceled"]
"""`canceled`: nobody waited for it any longer."""


@dataclass(slots=True)
class Call:
    source_key: str
    name: str
    """What was asked, of few values: `track`, `query cases`."""
    method: str
    attempt: int
    """From 1."""
    outcome: Outcome = "broken"
    """Said when the call is over: until then it has failed for a reason that nobody foresaw."""
    status: int | None = None
    """None where there was no answer."""
    was_sent: bool = False
    """False where it ended while waiting, or the circuit was open."""
    waited_s: float = 0.0
    """For the source's rate, before it was sent."""


class Observer(Protocol):
    def calling(self, call: Call) -> AbstractContextManager[object]:
        """Goes around a call: when the block is left, `call` says what became of it."""
        ...


class Observers:
    """Several as one; none at all observe nothing."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        with ExitStack() as stack:
            for observer in self._observers:
                stack.enter_context(observer.calling(call))
            yield


def outcome_of(failure: SourceFailure) -> Outcome:
    match failure:
        case SourceRefused():
            return "refused"
        case SourceThrottled():
            return "throttled"
        case SourceTimedOut():
            return "timed_out"
        case SourceUnavailable():
            return "unavailable"
        case _:
            return "broken"
