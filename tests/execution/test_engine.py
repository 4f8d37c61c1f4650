"""Which way a request is answered, and what is said where neither way may."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.execution.engine import Answer, Engine, Way
from app.stores.engine import recorded_statements
from tests.execution.bookshop import LIMITS, Library, context, new_engine, schema, types

BOOKS = "query ($n: Int) { books(first: $n) { nodes { title } } }"
INTROSPECTION = "{ __schema { queryType { name } } }"


async def answer(
    library: Library, query: str, variables: Mapping[str, Any] | None = None, way: Way | None = None
) -> Answer:
    engine = new_engine()
    return await engine.answer(query, engine.operation(query, None), variables or {}, context(library), way)


async def test_either_way_may_be_asked_for_and_plans_come_first(library: Library) -> None:
    ways = (None, Way.PLAN, Way.INTERPRETER)
    found = [await answer(library, BOOKS, {"n": 1}, way) for way in ways]
    assert [each.way for each in found] == [Way.PLAN, Way.PLAN, Way.INTERPRETER]
    assert {each.body for each in found} == {b'{"data":{"books":{"nodes":[{"title":"Book 09"}]}}}'}
    assert all(each.is_executed for each in found)


async def test_what_no_plan_covers_goes_to_the_interpreter(library: Library) -> None:
    body = b'{"data":{"__schema":{"queryType":{"name":"Query"}}}}'
    assert await answer(library, INTROSPECTION) == Answer(body, Way.INTERPRETER)
    refused = await answer(library, INTROSPECTION, way=Way.PLAN)
    assert (refused.way, refused.is_executed) == (None, False)
    assert orjson.loads(refused.body) == {
        "errors": [{"message": "No plan covers this request.", "extensions": {"code": "BAD_USER_INPUT"}}]
    }


async def test_wrong_variables_are_put_in_words_by_the_interpreter_whichever_way_is_asked_for(
    library: Library,
) -> None:
    for way in (None, Way.PLAN, Way.INTERPRETER):
        with recorded_statements() as statements:
            found = await answer(library, BOOKS, {"n": "many"}, way)
        assert (found.way, found.is_executed, statements) == (Way.INTERPRETER, False, [])
        (error,) = orjson.loads(found.body)["errors"]
        assert error["message"].startswith("Variable '$n' has invalid value")
        assert (error["locations"], error["extensions"]) == ([{"line": 1, "column": 8}], {"code": "BAD_USER_INPUT"})


async def test_an_answer_with_errors_was_executed_all_the_same(library: Library) -> None:
    found = await answer(library, BOOKS, {"n": 21})
    assert (found.way, found.is_executed) == (Way.INTERPRETER, True)
    assert orjson.loads(found.body) == {
        "errors": [
            {
                "message": "first may be at most 20 (got 21).",
                "locations": [{"line": 1, "column": 19}],
                "path": ["books"],
                "extensions": {"code": "LIMIT_EXCEEDED"},
            }
        ],
        "data": None,
    }


@pytest.mark.parametrize(
    ("name", "count", "message"),
    [
        (
            "rows",
            19,
            "The answer may hold 20 rows; 19 is the limit. Ask for smaller pages, or for fewer within each other.",
        ),
        (
            "values",
            39,
            "The answer may hold 40 values; 39 is the limit. Ask for smaller pages, for fewer within each other, "
            "or for fewer fields.",
        ),
        ("fields", 3, "The query has 4 fields once its fragments are spread; 3 is the limit. Ask in several requests."),
        (
            "reads",
            0,
            "The query has 1 lists and relations once its fragments are spread; 0 is the limit. "
            "Ask in several requests.",
        ),
    ],
)
async def test_what_may_cost_more_than_the_limit_is_refused_unread(
    library: Library, name: str, count: int, message: str
) -> None:
    query = "{ books(first: 20) { nodes { id title } } }"
    for way in (None, Way.PLAN, Way.INTERPRETER):
        for limit, is_refused in ((count, True), (count + 1, False)):
            engine = Engine(schema, types, replace(LIMITS, most=replace(LIMITS.most, **{name: limit})))
            with recorded_statements() as statements:
                found = await engine.answer(query, engine.operation(query, None), {}, context(library), way)
            assert (found.way is None, statements == []) == (is_refused, is_refused)
            if is_refused:
                assert orjson.loads(found.body) == {
                    "errors": [{"message": message, "extensions": {"code": "LIMIT_EXCEEDED"}}]
                }


async def test_the_interpreter_is_spared_the_text(library: Library) -> None:
    """What it executes is the document that has been through parsing and validation already."""
    engine = new_engine()
    operation = engine.operation("{ authors { name } }", None)
    found = await engine.answer("{ nonsense", operation, {}, context(library), Way.INTERPRETER)
    assert found == Answer(b'{"data":{"authors":[{"name":"Ann"},{"name":"Ben"},{"name":"Cy"}]}}', Way.INTERPRETER)


async def test_the_operation_that_was_chosen_is_the_one_that_is_answered(library: Library) -> None:
    query = "query A { authors(first: 1) { name } } query B { books(first: 1) { nodes { title } } }"
    engine = new_engine()
    for way in (Way.PLAN, Way.INTERPRETER):
        bodies = [
            (await engine.answer(query, engine.operation(query, name), {}, context(library), way)).body
            for name in ("A", "B")
        ]
        assert bodies == [
            b'{"data":{"authors":[{"name":"Ann"}]}}',
            b'{"data":{"books":{"nodes":[{"title":"Book 09"}]}}}',
        ]
