"""What the value of a filter stands for, as data: a compiled plan can read it before there is a value.

Each condition is called with the value that a query gave and answers with an SQL condition. Its text depends on the
value as little as can be: lists travel as one array parameter.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry import UNSET
from strawberry.types.base import get_object_definition

from app.execution.errors import BadUserInput, LimitExceeded
from app.execution.ids import key_of, standing_for
from app.execution.sources import Expression, column_of

SEARCH_WORDS_MAX = 8
SEARCH_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Equal:
    expression: Expression

    def __call__(self, given: Any) -> ColumnElement[bool]:
        equal: ColumnElement[bool] = self.expression == given
        return equal


@dataclass(frozen=True, slots=True)
class OneOf:
    expression: Expression

    def __call__(self, given: list[Any]) -> ColumnElement[bool]:
        return self.expression == any_(literal(given, ARRAY(self.expression.type)))


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
        return self.array.op("@>", is_comparison=True)(literal([given.strip().lower()], self.array.type))


@dataclass(frozen=True, slots=True)
class IdentifiedBy:
    """The given global id is one of `type_name`, and `key` holds its key, or that of its `survivor`."""

    type_name: str
    key: Expression
    survivor: Expression | None = None

    def __call__(self, given: str) -> ColumnElement[bool]:
        own = column_of(self.key)
        survivor = None if self.survivor is None else column_of(self.survivor)
        return standing_for(key_of(given, self.type_name, own), own, survivor)


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
        definition = get_object_definition(type(given), strict=True)
        conditions = [
            each.metadata["condition"](value)
            for each in definition.fields
            if "condition" in each.metadata and (value := getattr(given, each.python_name)) not in (None, UNSET)
        ]
        return and_(true(), *conditions)
