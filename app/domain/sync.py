"""Copying from sources: the words for a run and for what became of a record."""

from enum import StrEnum


class SyncMode(StrEnum):
    INCREMENTAL = "INCREMENTAL"
    """What has changed since the last page that was taken over."""
    FULL = "FULL"
    """Everything there is; what is not among it is gone."""


class SyncStatus(StrEnum):
    RUNNING = "RUNNING"
    """Begun and not at its end, also between two attempts."""
    DONE = "DONE"
    FAILED = "FAILED"


class Taken(StrEnum):
    """What taking over a record did here."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
