"""Imports of order history: how far a run has come, and what becomes of a line."""

from enum import StrEnum


class ImportPhase(StrEnum):
    STAGING = "STAGING"
    """The file is being copied; an interruption starts this phase again."""
    JUDGING = "JUDGING"
    """All rows are copied; each line's bucket and the units that cancellations take back are being found."""
    LOADING = "LOADING"
    """Batches of orders are being written, each in its own transaction."""
    COMPLETE = "COMPLETE"


class LineBucket(StrEnum):
    """Every line that was read is in exactly one."""

    IMPORTED = "imported"
    MERGED = "merged"
    """It says what is there already: an exact copy of an earlier line, or a line of an order imported before."""
    REJECTED = "rejected"
