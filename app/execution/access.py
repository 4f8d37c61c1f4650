"""Who may read a field: said on the field's line, printed in the schema as a directive."""

from dataclasses import dataclass
from enum import StrEnum

import strawberry
from strawberry.schema_directive import Location


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


def directive_of(read: Read) -> object:
    return PublicDirective(reason=read.reason) if isinstance(read, Public) else ScopeDirective(name=read.value)
