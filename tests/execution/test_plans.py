"""Plans on the engine's own schema: what they remember, what they leave to the interpreter, and the same bytes."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from app.execution.engine import Engine, Way
from app.execution.operations import NotExecutable
from app.stores.engine import recorded_statements
from tests.execution.bookshop import Library, calls, context, new_engine, schema
from tests.execution.conftest import author_id, book_id


async def by_plan(engine: Engine, library: Library, query: str, variables: Mapping[str, Any]) -> bytes | None:
    """None where it takes the interpreter."""
    try:
        operation = engine.operation(query, None)
    except NotExecutable:
        return None
    answer = await engine.answer(query, operation, variables, context(library), Way.PLAN)
    return answer.body if answer.way is Way.PLAN else None


async def both(library: Library, query: str, **variables: Any) -> bytes:
    """The data, which both engines print alike."""
    planned = await by_plan(new_engine(), library, query, variables)
    interpreted = await schema.execute(query, variable_values=variables, context_value=context(library))
    assert interpreted.errors is None
    assert planned == orjson.dumps({"data": interpreted.data})
    return planned


@pytest.mark.parametrize(
    "query",
    [
        "{ books(first: 5) { nodes { id title price { cents label } progress { read left } author { bornAt } } } }",
        '{ books(where: {title: "Book 01"}) { nodes { price { label } } totalCount } }',
        "{ authors(first: 2) { name loans { title } books(last: 2) { edges { cursor } pageInfo { startCursor } } } }",
        '{ author(by: {name: "Nobody"}) { name } }',
        "{ authors { subject { __typename id ... on Book { title } } } }",
        f'{{ node(id: "Book:{book_id(3)}") {{ id ... on Book {{ title }} ... on Author {{ name }} }} }}',
        f'{{ node(id: "Author:{author_id(99)}") {{ id }} }}',
        f'{{ nodes(ids: ["Book:{book_id(3)}", "Author:{author_id(2)}", "Book:{author_id(2)}", "Book:{book_id(3)}"]) '
        "{ id ... on Author { name books(first: 2) { nodes { title } } } ... on Book { title } } }",
        "{ nodes(ids: []) { id } }",
        '{ authors { shelf { shout } books { edges { node { shout(mark: "?") price { label } } } } } }',
        "{ authors { subject { ... on Book { shout quiet: shout(mark: null) } } } }",
        "{ books(first: 0) { pageInfo { startCursor } } b: books(last: 0) { totalCount pageInfo { endCursor } } }",
        "{ a: books(first: 1) { nodes { title } } b: books(first: 2) { nodes { title title } } }",
    ],
)
async def test_both_engines_print_the_same(library: Library, query: str) -> None:
    await both(library, query)


async def test_one_statement_for_everything_the_store_has(library: Library) -> None:
    query = "{ authors { shelf { author { books { nodes { title } totalCount } } } loans { title } } }"
    with recorded_statements() as statements:
        await by_plan(new_engine(), library, query, {})
    assert len(statements) == 1


async def test_one_statement_text_for_all_values_of_a_shape_and_page_size(library: Library) -> None:
    engine = new_engine()
    query = "query ($where: BookWhere, $first: Int) { books(first: $first, where: $where) { nodes { title } } }"
    with recorded_statements() as statements:
        for where, first in (({"shelf": [1]}, 5), ({"shelf": [2, 3]}, 5), ({"title": "Book 02"}, 5), (None, 2)):
            await by_plan(engine, library, query, {"where": where, "first": first})
    assert [len(set(statements[:n])) for n in (1, 2, 3, 4)] == [1, 1, 2, 3]


async def test_one_statement_text_for_any_number_of_ids_of_the_same_types(library: Library) -> None:
    engine = new_engine()
    books = [f"Book:{book_id(n)}" for n in range(5)]
    author = f"Author:{author_id(1)}"
    with recorded_statements() as statements:
        for ids in (books[:1], books[1:4], [books[0], author], [author, author, books[2]]):
            await by_plan(engine, library, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert [len(set(statements[:n])) for n in (1, 2, 3, 4)] == [1, 1, 2, 2]


async def test_a_batch_gets_each_key_once_and_fails_key_by_key(library: Library) -> None:
    calls.clear()
    body = await by_plan(new_engine(), library, "{ authors { name stars } again: authors { stars } }", {})
    assert body is not None
    assert calls == [[author_id(1), author_id(2), author_id(15)]] * 2
    answer = orjson.loads(body)
    assert answer["data"]["authors"][2] == {"name": "Cy", "stars": None}
    assert [error["path"] for error in answer["errors"]] == [["authors", 2, "stars"], ["again", 2, "stars"]]


async def test_a_batch_that_breaks_fails_for_each_key(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.execution.bookshop.calls", None)
    body = await by_plan(new_engine(), library, "{ authors(first: 2) { name stars } }", {})
    assert body is not None
    answer = orjson.loads(body)
    assert answer["data"]["authors"] == [{"name": "Ann", "stars": None}, {"name": "Ben", "stars": None}]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["authors", 0, "stars"], "INTERNAL"),
        (["authors", 1, "stars"], "INTERNAL"),
    ]


async def test_a_batch_whose_values_are_wrong_is_null_where_they_are(library: Library) -> None:
    engine, query = new_engine(), "{ again: quotes { cents } quotes { label cents } }"
    operation = engine.operation(query, None)
    answers = [await engine.answer(query, operation, {}, context(library), way) for way in Way]
    planned, interpreted = (re.sub(rb"[0-9a-f]{32}", b"-", answer.body) for answer in answers)
    assert planned == interpreted
    answer = orjson.loads(planned)
    assert answer["data"] == {
        "again": [{"cents": 1}, {"cents": 2}, None, {"cents": 4}, None],
        "quotes": [{"label": "right", "cents": 1}, None, None, None, None],
    }
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["again", 2, "cents"], "BAD_USER_INPUT"),
        (["quotes", 1, "label"], "INTERNAL"),
        (["quotes", 2, "cents"], "BAD_USER_INPUT"),
        (["quotes", 3, "label"], "INTERNAL"),
    ]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("query A { __typename } query B { __typename }", {}),
        ("{ __schema { queryType { name } } }", {}),
        (f'{{ nodes(ids: ["Book:{book_id(3)}", "nonsense"]) {{ id }} }}', {}),
        (f"{{ nodes(ids: {['Book:1'] * 6}) {{ id }} }}".replace("'", '"'), {}),
        ("query ($n: Int!) { books(first: $n) { nodes { id } } }", {"n": "many"}),
        ("{ books(first: 21) { nodes { id } } }", {}),
        ('{ node(id: "nonsense") { id } }', {}),
    ],
)
async def test_the_rest_is_left_to_the_interpreter_before_anything_is_read(
    library: Library, query: str, variables: dict[str, Any]
) -> None:
    with recorded_statements() as statements:
        assert await by_plan(new_engine(), library, query, variables) is None
    assert statements == []


async def test_pages_within_pages_that_might_be_too_much_are_left_to_the_interpreter(library: Library) -> None:
    page = "books(first: 20) { nodes { author { "
    deep = "{ " + page * 5 + "name" + " } } }" * 5 + " }"
    assert await by_plan(new_engine(), library, deep, {}) is None
