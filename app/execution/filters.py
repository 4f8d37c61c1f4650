"""Filters: each field of a where-input declares, on its line, the condition that its value stands for.

@strawberry.input
class OrderWhere:
    status: list[OrderStatus] | None = is_one_of(models.Order.status, "In one of these states.")
"""

from collections.abc import Callable
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, literal, or_, true
from strawberry.types.base import get_object_definition

from app.execution.errors import BadUserInput, LimitExceeded
from app.execution.ids import key_of
from app.execution.sources import Expression, Predicate, column_of

SEARCH_TERMS_MAX = 8
SEARCH_LENGTH_MAX = 200


def condition(predicate: Predicate, description: str) -> Any:
    """An input field that stands for whatever `predicate` makes of its value."""
    return strawberry.field(description=description, default=strawberry.UNSET, metadata={"condition": predicate})


def equals(expression: Expression, description: str) -> Any:
    return condition(equal_to(expression), description)


def is_one_of(expression: Expression, description: str) -> Any:
    return condition(one_of(expression), description)


def overlaps(array: Expression, description: str) -> Any:
    """At least one of the given texts is in the column's array."""
    return condition(lambda values: array.overlap(values), description)


def contains(array: Expression, description: str, *, read: Callable[[str], str] = str.lower) -> Any:
    """The given text, read by `read`, is in the column's array."""
    return condition(lambda given: array.contains([read(given)]), description)


def refers_to(type_name: str, key: Expression, description: str) -> Any:
    """A global id of `type_name`, compared with the column that holds its key."""
    return condition(identified_by(type_name, key), description)


def within(expression: Expression, description: str) -> Any:
    """A range with the optional ends `from_` (inclusive) and `to` (exclusive)."""
    return condition(lambda given: _between(expression, given), description)


def equal_to(expression: Expression) -> Predicate:
    return lambda given: expression == given


def one_of(expression: Expression) -> Predicate:
    return lambda values: expression.in_(values)


def identified_by(type_name: str, key: Expression) -> Predicate:
    return lambda id_: key == key_of(id_, type_name, column_of(key))


def matches(text: Expression) -> Predicate:
    """Every word of the search is in the text, or nearly so (pg_trgm); `text` is lower case and trigram-indexed.

    A word with a digit or an @ is a number or an address: that is in the text or it is not.
    """

    def predicate(search: str) -> ColumnElement[bool]:
        words = search.lower().split()
        if len(search) > SEARCH_LENGTH_MAX or len(words) > SEARCH_TERMS_MAX:
            raise LimitExceeded(
                f"A search may have {SEARCH_TERMS_MAX} words and {SEARCH_LENGTH_MAX} characters at most."
            )
        return and_(true(), *(_contains(word, text) for word in words))

    return predicate


def where_input(given: Any) -> ColumnElement[bool]:
    """All conditions of an input object; a field that is absent or null asks for nothing."""
    definition = get_object_definition(type(given), strict=True)
    conditions = [
        each.metadata["condition"](value)
        for each in definition.fields
        if "condition" in each.metadata and (value := getattr(given, each.python_name)) not in (None, strawberry.UNSET)
    ]
    return and_(true(), *conditions)


def _contains(word: str, text: Expression) -> ColumnElement[bool]:
    exactly = text.contains(word, autoescape=True)
    if any(letter.isdigit() or letter == "@" for letter in word):
        return exactly
    # word_similarity() above pg_trgm.word_similarity_threshold (0.6), answered by the trigram index.
    return or_(exactly, literal(word).op("<%", is_comparison=True)(text))


def _between(expression: Expression, given: Any) -> ColumnElement[bool]:
    bounds: list[ColumnElement[bool]] = []
    start, end = given.from_ or None, given.to or None
    if start is not None and end is not None and start > end:
        raise BadUserInput(f"The range is empty: it starts at {start.isoformat()} and ends at {end.isoformat()}.")
    if start is not None:
        bounds.append(expression >= start)
    if end is not None:
        bounds.append(expression < end)
    return and_(true(), *bounds)
