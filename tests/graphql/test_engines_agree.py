"""Plans and interpreter give the same bytes: operations made from seeds, over the whole schema, errors included.

AGREEMENTS says how many are tried (any number), SEED tries one; a failure names its seed and prints its operation.
"""

import os
from collections.abc import Mapping
from itertools import islice
from typing import Any

import orjson

from app.domain.actor import SYSTEM
from app.execution.engine import Answer, Engine, Way
from app.execution.limits import Sizes
from app.resolvers.context import Context
from app.schema import new_engine, schema, stored_types
from app.wiring import Demo
from tests.graphql.canned_reads import CannedReads, CannedSources
from tests.graphql.operations import Operation, operations
from tests.graphql.values import values_of

SIZES = Sizes(page_size_default=25, page_size_max=100, ids_max=100)
COUNT = int(os.environ.get("AGREEMENTS", "600"))
SOURCES = CannedSources()
FAILED_ONCE: tuple[int, ...] = (23, 245)
"""Seeds that the engines once disagreed on: tried for ever."""


async def test_the_engines_agree_to_the_byte(demo: Demo) -> None:
    values = await values_of(demo)
    only = os.environ.get("SEED")
    seeds = [int(only)] if only else [*FAILED_ONCE, *range(COUNT)]
    tried = {seed: next(operations(schema._schema, seed, values)) for seed in seeds}
    planned = await _agreeing(demo, tried)
    # The rest is what plans leave to the interpreter: mostly what is wrong with a request.
    assert only or planned > len(seeds) * 0.7


async def test_they_agree_on_orders_as_they_were(demo: Demo) -> None:
    """Which are rare among all operations."""
    values = await values_of(demo)
    made = operations(schema._schema, 4, values)
    tried = dict(enumerate(islice((each for each in made if ", asOf: " in each.query), max(1, COUNT // 20))))
    assert await _agreeing(demo, tried) > len(tried) * 0.3


async def _agreeing(demo: Demo, tried: Mapping[int, Operation]) -> int:
    """How many have a plan."""
    engine = new_engine(SIZES)
    planned = 0
    for seed, operation in tried.items():
        async with _context(demo) as context:
            by_plan = await _answer(engine, operation, context, Way.PLAN)
        if by_plan.way is Way.PLAN:
            planned += 1
            async with _context(demo) as context:
                by_interpreter = await _answer(engine, operation, context, Way.INTERPRETER)
            told = f"SEED={seed}: {operation.query} {operation.variables}"
            assert _comparable(by_plan.body) == _comparable(by_interpreter.body), told
    return planned


async def _answer(engine: Engine, operation: Operation, context: Context, way: Way) -> Answer:
    prepared = engine.operation(operation.query, None)
    return await engine.answer(operation.query, prepared, operation.variables, context, way)


def _comparable(body: bytes) -> bytes:
    """Errors in the order of their paths: the interpreter reports them as they happen."""
    answer: Mapping[str, Any] = orjson.loads(body)
    if "errors" not in answer:
        return body
    ordered = sorted(answer["errors"], key=lambda error: [str(step).zfill(6) for step in error["path"]])
    return orjson.dumps({"errors": ordered, "data": answer["data"]})


def _context(demo: Demo) -> Context:
    application = demo.application
    return Context(
        connections=application.connections,
        types=stored_types,
        sizes=SIZES,
        reads=CannedReads(),
        registry=SOURCES,
        work=application.work,
        actor=SYSTEM,
    )
