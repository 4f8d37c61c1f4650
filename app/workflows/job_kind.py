"""What there is to know of a kind of job: its function, how often it is tried, and when it runs by itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.connectors.contract import SourceRefused
from app.domain.refusals import Refused

ATTEMPTS_MAX = 15
"""About half an hour in all: longer than most outages, and short enough that somebody is told the same day."""
FIRST_RETRY_S = 1.0
RETRY_S_MAX = 300.0
TIMEOUT_S = 60.0


class NotWorthRetrying(Exception):
    """The same again would fail the same way. The message is a sentence for those who decide what happens instead."""


FINAL = (NotWorthRetrying, Refused, SourceRefused)
"""A job that fails with one of these is not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """`run` takes the job's data and the `Work` of the process. It may run twice, and must then do its work once."""

    run: Callable[[Mapping[str, Any], Any], Awaitable[object]]
    attempts_max: int = ATTEMPTS_MAX
    first_retry_s: float = FIRST_RETRY_S
    """Doubles with each attempt, up to RETRY_S_MAX, give or take a quarter so that what failed together comes apart."""
    timeout_s: float = TIMEOUT_S
    """Of one attempt."""
    every_s: float | None = None
    """Runs by itself, in one process at a time, this long after it has ended; its job is named by its key, too."""
    suggested_action: str | None = None
    """The mutation that helps where it has failed for good."""
    given_up: "Callable[[FailedJob, Any], Awaitable[None]] | None" = None
    """What else becomes of one that has failed for good, beside the exception of the order that it is about."""


@dataclass(frozen=True, slots=True)
class FailedJob:
    name: str
    key: str
    data: Mapping[str, Any]
    attempts: int
    reason: str
    """A sentence without anybody's data."""
    suggested_action: str | None
