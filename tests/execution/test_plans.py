"""Plans on the engine's own schema: what they remember, what they leave to the interpreter, and the same bytes."""

from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.execution.plans import Plans
from app.stores.engine import recorded_statements
from tests.execution.bookshop import calls, context, schema, types
from tests.execution.conftest import author_id, book_id


def new_plans() -> Plans:
    return Plans(schema, types, rules=[], tokens_max=1_000)


async def both(library: AsyncEngine, query: str, **variables: Any) -> bytes:
    """The data, which both engines print alike."""
    planned = await new_plans().answer(query, None, variables, context(library))
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
        "{ a: books(first: 1) { nodes { title } } b: books(first: 2) { nodes { title title } } }",
    ],
)
async def test_both_engines_print_the_same(library: AsyncEngine, query: str) -> None:
    await both(library, query)


async def test_one_statement_for_everything_the_store_has(library: AsyncEngine) -> None:
    query = "{ authors { shelf { author { books { nodes { title } totalCount } } } loans { title } } }"
    with recorded_statements() as statements:
        await new_plans().answer(query, None, {}, context(library))
    assert len(statements) == 1


async def test_one_statement_text_for_all_values_of_a_shape_and_page_size(library: AsyncEngine) -> None:
    plans = new_plans()
    query = "query ($where: BookWhere, $first: Int) { books(first: $first, where: $where) { nodes { title } } }"
    with recorded_statements() as statements:
        for where, first in (({"shelf": [1]}, 5), ({"shelf": [2, 3]}, 5), ({"title": "Book 02"}, 5), (None, 2)):
            await plans.answer(query, None, {"where": where, "first": first}, context(library))
    assert [len(set(statements[:n])) for n in (1, 2, 3, 4)] == [1, 1, 2, 3]


async def test_a_batch_gets_each_key_once_and_fails_key_by_key(library: AsyncEngine) -> None:
    calls.clear()
    body = await new_plans().answer("{ authors { name stars } again: authors { stars } }", None, {}, context(library))
    assert body is not None
    assert calls == [[author_id(1), author_id(2), author_id(15)]] * 2
    answer = orjson.loads(body)
    assert answer["data"]["authors"][2] == {"name": "Cy", "stars": None}
    assert [error["path"] for error in answer["errors"]] == [["authors", 2, "stars"], ["again", 2, "stars"]]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("query A { __typename } query B { __typename }", {}),
        ("{ __schema { queryType { name } } }", {}),
        ("{ nodes(ids: []) { id } }", {}),
        ("query ($n: Int!) { books(first: $n) { nodes { id } } }", {"n": "many"}),
        ("{ books(first: 21) { nodes { id } } }", {}),
        ('{ node(id: "nonsense") { id } }', {}),
        ("{ books { nodes { shout } } }", {}),
    ],
)
async def test_the_rest_is_left_to_the_interpreter_before_anything_is_read(
    library: AsyncEngine, query: str, variables: dict[str, Any]
) -> None:
    with recorded_statements() as statements:
        assert await new_plans().answer(query, None, variables, context(library)) is None
    assert statements == []


async def test_pages_within_pages_that_might_be_too_much_are_left_to_the_interpreter(library: AsyncEngine) -> None:
    page = "books(first: 20) { nodes { author { "
    deep = "{ " + page * 5 + "name" + " } } }" * 5 + " }"
    assert await new_plans().answer(deep, None, {}, context(library)) is None
