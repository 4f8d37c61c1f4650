"""Who may read a field: said on the field's line, printed in the schema as a directive.

A plan is made for the scopes that its caller was granted. The interpreter, which reads field by field, finds them in
`GRANTED`; a field that the caller may not read is null there, with an error.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

import strawberry
from strawberry.schema_directive import Location

from app.execution.errors import Forbidden


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="scope",
    description="The scope that a caller needs to read this field.",
)
class ScopeDirective:
    name: str = strawberry.directive_field(name="name")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="public",
    description="Anyone who may read the object may read this field.",
)
class PublicDirective:
    reason: str = strawberry.directive_field(name="reason")


@dataclass(frozen=True, slots=True)
class Public:
    reason: str


def public(reason: str) -> Public:
    """Readable without a scope of its own; `reason` says why that is right."""
    return Public(reason)


Read = StrEnum | Public
"""A scope of the project's own enum, or `public(...)`."""


Granted = frozenset[str] | None
"""A caller's scopes; None where no access rules are in force, and everything may be read."""
GRANTED: ContextVar[Granted] = ContextVar("granted", default=None)


def is_readable(read: Read, granted: Granted) -> bool:
    return granted is None or isinstance(read, Public) or read in granted


def require_readable(read: Read) -> None:
    """Raises Forbidden."""
    granted = GRANTED.get()
    if granted is not None and not is_readable(read, granted):
        raise Forbidden(f"This needs the scope {read}.")


@contextmanager
def granted_to_caller(granted: Granted) -> Iterator[None]:
    token = GRANTED.set(granted)
    try:
        yield
    finally:
        GRANTED.reset(token)


def directive_of(read: Read) -> object:
    return PublicDirective(reason=read.reason) if isinstance(read, Public) else ScopeDirective(name=read.value)
