"""The quick way to a condition's shape and values says what its SQL says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ARRAY, Boolean, Text, column
from sqlalchemy import Enum as SqlEnum
from strawberry import ID

from app.execution.compiling import DIALECT
from app.execution.conditions import AllOf, Contain, Equal, IdentifiedBy, Match, OneOf, Overlap, Within
from app.execution.errors import BadUserInput
from app.execution.restrictions import of_sql, restriction
from tests.execution.bookshop import AuthorLookup, AuthorRow, BookRow, BookWhere

KEYS = [UUID(int=n) for n in (1, 2)]
ANN, BEN = (ID(f"Author:{key}") for key in KEYS)
TAGS = column("tags", ARRAY(Text))


class Kind(Enum):
    NEW = "new"
    USED = "used"


@dataclass(frozen=True)
class Between:
    from_: datetime | None
    to: datetime | None


FIRST, SECOND, THIRD = (datetime(year, 1, 1, tzinfo=UTC) for year in (2024, 2025, 2026))


@dataclass(frozen=True)
class Sample:
    condition: Any
    first: Sequence[Any]
    """A value, and the parameters that it comes to."""
    alike: Sequence[Any]
    """Values that differ from it in parameters alone."""
    unlike: Sequence[Any] = ()
    """Values that differ from it and from each other in the text of their SQL."""


SAMPLES = {
    "a text": Sample(Equal(BookRow.title), ("a", ["a"]), ["b", "", "$1", "it's"]),
    "a number": Sample(Equal(BookRow.shelf), (0, [0]), [1, -1]),
    "an enum": Sample(Equal(column("kind", SqlEnum(Kind))), (Kind.NEW, [Kind.NEW]), [Kind.USED]),
    "a truth": Sample(Equal(column("is_new", Boolean)), (True, [True]), [False]),
    "one of many": Sample(OneOf(BookRow.shelf), ([1], [[1]]), [[], [2, 3], list(range(100))]),
    "overlapping": Sample(Overlap(TAGS), (["a"], [["a"]]), [[], ["b", "c"]]),
    "containing": Sample(Contain(TAGS), (" A@b.C ", [["a@b.c"]]), ["", "x"]),
    "an id": Sample(IdentifiedBy("Author", AuthorRow.id), (ANN, [KEYS[0]]), [BEN]),
    "an id that survives": Sample(IdentifiedBy("Author", AuthorRow.id, AuthorRow.subject_id), (ANN, [KEYS[0]]), [BEN]),
    "a range": Sample(
        Within(AuthorRow.born_at),
        (Between(FIRST, SECOND), [FIRST, SECOND]),
        [Between(SECOND, THIRD)],
        [Between(FIRST, None), Between(None, SECOND), Between(None, None)],
    ),
    "a search": Sample(Match(BookRow.title), ("Ann 7", ["ann", "ann", "7"]), ["ben 8"], ["7 ann", "ann", "a b", ""]),
    "all of a filter": Sample(
        AllOf(),
        (BookWhere(title="a", shelf=[1]), ["a", [1]]),
        [BookWhere(title="b", shelf=[2, 3]), BookWhere(title="a", shelf=[1], author_id=None)],
        [BookWhere(title="a"), BookWhere(shelf=[1]), BookWhere(), BookWhere(title="a", shelf=[1], author_id=ANN)],
    ),
    "the one of a lookup": Sample(
        AllOf(), (AuthorLookup(id=ANN), [KEYS[0]]), [AuthorLookup(id=BEN)], [AuthorLookup(name="Ann")]
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_quick_way_has_the_values_of_the_sql_in_its_order(name: str) -> None:
    sample = SAMPLES[name]
    value, parameters = sample.first
    assert list(restriction(sample.condition, value).values) == parameters
    for each in (value, *sample.alike, *sample.unlike):
        assert restriction(sample.condition, each).values == of_sql(sample.condition(each)).values


@pytest.mark.parametrize("name", SAMPLES)
def test_shapes_are_equal_where_the_sql_is(name: str) -> None:
    sample = SAMPLES[name]
    value, _ = sample.first
    alike = [restriction(sample.condition, each) for each in (value, *sample.alike)]
    assert len({each.shape for each in alike}) == 1
    assert len({_text(sample.condition, each) for each in (value, *sample.alike)}) == 1
    others = [restriction(sample.condition, each) for each in sample.unlike]
    assert len({each.shape for each in (alike[0], *others)}) == 1 + len(others)
    assert len({_text(sample.condition, each) for each in (value, *sample.unlike)}) == 1 + len(others)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sql_made_on_demand_is_the_condition_s_own(name: str) -> None:
    sample = SAMPLES[name]
    value, _ = sample.first
    made = restriction(sample.condition, value).sql()
    assert str(made.compile(dialect=DIALECT)) == _text(sample.condition, value)


def _text(condition: Any, value: Any) -> str:
    return str(condition(value).compile(dialect=DIALECT))


@pytest.mark.parametrize("given", ["nonsense", "Book:1", "Author:1"])
def test_an_id_of_something_else_is_refused_both_ways(given: str) -> None:
    condition = IdentifiedBy("Author", AuthorRow.id)
    for way in (condition, condition.restriction):
        with pytest.raises(BadUserInput):
            way(given)
