"""What answers may cost at most, reckoned from text and variables; and the refusal, before anything is read."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.execution.cost import Cost
from app.schema import new_engine as new_whole_engine
from app.wiring import Demo
from tests.execution.bookshop import SIZES, new_engine
from tests.graphql.asking import ask


class Counting(Mapping[str, Any]):
    """Variables that count how often they are read."""

    def __init__(self, **values: Any) -> None:
        self._values = values
        self.reads = 0

    def __getitem__(self, name: str) -> Any:
        self.reads += 1
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def cost(query: str, variables: Mapping[str, Any] | None = None) -> Cost:
    operation = new_engine().operation(query, None)
    return operation.cost(operation.variables.read(variables or {}).coerced)


def rows_and_values(query: str, variables: Mapping[str, Any] | None = None) -> tuple[int, int]:
    reckoned = cost(query, variables)
    return reckoned.rows, reckoned.values


def test_the_sizes_that_the_examples_reckon_with() -> None:
    assert (SIZES.page_size_default, SIZES.page_size_max, SIZES.ids_max) == (3, 20, 5)


@pytest.mark.parametrize(
    ("query", "rows", "values"),
    [
        ("{ __typename }", 0, 1),
        ('{ author(by: {name: "Ann"}) { id name } }', 1, 2),
        ("{ books { nodes { title } } }", 3, 3),
        ("{ books(first: 5) { nodes { id title } totalCount } }", 5, 15),
        ("{ books(last: 7) { edges { cursor node { title } } pageInfo { endCursor } } }", 7, 21),
        ("{ books(first: 0) { nodes { title } } }", 0, 0),
        ("{ books(first: -1) { nodes { title } } }", 0, 0),
        ("{ books(first: 999) { nodes { title } } }", 20, 20),
        ("{ books(first: null) { nodes { title } } }", 3, 3),
        ("{ books(first: null, last: 20) { nodes { title } } }", 20, 20),
        ("{ authors { name } }", 3, 3),
        ("{ authors(first: 2) { shelf { title } } }", 2 * (1 + 10), 2 * 10),
        ("{ authors(first: 2) { name books(first: 4) { nodes { id title } } } }", 2 * (1 + 4), 2 * (1 + 4 * 2)),
        ("{ books(first: 4) { nodes { author { name } price { cents label } progress { left } } } }", 4 * 2, 4 * 4),
        ("{ authors(first: 2) { subject { id ... on Book { title shelf } } stars } }", 2 * 2, 2 * 4),
        ('{ node(id: "Book:1") { id } }', 1, 1),
        ('{ nodes(ids: ["Book:1", "Book:2"]) { id ... on Book { title } } }', 2, 4),
        ('{ nodes(ids: "Book:1") { id } }', 1, 1),
        ("{ nodes(ids: []) { id } }", 0, 0),
        (f"{{ nodes(ids: [{'1 ' * 9}]) {{ id }} }}", 5, 5),
        ("{ books { nodes { ...T ...T } } } fragment T on Book { title ... { shelf } }", 3, 12),
        ("{ a: books(first: 2) { nodes { id } } b: books(first: 3) { nodes { id } } }", 5, 5),
    ],
)
def test_pages_count_as_large_as_they_may_get_and_multiply(query: str, rows: int, values: int) -> None:
    assert rows_and_values(query) == (rows, values)


@pytest.mark.parametrize(
    ("query", "variables", "rows"),
    [
        ("query ($n: Int) { books(first: $n) { nodes { id } } }", {"n": 4}, 4),
        ("query ($n: Int) { books(first: $n) { nodes { id } } }", {"n": 21}, 20),
        ("query ($n: Int) { books(first: $n) { nodes { id } } }", {"n": None}, 3),
        ("query ($n: Int) { books(first: $n) { nodes { id } } }", {}, 3),
        ("query ($n: Int = 6) { books(first: $n) { nodes { id } } }", {}, 6),
        ("query ($n: Int, $m: Int) { books(first: $n, last: $m) { nodes { id } } }", {"m": 19}, 19),
        ("query ($n: Int, $m: Int) { books(first: $n, last: $m) { nodes { id } } }", {"n": None, "m": 19}, 19),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b", "c"]}, 3),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 100}, 5),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": "a"}, 1),
        ("query ($a: ID!, $b: ID!) { nodes(ids: [$a, $b]) { id } }", {"a": "x", "b": "y"}, 2),
    ],
)
def test_sizes_in_variables(query: str, variables: Mapping[str, Any], rows: int) -> None:
    assert rows_and_values(query, variables) == (rows, rows)


@pytest.mark.parametrize(
    ("query", "fields", "reads"),
    [
        ("{ __typename }", 1, 0),
        ("{ books(first: 20) { nodes { id author { name } } totalCount } }", 6, 2),
        (
            "{ ...Q a: authors { loans { id } } } fragment Q on Query { ... { authors { ...A ...A } } }"
            " fragment A on Author { stars subject { id } }",
            1 + 2 * 3 + 3,
            1 + 2 + 2,
        ),
    ],
)
def test_fields_and_reads_are_those_of_the_text_with_its_fragments_spread(query: str, fields: int, reads: int) -> None:
    reckoned = cost(query)
    assert (reckoned.fields, reckoned.reads) == (fields, reads)


def test_a_fragment_that_is_spread_twice_at_each_level_is_reckoned_once() -> None:
    levels = 12
    page = "books(first: $n) { nodes { author { ...F%d } } }"
    fragments = [f"fragment F{n} on Author {{ a: {page % (n + 1)} b: {page % (n + 1)} }}" for n in range(levels)]
    query = f"query ($n: Int!) {{ authors(first: 1) {{ ...F0 }} }} {' '.join(fragments)}"
    operation = new_engine().operation(f"{query} fragment F{levels} on Author {{ name }}", None)
    variables = Counting(n=2)
    assert operation.cost(variables) == Cost(
        rows=1 + 8 * (4**levels - 1) // 3,
        values=4**levels,
        # Each level holds its fields twice: books, nodes, author.
        fields=1 + 6 * (2**levels - 1) + 2**levels,
        reads=1 + 4 * (2**levels - 1),
    )
    assert variables.reads == 2 * levels


def test_a_text_that_says_all_sizes_is_reckoned_without_variables() -> None:
    operation = new_engine().operation("query ($w: BookWhere) { books(first: 2, where: $w) { nodes { id } } }", None)
    variables = Counting(w={"title": "a"})
    assert operation.cost(variables) is operation.cost({})
    assert variables.reads == 0


def test_pages_of_outside_systems_count_too() -> None:
    query = "{ customers(first: 2) { nodes { cases(first: 7) { nodes { subject status } } } } }"
    assert new_whole_engine(SIZES).operation(query, None).cost({}) == Cost(rows=2, values=2 * 7 * 2, fields=6, reads=1)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (
            "orders(first: 100) { nodes { customer { orders(first: 100) { nodes { id } } } } }",
            "The answer may hold 1,020,100 rows; 50,000 is the limit. "
            "Ask for smaller pages, or for fewer within each other.",
        ),
        (
            f"orders(first: 100) {{ nodes {{ {' '.join(f'a{n}: id' for n in range(60))} }} }}",
            "The answer may hold 600,000 values; 500,000 is the limit. "
            "Ask for smaller pages, for fewer within each other, or for fewer fields.",
        ),
    ],
)
async def test_what_may_cost_too_much_is_refused_before_anything_is_read(
    demo: Demo, selection: str, message: str
) -> None:
    answer = await ask(demo, f"{{ customers(first: 100) {{ nodes {{ {selection} }} }} }}")
    assert answer.errors == [{"message": message, "extensions": {"code": "LIMIT_EXCEEDED"}}]
    assert (answer.status, answer.data, answer.statements, answer.requests) == (200, None, [], {})
