"""Whatever valid operation is asked: an answer, no fault of ours, and statements by the query's size alone.

OPERATIONS says how many are tried and SEED which; a failure names its seed and prints its operation.
"""

import os
from itertools import islice
from typing import Any

from app.schema import schema
from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.fixtures_demo import client_of
from tests.graphql.operations import Operation, operations
from tests.graphql.values import values_of

COUNT = int(os.environ.get("OPERATIONS", "250"))
SEED = int(os.environ.get("SEED", "1"))
STATEMENTS_OF_A_FIELD_MAX = 9
"""A timeline: one for the customers' identities, one for each kind of entry in the store, and the rows it names."""


async def test_any_operation_is_answered_without_a_fault_of_ours(fresh_demo: Demo) -> None:
    values = await values_of(fresh_demo)
    tried: set[str] = set()
    answered = 0
    for operation in islice(operations(schema._schema, SEED, values), COUNT):
        data, codes, statements = await _ask(fresh_demo, operation)
        told = f"SEED={SEED}: {operation.query} {operation.variables} {codes}"
        assert "INTERNAL" not in codes, told
        assert statements <= STATEMENTS_OF_A_FIELD_MAX * operation.field_count, told
        tried |= operation.fields
        answered += data is not None
    # Enough are answered whole: an odd value takes its field, and above it whatever may not be null.
    assert answered > COUNT / 4
    assert len(tried) > 150


async def _ask(demo: Demo, operation: Operation) -> tuple[Any, set[str], int]:
    """Data, codes of the errors, number of statements."""
    async with client_of(demo) as client:
        with recorded_statements() as statements:
            response = await client.post("/graphql", json={"query": operation.query, "variables": operation.variables})
    assert response.status_code == 200
    body = response.json()
    return body.get("data"), {error["extensions"]["code"] for error in body.get("errors", [])}, len(statements)
