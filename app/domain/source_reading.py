"""What is kept of an outside system's answer, in the words that connectors and the store share."""

from datetime import datetime
from typing import NamedTuple

Key = tuple[str, str]
"""Source key and external id."""


class CacheAway(Exception):
    """The cache does not answer, or not in time. The message holds nobody's data."""


class Remembered(NamedTuple):
    value: str
    """JSON."""
    as_of: datetime


class ReadingToKeep(NamedTuple):
    source_key: str
    external_id: str
    question: str
    value: str
    """JSON."""
    as_of: datetime
    """When it was answered, by the clock on the wall."""
    asked_at_s: float
    """When it was asked for, on the monotonic clock: an answer may be older than a change that was told meanwhile."""
