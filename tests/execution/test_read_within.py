"""Answers read within a command's transaction: by its connection alone, and let go of once, whatever happens."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import select

from app.execution.engine import Way
from app.stores.engine import recorded_statements
from app.stores.transaction import ReadsOf, Transaction
from tests.execution.bookshop import BookRow, Library
from tests.execution.conftest import refill
from tests.execution.lending import ANYBODY, NOBODY, context, new_engine, performed, read_within, types
from tests.execution.test_mutations import mutation

WAYS = (Way.INTERPRETER, Way.PLAN)
ROWS = "title book { title author { name shelf { title } books(first: 2) { nodes { title } totalCount } stars } }"


async def ask(
    library: Library,
    query: str,
    way: Way,
    *,
    met: Callable[[str], None] = lambda _: None,
    in_parts: bool = False,
) -> Any:
    performed.clear()
    read_within.clear()
    engine = new_engine()
    asking = context(library)
    asking.met = met
    answer = await engine.answer(query, engine.operation(query, None), {}, asking, way, in_parts=in_parts)
    assert (answer.way, answer.parts, asking.is_within) == (way, None, False)
    assert asking.connections is library.connections
    return orjson.loads(re.sub(rb"[0-9a-f]{32}", b"-", answer.body))


async def both(library: Library, query: str, met: Callable[[str], None] = lambda _: None) -> Any:
    answers = []
    for way in WAYS:
        await refill(library)
        answers.append((await ask(library, query, way, met=met), list(performed)))
    interpreted, planned = answers
    assert planned == interpreted
    return planned[0]


async def titles(library: Library) -> set[str]:
    async with library.engine.connect() as connection:
        return set((await connection.execute(select(BookRow.title))).scalars())


async def test_the_answer_is_as_the_transaction_sees_it_and_nothing_of_it_stays(lending_library: Library) -> None:
    query = f"""mutation {{
      a: tryTitle(input: {{was: "Book 01", title: "New"}}) {{ {ROWS} }}
      b: retitle(input: {{was: "Book 01", title: "Other"}}) {{ {ROWS} }}
      c: tryTitle(input: {{was: "Other", title: "Newer"}}) {{ {ROWS} }}
    }}"""
    answer = (await both(lending_library, query))["data"]
    assert performed == ["New", "-", "Other", "Newer", "-"]
    for key, title in (("a", "New"), ("b", "Other"), ("c", "Newer")):
        book = answer[key]["book"]
        assert (book["title"], book["author"]["stars"], book["author"]["books"]["totalCount"]) == (title, 3, 7)
        assert [each["title"] for each in book["author"]["shelf"]].count(title) == 1
    assert {"New", "Newer", "Book 01"}.isdisjoint(await titles(lending_library))


@pytest.mark.parametrize(("way", "count"), [(Way.INTERPRETER, 5), (Way.PLAN, 1)])
async def test_all_of_it_is_read_by_the_transactions_connection(lending_library: Library, way: Way, count: int) -> None:
    await refill(lending_library)
    with recorded_statements() as statements:
        await ask(lending_library, mutation("New", field="tryTitle", selection=ROWS), way)
    assert statements == []
    assert len([sql for sql in read_within if not sql.startswith("SAVEPOINT")]) == count


@pytest.mark.parametrize("title", ["refused", "nobody's", "no author", "a lost author", "no title", "notes"])
async def test_it_is_let_go_of_where_a_part_of_the_answer_is_missing(lending_library: Library, title: str) -> None:
    selection = "title signed { text } author { name stars shelf { title } } book { author { name } }"
    query = mutation(title, "Last", field="tryTitle", selection=selection)
    answer = await both(lending_library, query.replace('"Book 01"', '"None"') if title == "nobody's" else query)
    assert performed == [title, "-", "Last", "-"]
    assert answer["data"]["c2"]["title"] == "Last"
    assert title not in await titles(lending_library)


async def test_where_null_must_not_stand_it_is_let_go_of_and_nothing_else_is_performed(
    lending_library: Library,
) -> None:
    query = mutation("no author", "Last", field="mustTryTitle", selection="author { name } book { author { name } }")
    assert (await both(lending_library, query))["data"] is None
    assert performed == ["no author", "-"]


async def test_a_statement_that_fails_spoils_nothing_for_the_others(lending_library: Library) -> None:
    def met(sql: str) -> None:
        if "FROM books" in sql:
            raise asyncpg.QueryCanceledError("too slow")

    query = mutation("New", "Last", field="tryTitle", selection="title book { title } author { name }")
    answer = await both(lending_library, query, met)
    assert performed == ["New", "-", "Last", "-"]
    assert answer["data"] == {
        "c1": {"title": "New", "book": None, "author": {"name": "Ann"}},
        "c2": {"title": "Last", "book": None, "author": {"name": "Ann"}},
    }
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["c1", "book"], "TIMEOUT"),
        (["c2", "book"], "TIMEOUT"),
    ]


async def test_a_transaction_that_cannot_be_let_go_of_changes_no_answer(lending_library: Library) -> None:
    def met(sql: str) -> None:
        if sql == "release":
            raise OSError("the line is cut")

    answer = await both(lending_library, mutation("New", "Newer", field="tryTitle", selection="book { title }"), met)
    assert answer == {"data": {"c1": {"book": {"title": "New"}}, "c2": {"book": {"title": "Newer"}}}}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("again", [False, True])
async def test_a_client_that_leaves_waits_until_it_is_let_go_of(
    lending_library: Library, way: Way, again: bool
) -> None:
    def met(sql: str) -> None:
        if "SELECT" in sql or (again and sql == "release"):
            asking.cancel()

    await refill(lending_library)
    query = mutation("New", "Newer", field="tryTitle", selection="book { title author { name } } author { stars }")
    asking = asyncio.ensure_future(ask(lending_library, query, way, met=met))
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert performed == ["New", "-"]
    assert "New" not in await titles(lending_library)


class Endless:
    """Reads that take forever, and what became of them."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def rows(self, _sql: str, _parameters: Sequence[Any]) -> list[Any]:
        self.told.append("begun")
        try:
            return await asyncio.Future()
        finally:
            await asyncio.sleep(0)
            self.told.append("ended")

    async def release(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        self.told.append("released")


@pytest.mark.parametrize(("turns", "told"), [(0, ["released"]), (5, ["begun", "ended", "released"])])
async def test_what_is_loaded_for_nobody_any_longer_has_ended_before(
    lending_library: Library, turns: int, told: list[str]
) -> None:
    asking, endless = context(lending_library), Endless()
    with recorded_statements() as statements:
        async with asking.performing():
            asking.read_within(endless, endless.release)
            left = asyncio.create_task(asking.by_key(types.by_name["Book"].table.c.id, NOBODY))
            for _ in range(turns):
                await asyncio.sleep(0)
        assert endless.told == told
        left.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
    assert (endless.told, statements) == (told, [])


async def test_whoever_is_canceled_while_it_is_let_go_of_is_so_afterwards(lending_library: Library) -> None:
    asking, endless = context(lending_library), Endless()

    async def perform() -> None:
        async with asking.performing():
            asking.read_within(endless, endless.release)

    performing = asyncio.create_task(perform())
    for _ in range(2):
        await asyncio.sleep(0)
        performing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await performing
    assert endless.told == ["released"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_mutation_answers_at_once(lending_library: Library, way: Way) -> None:
    await refill(lending_library)
    query = mutation(
        "New", field="tryTitle", selection="title ... @defer { book { author { shelf @stream { title } } } }"
    )
    answer = await ask(lending_library, query, way, in_parts=True)
    shelf = [each["title"] for each in answer["data"]["c1"]["book"]["author"]["shelf"]]
    assert "New" in shelf


async def test_a_command_reads_within_one_transaction(lending_library: Library) -> None:
    asking = context(lending_library)

    async def release() -> None:
        performed.append("-")

    performed.clear()
    async with asking.performing():
        asking.read_within(lending_library.connections, release)
        with pytest.raises(RuntimeError, match="already"):
            asking.read_within(lending_library.connections, release)
    assert performed == ["-"]


async def test_held_statements_take_turns_and_one_that_fails_ends_only_itself(lending_library: Library) -> None:
    await refill(lending_library)
    connection = await asyncpg.connect(lending_library.url)
    try:
        await connection.execute("BEGIN")
        held = ReadsOf(Transaction(connection, ANYBODY, datetime.now(UTC), lambda _: None))
        await connection.execute("UPDATE books SET title = 'New' WHERE title = 'Book 01'")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await held.rows("SELECT 1 / $1::integer", (0,))
        count = "SELECT count(*) FROM books WHERE title = $1"
        found = await asyncio.gather(*(held.rows(count, (title,)) for title in ("New", "Book 01", "Book 02")))
        assert [row["count"] for (row,) in found] == [1, 0, 1]
    finally:
        await connection.close()
