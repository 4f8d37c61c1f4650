"""Walking a connection meets every row once and in order, whatever the page size, the direction and the sort."""

import base64
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.execution.errors import BadUserInput, LimitExceeded
from app.execution.keyset import Order, page_size, window
from app.execution.limits import Sizes
from app.execution.sources import column_of
from tests.execution.bookshop import AuthorRow, BookRow, Library, context, schema

SIZES = Sizes(page_size_default=25, page_size_max=100, ids_max=100)
BY_BIRTH = Order(column_of(AuthorRow.born_at), column_of(AuthorRow.id), descending=True)

WALK = """query ($first: Int, $after: String, $last: Int, $before: String, $sort: BookSort) {
  books(first: $first, after: $after, last: $last, before: $before, sortBy: $sort) {
    edges { cursor node { title shelf } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.mark.parametrize("size", [1, 2, 5, 12, 13])
@pytest.mark.parametrize("sort", [None, ("TITLE", "ASC"), ("TITLE", "DESC"), ("SHELF", "ASC"), ("SHELF", "DESC")])
async def test_walking_there_and_back(library: Library, size: int, sort: tuple[str, str] | None) -> None:
    sorting = None if sort is None else {"field": sort[0], "direction": sort[1]}
    there = await _walk(library, sorting, "first", "after", size)
    back = await _walk(library, sorting, "last", "before", size)
    assert sorted(there) == [f"Book {n:02}" for n in range(12)]
    assert list(reversed(back)) == there
    if sort and sort[0] == "TITLE":
        assert there == sorted(there, reverse=sort[1] == "DESC")


async def _walk(library: Library, sort: object, size_name: str, place_name: str, size: int) -> list[str]:
    """Titles in the order in which the walk met them; backward, the last page is met first and from its end."""
    titles: list[str] = []
    place = None
    for _ in range(20):
        variables = {size_name: size, place_name: place, "sort": sort}
        result = await schema.execute(WALK, variable_values=variables, context_value=context(library))
        assert result.errors is None
        assert result.data is not None
        page = result.data["books"]
        found = [edge["node"]["title"] for edge in page["edges"]]
        titles += found if size_name == "first" else reversed(found)
        info = page["pageInfo"]
        assert [info["startCursor"], info["endCursor"]] == [page["edges"][0]["cursor"], page["edges"][-1]["cursor"]]
        more, place = (
            (info["hasNextPage"], info["endCursor"])
            if size_name == "first"
            else (info["hasPreviousPage"], info["startCursor"])
        )
        if not more:
            return titles
    raise AssertionError("the walk does not end")


async def test_an_empty_page_says_whether_there_is_more(library: Library) -> None:
    result = await schema.execute(WALK, variable_values={"first": 0}, context_value=context(library))
    assert result.data == {
        "books": {
            "edges": [],
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        }
    }


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1 < at.year < 9999), st.uuids())
def test_a_cursor_names_the_place_it_was_made_from(at: datetime, key: object) -> None:
    assert BY_BIRTH.place(BY_BIRTH.cursor([at, key])) == [at, key]


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_text_breaks_the_reading_of_cursors(text: str) -> None:
    with pytest.raises(BadUserInput):
        BY_BIRTH.place(text)


@pytest.mark.parametrize("values", [[], ["x", "y"], ["2026-01-01T00:00:00", "y"], [None, None], [1, 2], [{}, []]])
def test_a_forged_cursor_is_refused(values: list[object]) -> None:
    forged = base64.urlsafe_b64encode(orjson.dumps([BY_BIRTH.name, *values])).decode()
    with pytest.raises(BadUserInput):
        BY_BIRTH.place(forged)


def test_a_page_has_a_size() -> None:
    assert page_size("first", None, SIZES) == 25
    assert page_size("first", 100, SIZES) == 100
    with pytest.raises(LimitExceeded):
        page_size("first", 101, SIZES)
    with pytest.raises(BadUserInput):
        window(BY_BIRTH, sizes=SIZES, first=1, last=1)


def test_whole_numbers_stand_for_floats_but_never_for_texts() -> None:
    order = Order(column_of(BookRow.title), column_of(BookRow.id))
    with pytest.raises(BadUserInput):
        order.place(
            base64.urlsafe_b64encode(orjson.dumps([order.name, 1, "00000000-0000-0000-0000-000000000001"])).decode()
        )
