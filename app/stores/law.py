"""A law: what must be true of the store, and the query for the rows that break it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    name: str
    says: str
    advice: str
    """What to do about a row that breaks it."""
    broken: str
    """SQL: one row for each break, its columns naming the row and the values that disagree."""
