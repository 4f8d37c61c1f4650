"""Filters: each field of a where-input declares, on its line, the condition that its value stands for.

@strawberry.input
class OrderWhere:
    status: list[OrderStatus] | None = is_one_of(models.Order.status, "In one of these states.")
"""

from typing import Any

import strawberry

from app.execution.conditions import Contain, Equal, IdentifiedBy, OneOf, Overlap, Within
from app.execution.sources import Condition, Expression


def condition(stands_for: Condition, description: str) -> Any:
    """An input field that stands for whatever `stands_for` makes of its value."""
    return strawberry.field(description=description, default=strawberry.UNSET, metadata={"condition": stands_for})


def equals(expression: Expression, description: str) -> Any:
    return condition(Equal(expression), description)


def is_one_of(expression: Expression, description: str) -> Any:
    return condition(OneOf(expression), description)


def overlaps(array: Expression, description: str) -> Any:
    return condition(Overlap(array), description)


def contains(array: Expression, description: str) -> Any:
    return condition(Contain(array), description)


def refers_to(type_name: str, key: Expression, description: str, *, survivor: Expression | None = None) -> Any:
    return condition(IdentifiedBy(type_name, key, survivor), description)


def within(expression: Expression, description: str) -> Any:
    return condition(Within(expression), description)
