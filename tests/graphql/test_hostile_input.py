"""What nobody means well by: each costs one clear error, with a code, and nothing is looked up in vain."""

import base64
import json
from typing import Any

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask

NO_KEY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("query ($text: String!) { customer(by: {email: $text}) { id } }", "customer"),
        ("query ($text: String!) { customers(search: $text) { nodes { id } } }", "customers"),
        ("query ($text: String!) { product(sku: $text) { id } }", "product"),
        ("query ($text: String!) { availability(skus: [$text]) { sku } }", "availability"),
        ("query ($text: String!) { events(types: [$text]) { nodes { id } } }", "events"),
        ("query ($text: ID!) { node(id: $text) { id } }", "node"),
    ],
)
async def test_a_text_that_postgres_cannot_hold(demo: Demo, query: str, field: str) -> None:
    answer = await ask(demo, query, text="Connector:a\0" if field == "node" else "a\0")
    assert answer.codes == [("BAD_USER_INPUT", [field])]
    assert answer.errors[0]["message"] == "A text of the request holds the character U+0000; no stored text does."


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-01",
        "2026-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "yesterday",
        5,
    ],
)
async def test_a_time_without_a_zone_or_beyond_the_calendar(demo: Demo, time: object) -> None:
    query = "query ($from: DateTime) { orders(where: {placedAt: {from: $from}}) { nodes { id } } }"
    answer = await ask(demo, query, **{"from": time})
    assert (answer.codes, answer.statements) == ([("BAD_USER_INPUT", None)], [])
    assert "write it with its zone, as in 2026-11-22T18:30:00Z" in answer.errors[0]["message"]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        (
            "query ($at: String) { orders(after: $at) { nodes { id } } }",
            ["-placed_at", "0001-01-01T00:00+14:00", NO_KEY],
        ),
        (
            "query ($at: String) { orders(after: $at) { nodes { id } } }",
            ["-placed_at", "9999-12-31T23:00-14:00", NO_KEY],
        ),
        ("query ($at: String) { events(after: $at) { nodes { id } } }", ["+position", 2**63, NO_KEY]),
        ("query ($at: String) { events(after: $at) { nodes { id } } }", ["+position", True, NO_KEY]),
        (
            "query ($at: String) { customers(first: 1) { nodes { timeline(after: $at) { nodes { at } } } } }",
            ["9999-12-31T23:59:59.999999+00:00", "key"],
        ),
    ],
)
async def test_a_cursor_forged_in_the_right_shape(demo: Demo, query: str, place: list[Any]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    answer = await ask(demo, query, at=cursor)
    assert [code for code, _ in answer.codes] == ["BAD_USER_INPUT"]
    assert answer.errors[0]["message"].startswith(f'"{cursor}" is not a cursor')


async def test_a_number_of_more_digits_than_python_reads(demo: Demo) -> None:
    answer = await ask(demo, f"{{ orders(first: {'9' * 5000}) {{ nodes {{ id }} }} }}")
    assert (answer.codes, answer.statements) == ([("BAD_USER_INPUT", None)], [])


async def test_more_values_than_a_statement_has_parameters(demo: Demo) -> None:
    query = "query ($types: [String!]) { events(types: $types) { nodes { id } } }"
    assert (await ask(demo, query, types=[str(n) for n in range(40_000)])).data == {"events": {"nodes": []}}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            f"{{ {' '.join(f'a{n}: customers {{ totalCount }}' for n in range(101))} }}",
            "The query has 101 aliases; 100 is the limit. Ask in several requests.",
        ),
        (
            f"{{ {'orders(first: 1) { nodes { id } } ' * 334} }}",
            "The query has 1002 fields; 1000 is the limit. Ask in several requests.",
        ),
        (
            f"{{ orders {{ nodes {{ {'number ' * 26} }} }} }}",
            "The query asks for number 26 times in one place; 25 is the limit.",
        ),
        (
            "{ orders(first: 100) { nodes { customer { orders(first: 100) { nodes { lines { id } } } } } } }",
            "The answer may hold 110,200 rows; 50,000 is the limit. Ask for smaller pages, or for fewer within each "
            "other.",
        ),
        (
            "{ orders(first: 100) { nodes { customer { orders(first: 40) { nodes { lines { id sku title quantity "
            "unitPrice { amount currency } discount { amount currency } tax { amount currency } "
            "total { amount currency } again: id } } } } } } }",
            "The answer may hold 520,000 values; 500,000 is the limit. Ask for smaller pages, for fewer within each "
            "other, or for fewer fields.",
        ),
    ],
)
async def test_too_much_in_one_query(demo: Demo, query: str, message: str) -> None:
    answer = await ask(demo, query)
    assert (answer.codes, answer.statements) == ([("LIMIT_EXCEEDED", None)], [])
    assert answer.errors[0]["message"] == message


@pytest.mark.parametrize(
    "query",
    [
        f"{{ __typename {'@skip(if: false) ' * 1500} }}",
        "{ customers { ...F0 } }"
        + "".join(f" fragment F{n} on CustomerConnection {{ ...F{n + 1} }}" for n in range(900)),
        f"{{ {'a {' * 5000} }}",
        f"query ({' '.join(f'$v{n}: Int' for n in range(2000))}) {{ __typename }}",
    ],
    ids=["directives", "fragments", "nesting", "variables"],
)
async def test_floods_are_refused_before_anything_is_read(demo: Demo, query: str) -> None:
    answer = await ask(demo, query)
    assert answer.data is None
    assert {code for code, _ in answer.codes} == {"BAD_USER_INPUT"}
    assert answer.statements == []
