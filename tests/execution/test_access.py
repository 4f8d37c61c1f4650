"""Fields that ask for a scope: null with an error for callers without it, in whichever way an answer is made."""

import orjson
import pytest

from app.execution.access import Granted
from app.execution.engine import Engine, Way
from app.stores.engine import recorded_statements
from tests.execution.bookshop import Library, context, new_engine

TITLES = "{ books(first: 2) { nodes { title } } }"
SHELVES = "{ books(first: 2) { nodes { title shelf } } }"


async def ask(library: Library, engine: Engine, query: str, granted: Granted) -> tuple[Way | None, object]:
    reading = context(library)
    reading.granted = granted
    answer = await engine.answer(query, engine.operation(query, None), {}, reading)
    return answer.way, orjson.loads(answer.body)


async def test_everything_is_readable_where_no_rules_are_in_force(library: Library) -> None:
    way, answer = await ask(library, new_engine(), SHELVES, None)
    books = [{"title": "Book 09", "shelf": 3}, {"title": "Book 10", "shelf": 3}]
    assert (way, answer) == (Way.PLAN, {"data": {"books": {"nodes": books}}})


async def test_a_caller_with_the_scope_reads_by_plan(library: Library) -> None:
    assert await ask(library, new_engine(), SHELVES, frozenset({"shelf:read"})) == await ask(
        library, new_engine(), SHELVES, None
    )


async def test_without_the_scope_the_rest_is_answered_until_a_field_must_not_be_null(library: Library) -> None:
    assert (await ask(library, new_engine(), TITLES, frozenset()))[0] is Way.PLAN
    way, answer = await ask(library, new_engine(), SHELVES, frozenset({"other"}))
    assert way is Way.INTERPRETER
    error = {
        "message": "This needs the scope shelf:read.",
        "locations": [{"line": 1, "column": 35}],
        "path": ["books", "nodes", 0, "shelf"],
        "extensions": {"code": "FORBIDDEN"},
    }
    assert answer == {"data": None, "errors": [error]}


@pytest.mark.parametrize("granted", [frozenset(), frozenset({"shelf:write"})])
async def test_a_plan_made_for_one_caller_does_not_serve_another(library: Library, granted: Granted) -> None:
    engine = new_engine()
    assert (await ask(library, engine, SHELVES, frozenset({"shelf:read"})))[0] is Way.PLAN
    way, answer = await ask(library, engine, SHELVES, granted)
    assert way is Way.INTERPRETER
    assert "Book" not in str(answer)


async def test_what_may_not_be_read_is_in_no_statement_of_a_plan(library: Library) -> None:
    with recorded_statements() as statements:
        await ask(library, new_engine(), TITLES, frozenset())
    assert len(statements) == 1
    assert "AS shelf" not in statements[0].partition("FROM")[0]
