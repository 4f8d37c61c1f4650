"""Point reads that come in together share a statement: who is told what, and how many statements it takes."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
import pytest

from app.execution.coalescing import TOGETHER_MAX, UNDER_WAY_MAX, Coalesced
from app.execution.connections import Connections
from app.execution.engine import Engine, Way
from app.execution.islands import Island, Parameter
from app.stores.engine import recorded_statements
from tests.execution.bookshop import Library, context, new_engine
from tests.execution.conftest import author_id, book_id

AUTHOR = "query ($name: String!) { author(by: {name: $name}) { name bornAt books(first: 1) { totalCount } } }"


def island(sql: str, *types: str) -> Island:
    return Island(sql, tuple(Parameter((0, n), None, None, type_) for n, type_ in enumerate(types)))


ECHO = island("SELECT 'it''s ' || $1::TEXT || '/' || $2::INTEGER", "TEXT", "INTEGER")


class Recorder:
    """A server of echoes: each statement waits until it is let go, and is refused where it holds the text `bad`."""

    def __init__(self, *, is_open: bool) -> None:
        self.asked: list[list[Any]] = []
        """The texts of each statement."""
        self.go = asyncio.Event()
        if is_open:
            self.go.set()

    async def connect(self) -> "Recorder":
        return self

    async def fetch(self, query: str, *given: Any) -> list[Any]:
        is_shared = "unnest" in query
        texts: list[Any] = given[0] if is_shared else [given[0]]
        self.asked.append(list(texts))
        await self.go.wait()
        if "bad" in texts:
            raise asyncpg.CharacterNotInRepertoireError
        if "odd" in texts:
            raise RuntimeError("odd")
        return [(n, f"<{each}>") for n, each in enumerate(texts, start=1)][::-1] if is_shared else [(f"<{texts[0]}>",)]

    def is_closed(self) -> bool:
        return False

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's name
        pass

    def terminate(self) -> None:
        pass


def coalesced(server: Recorder, *, shares: bool = True) -> Coalesced:
    return Coalesced(ECHO, Connections(server.connect, connections_max=100), shares=shares)


def ask(statement: Coalesced, *texts: Any) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(statement.body([(text, 1)])) for text in texts]


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def answers(
    engine: Engine, library: Library, query: str, variables: Sequence[Mapping[str, Any]]
) -> tuple[list[Any], int]:
    """To requests that come in together, and the number of statements that they take."""
    operation = engine.operation(query, None)
    with recorded_statements() as statements:
        found = await asyncio.gather(
            *(engine.answer(query, operation, each, context(library), Way.PLAN) for each in variables)
        )
    return [orjson.loads(each.body) for each in found], len(statements)


async def test_each_of_many_asked_at_once_gets_its_own_answer(library: Library) -> None:
    names = ["Cy", "Ann", "Nobody", "Ben", "Ann", "it's", "$1", "{a,b}", "NULL", '"', "\\", ""]
    found, statements = await answers(new_engine(), library, AUTHOR, [{"name": name} for name in names])
    years = {"Ann": 1901, "Ben": 1902, "Cy": 1915}
    counts = {"Ann": 7, "Ben": 3, "Cy": 0}
    assert [each["data"]["author"] for each in found] == [
        {"name": name, "bornAt": f"{years[name]}-01-01T00:00:00+00:00", "books": {"totalCount": counts[name]}}
        if name in years
        else None
        for name in names
    ]
    assert statements == 1


async def test_a_plan_is_asked_for_alone_when_nobody_else_asks(library: Library) -> None:
    engine = new_engine()
    for _ in range(3):
        _, statements = await answers(engine, library, AUTHOR, [{"name": "Ann"}])
        assert statements == 1


async def test_keys_that_are_ids_are_shared_too(library: Library) -> None:
    query = "query ($id: ID!) { node(id: $id) { id ... on Book { title } } }"
    ids = [f"Book:{book_id(n)}" for n in range(12)]
    found, statements = await answers(new_engine(), library, query, [{"id": each} for each in ids])
    assert [each["data"]["node"] for each in found] == [
        {"id": each, "title": f"Book {n:02}"} for n, each in enumerate(ids)
    ]
    assert statements == 1


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        # An array cannot be one of many arrays.
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [f"Author:{author_id(1)}"]}),
        # What is long already gains nothing, and would make the others wait.
        ("query ($t: String) { books(where: {title: $t}) { nodes { id } } }", {"t": "Book 01"}),
        # Nothing to tell one request by from the other.
        ('{ author(by: {name: "Ann"}) { name } authors { name } }', {}),
    ],
)
async def test_what_is_not_shared(library: Library, query: str, variables: Mapping[str, Any]) -> None:
    found, statements = await answers(new_engine(), library, query, [variables] * 3)
    assert statements == 3
    assert found[0] == found[1] == found[2]
    assert "errors" not in found[0]


async def test_one_text_that_no_store_holds_fails_alone(library: Library) -> None:
    engine = new_engine()
    operation = engine.operation(AUTHOR, None)
    given = [{"name": name} for name in ("Ann", "\0", "Ben")]
    with recorded_statements() as statements:
        found = await asyncio.gather(*(engine.answer(AUTHOR, operation, each, context(library)) for each in given))
    # Together, each alone, and what the interpreter asks to say what is wrong.
    assert len(statements) == 1 + 3 + 1
    ann, nobody, ben = (orjson.loads(each.body) for each in found)
    assert (ann["data"]["author"]["name"], ben["data"]["author"]["name"]) == ("Ann", "Ben")
    assert [each["extensions"]["code"] for each in nobody["errors"]] == ["BAD_USER_INPUT"]


async def test_constants_that_look_like_placeholders_stay_as_they_are(library: Library) -> None:
    looks = island(
        """SELECT '{"$1":"it''s $2 ''$1''' || $1::TEXT || '"' || x."$1" || E'\\x01$1'"""
        """ FROM (SELECT $2::TEXT AS "$1") x""",
        "TEXT",
        "TEXT",
    )
    statement = Coalesced(looks, library.connections, shares=True)
    with recorded_statements() as statements:
        found = await asyncio.gather(*(statement.body([(f"<{n}>", f"[$1 {n}]")]) for n in range(3)))
    assert found == [f"""{{"$1":"it's $2 '$1'<{n}>"[$1 {n}]\x01$1""" for n in range(3)]
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("UUID", [author_id(1), author_id(2)]),
        ("BIGINT", [2**63 - 1, -(2**63)]),
        ("BOOLEAN", [True, False]),
        ("TEXT", ["a", None, "NULL"]),
    ],
)
async def test_values_arrive_as_they_are(library: Library, type_name: str, values: list[Any]) -> None:
    statement = Coalesced(island(f"SELECT $1::{type_name}", type_name), library.connections, shares=True)
    assert await asyncio.gather(*(statement.body([(value,)]) for value in values)) == values


async def test_one_statement_answers_so_many_and_no_more() -> None:
    server = Recorder(is_open=True)
    texts = [f"t{n}" for n in range(2 * TOGETHER_MAX + 3)]
    assert await asyncio.gather(*ask(coalesced(server), *texts)) == [f"<{each}>" for each in texts]
    assert [len(each) for each in server.asked] == [TOGETHER_MAX, TOGETHER_MAX, 3]


async def test_while_some_are_under_way_others_wait_for_one_to_end() -> None:
    server = Recorder(is_open=False)
    statement = coalesced(server)
    asked = []
    for text in "abcde":
        asked += ask(statement, text)
        await turns()
    assert server.asked == [["a"], ["b"]]
    assert UNDER_WAY_MAX == 2
    server.go.set()
    assert await asyncio.gather(*asked) == ["<a>", "<b>", "<c>", "<d>", "<e>"]
    assert server.asked == [["a"], ["b"], ["c", "d", "e"]]


async def test_what_is_not_to_be_shared_waits_for_nobody() -> None:
    server = Recorder(is_open=False)
    asked = ask(coalesced(server, shares=False), *"abcd")
    await turns()
    assert server.asked == [["a"], ["b"], ["c"], ["d"]]
    server.go.set()
    assert await asyncio.gather(*asked) == ["<a>", "<b>", "<c>", "<d>"]


async def test_who_leaves_before_being_asked_for_is_not_asked_for() -> None:
    server = Recorder(is_open=False)
    statement = coalesced(server)
    for text in "ab":
        ask(statement, text)
        await turns()
    c, d, e = ask(statement, "c", "d", "e")
    await turns()
    d.cancel()
    server.go.set()
    assert [await c, await e] == ["<c>", "<e>"]
    assert d.cancelled()
    assert server.asked[2:] == [["c", "e"]]


async def test_who_leaves_meanwhile_harms_nobody() -> None:
    server = Recorder(is_open=False)
    a, b, c = ask(coalesced(server), *"abc")
    await turns()
    b.cancel()
    server.go.set()
    assert [await a, await c] == ["<a>", "<c>"]
    assert b.cancelled()
    assert server.asked == [["a", "b", "c"]]


async def test_many_who_left_do_not_keep_the_next_one_waiting() -> None:
    server = Recorder(is_open=False)
    statement = coalesced(server)
    first = [*ask(statement, "a")]
    await turns()
    first += ask(statement, "b")
    await turns()
    leaving = ask(statement, *(f"t{n}" for n in range(TOGETHER_MAX)))
    (last,) = ask(statement, "z")
    await turns()
    for each in leaving:
        each.cancel()
    server.go.set()
    assert await asyncio.gather(*first, last) == ["<a>", "<b>", "<z>"]
    assert server.asked == [["a"], ["b"], ["z"]]


async def test_when_all_have_left_the_statement_is_stopped() -> None:
    server = Recorder(is_open=False)
    statement = coalesced(server)
    a, b = ask(statement, "a", "b")
    await turns()
    a.cancel()
    await turns()
    (under_way,) = statement._under_way
    assert not under_way.cancelling()
    b.cancel()
    await asyncio.wait([a, b, under_way])
    assert under_way.cancelled()
    server.go.set()
    assert await asyncio.gather(*ask(statement, "c")) == ["<c>"]


async def test_a_value_that_spoils_it_for_all_fails_alone() -> None:
    server = Recorder(is_open=True)
    a, bad, c = await asyncio.gather(*ask(coalesced(server), "a", "bad", "c"), return_exceptions=True)
    assert (a, c) == ("<a>", "<c>")
    assert isinstance(bad, asyncpg.CharacterNotInRepertoireError)
    assert server.asked == [["a", "bad", "c"], ["a"], ["bad"], ["c"]]


async def test_a_fault_of_ours_is_told_as_it_is() -> None:
    server = Recorder(is_open=True)
    told = await asyncio.gather(*ask(coalesced(server), "a", "odd"), return_exceptions=True)
    assert [repr(each) for each in told] == ["'<a>'", "RuntimeError('odd')"]
