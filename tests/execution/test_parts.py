"""Answers in parts are held to what answers at once are: scopes, and one call for all that is loaded."""

from dataclasses import replace
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from app.execution.engine import Engine, GivenDocument
from app.execution.executor import Executor
from app.execution.parts import Part
from app.execution.rows import StoredTypes
from app.stores.engine import recorded_statements
from tests.execution.bookshop import LIMITS, Library, Query, calls, context
from tests.execution.conftest import author_id

LIMITS_OF_PARTS = replace(LIMITS, most=replace(LIMITS.most, parts=100))
SPLITTING = strawberry.Schema(
    query=Query,
    config=StrawberryConfig(enable_experimental_incremental_execution=True),
    execution_context_class=Executor,
    extensions=[GivenDocument],
)


async def _parts(library: Library, text: str, granted: frozenset[str] | None = None) -> list[Part]:
    engine = Engine(SPLITTING, StoredTypes(SPLITTING), LIMITS_OF_PARTS)
    asking = context(library)
    asking.granted = granted
    async with asking:
        answer = await engine.answer(text, engine.operation(text, None), {}, asking, in_parts=True)
        assert answer.parts is not None
        return [part async for part in answer.parts]


def _pieces(parts: list[Part]) -> list[Any]:
    return [each for part in parts for each in part.get("incremental", ())]


async def test_a_deferred_field_asks_for_its_scope(library: Library) -> None:
    text = (
        '{ author(by: {name: "Ann"}) { name ... @defer { books(first: 1) { nodes { title ...S @defer } } } } }'
        " fragment S on Book { shelf }"
    )
    pieces = _pieces(await _parts(library, text, frozenset({"shelf:read"})))
    assert pieces[1]["data"] == {"shelf": 2}
    parts = await _parts(library, text, frozenset())
    assert [each["data"] for each in _pieces(parts)] == [{"books": {"nodes": [{"title": "Book 06"}]}}]
    (failed,) = [each for part in parts for each in part.get("completed", ()) if "errors" in each]
    assert [error["extensions"]["code"] for error in failed["errors"]] == ["FORBIDDEN"]


async def test_streamed_items_and_deferred_fragments_are_batched(library: Library) -> None:
    for text in ("{ authors @stream { name stars } }", "{ authors { name ... @defer { stars } } }"):
        calls.clear()
        with recorded_statements() as statements:
            await _parts(library, text)
        assert len(statements) == 1
        assert calls == [[author_id(1), author_id(2), author_id(15)]]
