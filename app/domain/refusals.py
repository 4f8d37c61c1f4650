"""Refusals: what a command says no with. Each is something the caller can act on, with the data to do it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class RefusalCode(StrEnum):
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_UNAVAILABLE = "PAYMENT_UNAVAILABLE"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    NOT_RETURNABLE = "NOT_RETURNABLE"
    ALREADY_DONE = "ALREADY_DONE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    FORBIDDEN = "FORBIDDEN"


Path = tuple[str, ...]
"""Where in the input: ("lines", "0", "sku"). Names are the command's own, in snake case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`message` says what is wrong, where, and what would do instead."""

    code: RefusalCode
    message: str
    field: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionConflict(Refusal):
    current_version: int
    code: RefusalCode = RefusalCode.VERSION_CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class IllegalTransition(Refusal):
    state: str
    allowed: tuple[str, ...]
    """Mutations that are allowed in this state."""
    code: RefusalCode = RefusalCode.ILLEGAL_TRANSITION


@dataclass(frozen=True, slots=True, kw_only=True)
class InsufficientStock(Refusal):
    sku: str
    requested: int
    available: int
    code: RefusalCode = RefusalCode.INSUFFICIENT_STOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRefusal(Refusal):
    """An outside system did not do it."""

    source_key: str
    retry_after_s: int | None = None


class Refused(Exception):
    """Ends a command. Nothing of it is kept; the refusals are its answer."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(each.message for each in refusals))
        self.refusals: Sequence[Refusal] = refusals


def refuse(code: RefusalCode, message: str, *field: str) -> Refused:
    """`raise refuse(RefusalCode.INVALID, "quantity must be at least 1", "lines", "0", "quantity")`."""
    return Refused(Refusal(code=code, message=message, field=field or None))


def refuse_if_any(refusals: Iterable[Refusal]) -> None:
    """Raises Refused with all of them; does nothing without one."""
    found = list(refusals)
    if found:
        raise Refused(*found)
