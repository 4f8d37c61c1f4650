"""Walking a connection while others write: every row that is there throughout is met once, and in order.

What hypothesis draws is a history: which rows there are before the first page, and which come and go between the pages,
with ids and sort values anywhere among the others'. Each page is read by both engines, while another connection writes.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.open import Database
from app.execution.engine import Way
from app.stores.engine import create_connections, create_engine
from tests.conftest import own_database
from tests.execution.bookshop import AuthorRow, Base, BookRow, Library, context, new_engine
from tests.execution.conftest import author_id

ANN, BEN = author_id(1), author_id(2)
PAGE = """(first: $first, after: $after, last: $last, before: $before, sortBy: $sort) {
  edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }"""
VARIABLES = "query ($first: Int, $after: String, $last: Int, $before: String, $sort: BookSort)"
OF_ALL = f"{VARIABLES} {{ of: books {PAGE} }}"
OF_ANN = f'{VARIABLES} {{ author(by: {{name: "Ann"}}) {{ of: books {PAGE} }} }}'
SORTS = [None, *({"field": field, "direction": way} for field in ("TITLE", "SHELF") for way in ("ASC", "DESC"))]
ROWS_MAX = 14
PAGES_MAX = ROWS_MAX + 1
ENGINE = new_engine()


@dataclass(frozen=True)
class Book:
    number: int
    author: UUID | None
    shelf: int
    title: str
    since: int
    """The page before which it comes; 0 is the first."""
    stays: int | None
    """For how many pages; None: for good."""

    @property
    def id(self) -> UUID:
        return UUID(int=self.number)

    def is_there(self, page: int) -> bool:
        return self.since <= page and (self.stays is None or page < self.since + self.stays)

    @property
    def is_there_throughout(self) -> bool:
        return self.since == 0 and self.stays is None


@dataclass(frozen=True)
class Walk:
    page_size: int
    sort: dict[str, str] | None
    is_backward: bool
    start: int | None
    """Behind which of the rows that are there at first; None, or too many: at the end of the connection."""
    of_ann: bool
    """Only her books, within her; else all."""

    def in_order(self, history: Sequence[Book]) -> list[Book]:
        """Those that the connection may hold, in the order in which the walk would meet them."""
        by, way = ("shelf", "DESC") if self.sort is None else (self.sort["field"].lower(), self.sort["direction"])
        return sorted(
            (book for book in history if book.author == ANN or not self.of_ann),
            key=lambda book: (getattr(book, by), book.id),
            reverse=(way == "DESC") != self.is_backward,
        )

    def arguments(self, size: int, place: str | None) -> dict[str, Any]:
        size_name, place_name = ("last", "before") if self.is_backward else ("first", "after")
        return {size_name: size, place_name: place, "sort": self.sort}


@dataclass(frozen=True)
class Page:
    """As the walk meets it: read from its end when it goes backward."""

    ids: list[str]
    cursors: list[str]
    has_more: bool
    has_passed: bool
    """Whether it says that there are rows on the side that the walk comes from."""
    total_count: int


FEW = st.integers(0, 3)
HISTORIES = st.lists(
    st.builds(
        Book,
        number=st.integers(1, 99),
        author=st.sampled_from([ANN, ANN, BEN, None]),
        shelf=FEW,
        title=st.sampled_from("abcd"),
        since=st.just(0) | FEW,
        stays=st.none() | st.integers(1, 3),
    ),
    max_size=ROWS_MAX,
    unique_by=lambda book: book.number,
)
WALKS = st.builds(
    Walk,
    page_size=st.integers(1, 5),
    sort=st.sampled_from(SORTS),
    is_backward=st.booleans(),
    start=st.none() | st.integers(0, 5),
    of_ann=st.booleans(),
)


@pytest.fixture(scope="module")
def shop_url(postgres: Database) -> Iterator[str]:
    with own_database(postgres) as url:
        yield url


@pytest.fixture(scope="module")
async def shop(shop_url: str) -> AsyncIterator[Library]:
    engine = create_engine(shop_url)
    born_at = datetime(1900, 1, 1, tzinfo=UTC)
    authors = [{"id": id_, "name": name, "born_at": born_at} for id_, name in ((ANN, "Ann"), (BEN, "Ben"))]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.execute(insert(AuthorRow), authors)
    connections = create_connections(shop_url, connections_max=1, statement_timeout_s=30)
    yield Library(engine, connections)
    await connections.close()
    await engine.dispose()


@pytest.fixture(scope="module")
async def writer(shop: Library) -> AsyncIterator[AsyncConnection]:
    async with shop.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


@given(history=HISTORIES, walk=WALKS)
@settings(max_examples=150, deadline=None)
async def test_every_row_that_is_there_throughout_is_met_once_and_in_order(
    shop: Library, writer: AsyncConnection, history: list[Book], walk: Walk
) -> None:
    await writer.execute(delete(BookRow))
    await _come_and_go(writer, history, page=0)
    order = walk.in_order(history)
    place, passed = await _start(shop, walk, [book for book in order if book.is_there(0)])
    to_meet = [book for book in order if book.is_there_throughout and book not in passed]
    behind = order.index(passed[-1]) + 1 if passed else 0
    met: list[Book] = []
    for number in range(PAGES_MAX):
        ahead = [book for book in order[behind:] if book.is_there(number)]
        page = await _page(shop, walk, walk.page_size, place)
        assert page.ids == [f"Book:{book.id}" for book in ahead[: walk.page_size]]
        assert (page.has_more, page.has_passed) == (len(ahead) > walk.page_size, place is not None)
        assert page.total_count == sum(book.is_there(number) for book in order)
        met += ahead[: walk.page_size]
        if not page.has_more:
            break
        place, behind = page.cursors[-1], order.index(met[-1]) + 1
        await _come_and_go(writer, history, page=number + 1)
    assert not page.has_more
    assert [book for book in met if book in to_meet] == to_meet
    assert len(set(met)) == len(met)


async def _start(shop: Library, walk: Walk, there: Sequence[Book]) -> tuple[str | None, Sequence[Book]]:
    """The cursor to begin with, and the books that lie in front of it."""
    if walk.start is None or walk.start >= len(there):
        return None, ()
    whole = await _page(shop, walk, ROWS_MAX, None)
    return whole.cursors[walk.start], there[: walk.start + 1]


async def _come_and_go(writer: AsyncConnection, history: Sequence[Book], *, page: int) -> None:
    gone = [book.id for book in history if book.is_there(page - 1) and not book.is_there(page)]
    come = [book for book in history if book.is_there(page) and not book.is_there(page - 1)]
    if gone:
        await writer.execute(delete(BookRow).where(BookRow.id.in_(gone)))
    if come:
        rows = [
            {
                "id": book.id,
                "author_id": book.author,
                "title": book.title,
                "shelf": book.shelf,
                "pages": 1,
                "pages_read": 0,
            }
            for book in come
        ]
        await writer.execute(insert(BookRow), rows)


async def _page(shop: Library, walk: Walk, size: int, place: str | None) -> Page:
    data = await _read_by_both(shop, OF_ANN if walk.of_ann else OF_ALL, walk.arguments(size, place))
    found = data["author"]["of"] if walk.of_ann else data["of"]
    info, edges = found["pageInfo"], found["edges"]
    cursors = [edge["cursor"] for edge in edges]
    assert [info["startCursor"], info["endCursor"]] == ([cursors[0], cursors[-1]] if cursors else [None, None])
    more, passed = info["hasNextPage"], info["hasPreviousPage"]
    if walk.is_backward:
        edges, more, passed = edges[::-1], passed, more
    return Page(
        ids=[edge["node"]["id"] for edge in edges],
        cursors=[edge["cursor"] for edge in edges],
        has_more=more,
        has_passed=passed,
        total_count=found["totalCount"],
    )


async def _read_by_both(shop: Library, query: str, arguments: dict[str, Any]) -> Any:
    operation = ENGINE.operation(query, None)
    planned, interpreted = [await ENGINE.answer(query, operation, arguments, context(shop), way) for way in Way]
    assert (planned.way, interpreted.way) == (Way.PLAN, Way.INTERPRETER)
    assert planned.body == interpreted.body
    return orjson.loads(planned.body)["data"]
