"""A schema of no noun of ours, to test the engine with: authors and their books, some of which share a shelf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, DateTime, ForeignKey, Numeric, Text, cast, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.execution.access import public
from app.execution.connections import Connections
from app.execution.cost import Cost
from app.execution.declare import (
    Argument,
    attribute,
    batched,
    by_id,
    column,
    composite,
    computed,
    connection,
    global_id,
    listing,
    lookup,
    many,
    one,
    reference,
    same_row,
    stored,
    value,
    where,
)
from app.execution.engine import Engine, GivenDocument, Limits
from app.execution.errors import SourceFailed
from app.execution.filters import equals, is_one_of, refers_to
from app.execution.limits import Sizes
from app.execution.loaders import ReadContext
from app.execution.rows import StoredTypes
from app.execution.sources import Part, term

OPEN = public("a library is open to all")


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - read by SQLAlchemy from the class


class AuthorRow(Base):
    __tablename__ = "authors"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    born_at: Mapped[datetime]
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]


class BookRow(Base):
    __tablename__ = "books"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("authors.id"))
    title: Mapped[str]
    shelf: Mapped[int]
    pages: Mapped[int]
    pages_read: Mapped[int]
    price_minor: Mapped[int | None]


class Loan(Base):
    __tablename__ = "loans"
    author_id: Mapped[UUID] = mapped_column(ForeignKey("authors.id"), primary_key=True)
    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"), primary_key=True)


class Scope(StrEnum):
    SHELF = "shelf:read"


@strawberry.interface(description="Anything with an id.")
class Node:
    id: strawberry.ID = global_id("The id.", read=OPEN)


@value
class Price:
    """What a book costs."""

    cents: int = attribute("In cents.", read=OPEN)
    label: str = attribute("For people.", read=OPEN)


@value
class Imprint:
    """Who printed a book: JSON, without the house where the title is Bare."""

    house: str = attribute("Whose name is on it.", read=OPEN)
    place: str | None = attribute("Where.", read=OPEN)


_IMPRINT = func.jsonb_build_object("house", func.nullif(BookRow.title, "Bare"), "place", "Rome", type_=JSONB)


@value
class Progress:
    """How far somebody has read."""

    read: int = column(BookRow.pages_read, "Pages read.", read=OPEN)
    left: int = column(BookRow.pages - BookRow.pages_read, "Pages left.", read=OPEN)


@value
class PageInfo:
    """Where a page lies."""

    has_next_page: bool = attribute("More behind.", read=OPEN)
    has_previous_page: bool = attribute("More in front.", read=OPEN)
    start_cursor: str | None = attribute("Of the first.", read=OPEN)
    end_cursor: str | None = attribute("Of the last.", read=OPEN)


@value
class BookEdge:
    """A book and its place."""

    cursor: str = attribute("The place.", read=OPEN)
    node: Annotated["Book", strawberry.lazy("tests.execution.bookshop")] = attribute("The book.", read=OPEN)


@value
class BookConnection:
    """A page of books."""

    edges: list[BookEdge] = attribute("With cursors.", read=OPEN)
    nodes: list[Annotated["Book", strawberry.lazy("tests.execution.bookshop")]] = attribute("Without.", read=OPEN)
    page_info: PageInfo = attribute("Where.", read=OPEN)
    total_count: int = attribute("How many.", read=OPEN)


class BookSortField(Enum):
    TITLE = "TITLE"
    SHELF = "SHELF"


class Direction(Enum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class BookSort:
    field: BookSortField
    direction: Direction


@strawberry.input
class BookWhere:
    title: str | None = equals(BookRow.title, "Of this title.")
    shelf: list[int] | None = is_one_of(BookRow.shelf, "On one of these shelves.")
    author_id: strawberry.ID | None = refers_to("Author", BookRow.author_id, "By this author.")


@strawberry.input(one_of=True)
class AuthorLookup:
    id: strawberry.ID | None = refers_to("Author", AuthorRow.id, "The id.")
    name: str | None = equals(AuthorRow.name, "The name.")


SORTS: Mapping[str, Any] = {"TITLE": BookRow.title, "SHELF": BookRow.shelf}
calls: list[list[UUID]] = []
"""The keys of every call of `reviews`, for tests that count them."""


async def reviews(keys: Sequence[UUID], arguments: Mapping[str, Any], _context: ReadContext) -> list[Any]:
    """Three stars for everybody, but none for those whose id ends in f: there the source is down."""
    calls.append(list(keys))
    return [
        SourceFailed("stars", "stars is down", timed_out=False) if str(key).endswith("f") else arguments.get("stars", 3)
        for key in keys
    ]


async def quotes(keys: Sequence[int], _arguments: Mapping[str, Any], _context: ReadContext) -> list[Any]:
    """Some of which are not what the schema promises."""
    wrong = [{"cents": 2, "label": None}, {"cents": "three", "label": "wrong"}, {"cents": 4}]
    return [[{"cents": 1, "label": "right"}, *wrong, None] for _ in keys]


def _label(minor: ColumnElement[int]) -> ColumnElement[str]:
    return cast(func.round(cast(minor, Numeric) / 100, 2), Text)


@stored(BookRow)
class Book(Node):
    """A book."""

    title: str = column(BookRow.title, "The title.", read=OPEN)
    shelf: int = column(BookRow.shelf, "Where it stands.", read=Scope.SHELF)
    price: Price | None = composite(
        {
            "cents": BookRow.price_minor,
            "label": Part((term(BookRow.price_minor),), lambda minor: f"{minor / 100:.2f}", _label),
        },
        "What it costs.",
        read=OPEN,
    )
    progress: Progress = same_row("How far.", read=OPEN)
    imprint: Imprint | None = column(_IMPRINT, "By whom it was printed.", read=OPEN)
    author: Annotated["Author", strawberry.lazy("tests.execution.bookshop")] | None = one(
        BookRow.author_id, "By whom.", read=OPEN
    )
    shout: str = computed(
        lambda title, mark="!": title.upper() + mark,
        "Aloud.",
        needs=[BookRow.title],
        arguments={"mark": Argument(str | None, "At the end.")},
        read=OPEN,
    )


@stored(AuthorRow)
class Author(Node):
    """An author."""

    name: str = column(AuthorRow.name, "The name.", read=OPEN)
    born_at: datetime = column(AuthorRow.born_at, "When.", read=OPEN)
    subject: Node | None = reference(AuthorRow.subject_type, AuthorRow.subject_id, "About what or whom.", read=OPEN)
    shelf: list[Book] = many(BookRow.author_id, "In order of shelves.", by=BookRow.shelf, read=OPEN)
    loans: list[Book] = many(Loan.author_id, "Borrowed.", through=Loan.book_id, by=BookRow.title, read=OPEN)
    books: BookConnection = connection(
        BookRow.author_id,
        "A page of them.",
        by=BookRow.shelf,
        arguments={"where": where(BookWhere)},
        sort_by=BookSort,
        sorts=SORTS,
        read=OPEN,
    )
    stars: int | None = batched(
        reviews,
        "From outside.",
        key=AuthorRow.id,
        arguments={"stars": Argument(int | None, "How many to give.")},
        read=OPEN,
    )


@strawberry.type
class Query:
    node: Node | None = by_id("One.", arguments={"id": Argument(strawberry.ID, "Which.")}, read=OPEN)
    nodes: list[Node | None] = by_id("Some.", arguments={"ids": Argument(list[strawberry.ID], "Which.")}, read=OPEN)
    author: Author | None = lookup(
        AuthorRow, "One.", by=AuthorRow.name, arguments={"by": where(AuthorLookup, required=True)}, read=OPEN
    )
    authors: list[Author] = listing(
        AuthorRow, "All.", by=AuthorRow.name, arguments={"first": Argument(int | None, "How many.")}, read=OPEN
    )
    books: BookConnection = connection(
        BookRow,
        "A page of them.",
        by=BookRow.shelf,
        arguments={"where": where(BookWhere)},
        sort_by=BookSort,
        sorts=SORTS,
        read=OPEN,
    )
    quotes: list[Price | None] | None = batched(quotes, "What others ask.", read=OPEN)


schema = strawberry.Schema(query=Query, extensions=[GivenDocument])
types = StoredTypes(schema)


@dataclass(frozen=True)
class Library:
    """A database of books, by both ways to it."""

    engine: AsyncEngine
    connections: Connections
    url: str = ""
    """For a connection of one's own."""


SIZES = Sizes(page_size_default=3, page_size_max=20, ids_max=5)
LIMITS = Limits([], tokens_max=1_000, most=Cost(50_000, 500_000, 2_000, 100), sizes=SIZES)


def context(library: Library) -> ReadContext:
    return ReadContext(connections=library.connections, types=types, sizes=SIZES)


def new_engine() -> Engine:
    return Engine(schema, types, LIMITS)
