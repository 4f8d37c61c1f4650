"""User errors: what speaks against a mutation, with the data to act on; and the actions that they speak against."""

import strawberry

from app.execution.declare import attribute, value
from app.schema.enums import RefusalCode
from app.schema.source import Source
from app.schema.value import PART_OF_VALUE


@strawberry.interface(
    description="Why a mutation did not, or would not, do what it is asked for. The caller can act on it."
)
class UserError:
    code: RefusalCode = attribute("For programs: what kind of reason it is.", read=PART_OF_VALUE)
    message: str = attribute("For people: what is wrong, and what would do instead.", read=PART_OF_VALUE)
    field: list[str] | None = attribute(
        "Where in the input: names of fields, and places in lists from 0.", read=PART_OF_VALUE
    )


@value
class ValidationError(UserError):
    """Something about the input, or about what it is asked of, that has no data beyond its message."""


@value
class VersionConflict(UserError):
    """It was changed since it had `expectedVersion`. Read it again before deciding anew."""

    current_version: int = attribute("The version that it has now.", read=PART_OF_VALUE)


@value
class IllegalTransition(UserError):
    """That is not possible in the state in which it is."""

    state: str = attribute("The state that it is in, for instance COMPLETED.", read=PART_OF_VALUE)
    allowed: list[str] = attribute("Names of the mutations that are possible as it now is.", read=PART_OF_VALUE)


@value
class InsufficientStock(UserError):
    """There are not as many units."""

    sku: str = attribute("SKU of the product.", read=PART_OF_VALUE)
    requested: int = attribute("Units asked for.", read=PART_OF_VALUE)
    available: int = attribute("Units that there are.", read=PART_OF_VALUE)


@value
class SourceError(UserError):
    """An outside system did not do its part."""

    source: Source = attribute("The system that did not.", read=PART_OF_VALUE)
    retry_after_seconds: int | None = attribute(
        "Seconds after which another try may be worth it, where that is known.", read=PART_OF_VALUE
    )


USER_ERRORS = (ValidationError, VersionConflict, IllegalTransition, InsufficientStock, SourceError)
"""Nothing in the schema names them but the interface: they are handed to it one by one."""


@value
class AvailableAction:
    """A mutation, and whether it is possible as things now are."""

    name: str = attribute("Name of the mutation, for instance `orderCancel`.", read=PART_OF_VALUE)
    allowed: bool = attribute("Whether nothing speaks against it.", read=PART_OF_VALUE)
    blocked_by: list[UserError] = attribute("What speaks against it; empty when it is allowed.", read=PART_OF_VALUE)
