"""Plans and interpreter give the same bytes: operations made from seeds, over the whole schema, errors included.

AGREEMENTS says how many are tried (any number), SEED tries one; a failure names its seed and prints its operation.
"""

import os
from collections.abc import Mapping
from typing import Any

import orjson

from app.execution.errors import present
from app.resolvers.context import Context
from app.schema import new_plans, schema, stored_types
from app.wiring import Demo
from tests.graphql.canned_reads import CannedReads
from tests.graphql.operations import Operation, operations
from tests.graphql.values import values_of

COUNT = int(os.environ.get("AGREEMENTS", "2000"))
FAILED_ONCE: tuple[int, ...] = ()
"""Seeds that the engines once disagreed on: tried for ever."""


async def test_the_engines_agree_to_the_byte(demo: Demo) -> None:
    values = await values_of(demo)
    plans = new_plans()
    only = os.environ.get("SEED")
    seeds = [int(only)] if only else [*FAILED_ONCE, *range(COUNT)]
    planned = 0
    for seed in seeds:
        operation = next(operations(schema._schema, seed, values))
        async with _context(demo) as context:
            by_plan = await plans.answer(operation.query, None, operation.variables, context)
        if by_plan is not None:
            planned += 1
            by_interpreter = await _interpreted(operation, demo)
            told = f"SEED={seed}: {operation.query} {operation.variables}"
            assert _comparable(by_plan) == _comparable(by_interpreter), told
    # The rest is what plans leave to the interpreter: `nodes`, and whatever is wrong with a request.
    assert only or planned > len(seeds) * 0.4


async def _interpreted(operation: Operation, demo: Demo) -> bytes:
    async with _context(demo) as context:
        result = await schema.execute(operation.query, variable_values=dict(operation.variables), context_value=context)
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [present(error, request={}) for error in result.errors]
    return orjson.dumps(body | {"data": result.data})


def _comparable(body: bytes) -> bytes:
    """Errors in the order of their paths: the interpreter reports them as they happen."""
    answer: Mapping[str, Any] = orjson.loads(body)
    if "errors" not in answer:
        return body
    ordered = sorted(answer["errors"], key=lambda error: [str(step).zfill(6) for step in error["path"]])
    return orjson.dumps({"errors": ordered, "data": answer["data"]})


def _context(demo: Demo) -> Context:
    engine = demo.application.engine.execution_options(isolation_level="AUTOCOMMIT")
    return Context(engine=engine, types=stored_types, reads=CannedReads(), registry=demo.application.registry)
