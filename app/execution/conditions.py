"""What the value of a filter stands for, as data: a compiled plan can read it before there is a value.

Each condition is called with the value that a query gave and answers with an SQL condition. Its text depends on the
value as little as can be: lists travel as one array parameter. Those that point reads use also tell shape and values
without making SQL (`restriction`), since that takes a hundred times as long.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, any_, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry import UNSET
from strawberry.types.base import get_object_definition

from app.execution.errors import BadUserInput, LimitExceeded
from app.execution.ids import key_of, standing_for
from app.execution.restrictions import Restriction, restriction
from app.execution.sources import Condition, Expression, column_of

SEARCH_WORDS_MAX = 8
SEARCH_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Equal:
    expression: Expression

    def __call__(self, given: Any) -> ColumnElement[bool]:
        # A parameter in any case: SQLAlchemy writes true, false and null into the text.
        return self.expression == literal(given, self.expression.type)

    def restriction(self, given: Any) -> Restriction:
        return Restriction(None, (given,), lambda: self(given))


@dataclass(frozen=True, slots=True)
class OneOf:
    expression: Expression

    def __call__(self, given: list[Any]) -> ColumnElement[bool]:
        return self.expression == any_(literal(given, ARRAY(self.expression.type)))

    def restriction(self, given: list[Any]) -> Restriction:
        return Restriction(None, (given,), lambda: self(given))


@dataclass(frozen=True, slots=True)
class Overlap:
    """At least one of the given texts is in the column's array."""

    array: Expression

    def __call__(self, given: list[str]) -> ColumnElement[bool]:
        return self.array.op("&&", is_comparison=True)(literal(given, self.array.type))


@dataclass(frozen=True, slots=True)
class Contain:
    """The given text, in lower case, is in the column's array."""

    array: Expression

    def __call__(self, given: str) -> ColumnElement[bool]:
        return self.array.op("@>", is_comparison=True)(literal(self._sought(given), self.array.type))

    def restriction(self, given: str) -> Restriction:
        return Restriction(None, (self._sought(given),), lambda: self(given))

    @staticmethod
    def _sought(given: str) -> list[str]:
        return [given.strip().lower()]


@dataclass(frozen=True, slots=True)
class IdentifiedBy:
    """The given global id is one of `type_name`, and `key` holds its key, or that of its `survivor`."""

    type_name: str
    key: Expression
    survivor: Expression | None = None

    def __call__(self, given: str) -> ColumnElement[bool]:
        survivor = None if self.survivor is None else column_of(self.survivor)
        return standing_for(self._key(given), column_of(self.key), survivor)

    def restriction(self, given: str) -> Restriction:
        return Restriction(None, (self._key(given),), lambda: self(given))

    def _key(self, given: str) -> object:
        return key_of(given, self.type_name, column_of(self.key))


@dataclass(frozen=True, slots=True)
class Within:
    """A range with the optional ends `from_` (inclusive) and `to` (exclusive)."""

    expression: Expression

    def __call__(self, given: Any) -> ColumnElement[bool]:
        start, end = given.from_ or None, given.to or None
        if start is not None and end is not None and start > end:
            raise BadUserInput(f"The range is empty: it starts at {start.isoformat()} and ends at {end.isoformat()}.")
        bounds = [] if start is None else [self.expression >= start]
        if end is not None:
            bounds.append(self.expression < end)
        return and_(true(), *bounds)


@dataclass(frozen=True, slots=True)
class Match:
    """Every word of the search is in `text`, or nearly so (pg_trgm); `text` is lower case and trigram-indexed.

    A word with a digit or an @ is a number or an address: that is in the text or it is not.
    """

    text: Expression

    def __call__(self, given: str) -> ColumnElement[bool]:
        words = given.lower().split()
        if len(given) > SEARCH_LENGTH_MAX or len(words) > SEARCH_WORDS_MAX:
            raise LimitExceeded(
                f"A search may have {SEARCH_WORDS_MAX} words and {SEARCH_LENGTH_MAX} characters at most."
            )
        return and_(true(), *(self._has(word) for word in words))

    def _has(self, word: str) -> ColumnElement[bool]:
        exactly = self.text.contains(word, autoescape=True)
        if any(letter.isdigit() or letter == "@" for letter in word):
            return exactly
        # word_similarity() above pg_trgm.word_similarity_threshold (0.6), answered by the trigram index.
        return or_(exactly, literal(word).op("<%", is_comparison=True)(self.text))


@dataclass(frozen=True, slots=True)
class AllOf:
    """All conditions of an input object's fields; a field that is absent or null asks for nothing."""

    def __call__(self, given: Any) -> ColumnElement[bool]:
        return self.restriction(given).sql()

    def restriction(self, given: Any) -> Restriction:
        found = [
            (name, restriction(condition, value))
            for name, condition in _conditions(cast("Hashable", type(given))).items()
            if (value := getattr(given, name)) is not None and value is not UNSET
        ]
        return Restriction(
            tuple((name, each.shape) for name, each in found),
            tuple(value for _, each in found for value in each.values),
            lambda: and_(true(), *(each.sql() for _, each in found)),
        )


@cache
def _conditions(input_type: Hashable) -> Mapping[str, Condition]:
    """Of the input's fields, by Python name."""
    fields = get_object_definition(input_type, strict=True).fields
    return {each.python_name: each.metadata["condition"] for each in fields if "condition" in each.metadata}
