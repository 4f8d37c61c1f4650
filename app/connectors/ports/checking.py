"""What a connector says of its own set-up: whether we are let in, and whether the fields we use are there."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    """What was looked at: `credentials`, `object Contact`, `scope read_orders`."""
    is_ok: bool
    detail: str
    """A sentence: what was found, or what is missing and how to get it. No secret."""


@runtime_checkable
class Checkable(Protocol):
    async def check(self, *, deadline: float) -> tuple[Finding, ...]:
        """Changes nothing. Asks for what this instance has and compares it with what the connector uses, where the
        vendor can describe itself. Wrong credentials are a finding; a source that does not answer is a SourceFailure.
        """
        ...
