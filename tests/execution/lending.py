"""The bookshop's schema with a mutation: one command, which does whatever the title that it is given says.

And another which does the same in a transaction that is undone once its answer is complete.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import strawberry
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from app.domain.actor import Actor, ActorKind
from app.execution.access import Granted
from app.execution.declare import Argument, attribute, command, entities, entity, value
from app.execution.engine import Engine, GivenDocument
from app.execution.errors import BadUserInput
from app.execution.executor import Executor
from app.execution.loaders import ReadContext
from app.execution.rows import StoredTypes
from app.stores.transaction import ReadsOf, Transaction
from tests.execution.bookshop import LIMITS, OPEN, SIZES, Author, Book, BookRow, Library, Query, Scope

ANYBODY = Actor(ActorKind.SYSTEM, "tests", None)
NOBODY = UUID(int=0xA0 + 99)
performed: list[str] = []
"""The titles that commands were given, in turn; `-` where a transaction was undone."""
read_within: list[str] = []
"""The SQL that was read within transactions."""


@value
class Note:
    """A remark."""

    text: str = attribute("What it says.", read=OPEN)


@strawberry.interface(description="What somebody said.")
class Remark:
    by: str = attribute("Who.", read=OPEN)


@value
class Praise(Remark):
    """They liked it."""

    stars: int = attribute("Of five.", read=OPEN)


@value
class Blame(Remark):
    """They did not."""

    because: list[Note] | None = attribute("All or none.", read=OPEN)


@value
class Retitled:
    """What became of it."""

    title: str = attribute("The new one.", read=OPEN)
    was: str | None = attribute("The old one.", read=Scope.SHELF)
    notes: list[Note | None] = attribute("Some may be lost.", read=OPEN)
    signed: list[Note] | None = attribute("All or none.", read=OPEN)
    remarks: list[Remark | None] = attribute("Of whichever kind.", read=OPEN)
    book: Book | None = entity("book_id", "As it is now.", read=OPEN)
    author: Author = entity("author_id", "Who wrote it.", read=OPEN)
    beside: list[Book] = entities("beside_ids", "Those that stand around it.", read=OPEN)
    found: list[Book | None] = entities("found_ids", "Those that were looked for.", read=OPEN)
    thanked: list[Author] = entities("thanked_ids", "Who helped.", read=OPEN)
    maybe: list[Book] | None = entities("maybe_ids", "All or none.", read=OPEN)


@dataclass(frozen=True)
class Payload:
    title: str | None
    was: str
    book_id: UUID | None
    author_id: UUID | None
    notes: Sequence[Mapping[str, Any]] = field(default_factory=list)
    signed: Sequence[Mapping[str, Any]] | None = None
    beside_ids: Sequence[UUID] | None = ()
    found_ids: Sequence[UUID] = ()
    thanked_ids: Sequence[UUID] = ()
    maybe_ids: Sequence[UUID] | None = None
    remarks: Sequence[Mapping[str, Any]] = field(default_factory=list)


BOOKS = [UUID(int=0xB000 + n * 7919 % 1009) for n in (4, 2, 11, 4)]
"""Of several authors and of none, one of them twice."""
NOTES = [{"text": "first"}, {"text": None}, {"text": "last"}]
REMARKS = [
    {"__typename": "Praise", "by": "Ann", "stars": 4},
    {"__typename": "Blame", "by": "Bo", "because": NOTES},
    {"__typename": "Praise", "by": "Cy", "stars": None},
    {"__typename": "Blame", "by": "Di", "because": NOTES[:1]},
]
ODD: Mapping[str, Mapping[str, Any]] = {
    "no book": {"book_id": None},
    "a lost book": {"book_id": NOBODY},
    "no author": {"author_id": None},
    "a lost author": {"author_id": NOBODY},
    "by Cy": {"author_id": UUID(int=0xA0 + 15)},
    "no title": {"title": None},
    "notes": {"notes": NOTES, "signed": NOTES},
    "many": {"beside_ids": BOOKS, "found_ids": [NOBODY, BOOKS[0], NOBODY], "maybe_ids": BOOKS[:1]},
    "one lost beside": {"beside_ids": [*BOOKS, NOBODY, NOBODY]},
    "one lost of all": {"maybe_ids": [NOBODY, *BOOKS]},
    "thanks": {"thanked_ids": [UUID(int=0xA0 + 1), UUID(int=0xA0 + 15)]},
    "no list beside": {"beside_ids": None},
    "remarks": {"remarks": REMARKS},
}
"""What a payload has by the title that was asked for."""
LOST = {
    "lost": asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    "away": ConnectionRefusedError("nobody listens"),
    "starting": asyncpg.CannotConnectNowError("the database system is starting up"),
    "broken off": asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    "wrong": asyncpg.CheckViolationError("a counter is below zero"),
}
"""What a command fails with, by the title that was asked for."""


@strawberry.input
class RetitleInput:
    was: str
    title: str | None = None


@dataclass
class LendingContext(ReadContext):
    engine: AsyncEngine = field(kw_only=True)
    """For writing."""
    url: str = field(kw_only=True)
    met: Callable[[str], None] = field(kw_only=True, default=lambda _: None)
    """Hears of what is read within a transaction, and of `release`, and may raise."""


async def give_title(arguments: Mapping[str, Any], context: LendingContext) -> Payload | None:
    asked: RetitleInput = arguments["input"]
    title, marked = asked.title or "Untitled", BookRow.title == asked.was
    performed.append(title)
    if title == "refused":
        raise BadUserInput("No book is called that.")
    if title == "broken":
        raise RuntimeError("the press is jammed")
    if title in LOST:
        raise LOST[title]
    if title == "nothing":
        return None
    async with context.engine.connect() as connection:
        book_id, author_id = (await connection.execute(select(BookRow.id, BookRow.author_id).where(marked))).one()
        await connection.execute(update(BookRow).where(BookRow.id == book_id).values(title=title))
        await connection.commit()
    return replace(Payload(title, asked.was, book_id, author_id), **ODD.get(title, {}))


async def attempt_title(arguments: Mapping[str, Any], context: LendingContext) -> Payload | None:
    asked: RetitleInput = arguments["input"]
    title = asked.title or "Untitled"
    performed.append(title)
    connection = await asyncpg.connect(context.url)
    transaction = connection.transaction()
    await transaction.start()

    def told(sql: str) -> None:
        read_within.append(sql)
        context.met(sql)

    async def release() -> None:
        performed.append("-")
        await transaction.rollback()
        await connection.close()
        context.met("release")

    transaction_now = Transaction(connection, ANYBODY, datetime.now(UTC), told)
    context.read_within(ReadsOf(transaction_now), release)
    if title == "refused":
        raise BadUserInput("No book is called that.")
    book_id, author_id = await connection.fetchrow(RETITLE, title, asked.was) or (None, None)
    return replace(Payload(title, asked.was, book_id, author_id), **ODD.get(title, {}))


RETITLE = "UPDATE books SET title = $1 WHERE title = $2 RETURNING id, author_id"


async def all_titles(_arguments: Mapping[str, Any], _context: ReadContext) -> list[str]:
    performed.append("titles")
    return ["a", "b"]


INPUT = {"input": Argument(RetitleInput, "Which, and how.")}


@strawberry.type
class Mutation:
    retitle: Retitled | None = command(give_title, "Give a book another title.", arguments=INPUT, read=OPEN)
    must_retitle: Retitled = command(give_title, "The same, or nothing.", arguments=INPUT, read=OPEN)
    try_title: Retitled | None = command(attempt_title, "And take it back.", arguments=INPUT, read=OPEN)
    must_try_title: Retitled = command(attempt_title, "Or nothing.", arguments=INPUT, read=OPEN)
    titles: list[str] | None = command(all_titles, "No object.", read=OPEN)
    shelve: Retitled | None = command(give_title, "For some.", arguments=INPUT, read=Scope.SHELF)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[Praise, Blame],
    config=StrawberryConfig(enable_experimental_incremental_execution=True),
    extensions=[GivenDocument],
    execution_context_class=Executor,
)
types = StoredTypes(schema)


def context(library: Library, granted: Granted = None) -> LendingContext:
    return LendingContext(library.connections, types, SIZES, granted, engine=library.engine, url=library.url)


def new_engine() -> Engine:
    return Engine(schema, types, LIMITS)
