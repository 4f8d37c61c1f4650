"""Depth is counted over fields, through fragments, without introspection."""

import pytest
from graphql import build_schema, parse, validate

from app.execution.limits import depth_limit

SCHEMA = build_schema("type Query { a: Query b: Int }")


@pytest.mark.parametrize(
    ("query", "depth"),
    [
        ("{ b }", 1),
        ("{ a { a { b } } b }", 3),
        ("{ a { ...F } } fragment F on Query { a { b } }", 3),
        ("{ ... on Query { a { ... on Query { b } } } }", 2),
        ("{ ...F ...G } fragment F on Query { ...G } fragment G on Query { a { b } }", 2),
        ("{ b __schema { types { fields { type { ofType { ofType { name } } } } } } }", 1),
    ],
)
def test_the_depth_of_an_operation(query: str, depth: int) -> None:
    document = parse(query)
    assert validate(SCHEMA, document, [depth_limit(depth)]) == []
    (error,) = validate(SCHEMA, document, [depth_limit(depth - 1)])
    assert error.extensions == {"code": "LIMIT_EXCEEDED"}
    assert error.message == (f"The query is nested {depth} levels deep; {depth - 1} is the limit. Ask for parts by id.")


def test_fragments_in_a_circle_end() -> None:
    document = parse("{ ...F } fragment F on Query { a { ...G } } fragment G on Query { a { ...F } }")
    assert validate(SCHEMA, document, [depth_limit(2)]) == []


def test_each_operation_is_judged_alone() -> None:
    document = parse("query A { b } query B { a { a { b } } }")
    assert len(validate(SCHEMA, document, [depth_limit(2)])) == 1
