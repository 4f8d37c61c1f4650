"""What is understood of a value is what graphql-core makes of it; the rest, and all that is wrong, is left to it."""

from typing import Any, cast

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull, Undefined, build_schema
from graphql.utilities import coerce_input_value
from hypothesis import given
from hypothesis import strategies as st

from app.execution.input_values import Coercions, NotPlain

SCHEMA = build_schema("""
enum Color { RED BLUE }
input Line { sku: String!, quantity: Int! = 1, color: Color = RED, note: String, shares: [Float!] }
input Order { lines: [Line!]!, before: Order, tags: [String] = ["new"], gift: Boolean, id: ID }
input Choice @oneOf { id: ID, order: Order }
type Query { nothing: Int }
""")
ORDER, CHOICE = (cast("GraphQLInputObjectType", SCHEMA.type_map[name]) for name in ("Order", "Choice"))

odd = st.none() | st.sampled_from(["", "a", "RED", "GREEN", 0, 1, 2**31, 1.5, True, [], ["a"], {}, {"sku": "a"}])
lines = st.fixed_dictionaries(
    {},
    optional={"sku": st.just("a") | odd, "quantity": st.just(2) | odd, "color": st.just("BLUE") | odd}
    | {"note": st.just("n") | odd, "shares": st.just([0.5]) | odd, "price": odd},
)
orders = st.recursive(
    st.fixed_dictionaries({"lines": st.lists(lines, max_size=2) | odd}),
    lambda inner: st.fixed_dictionaries(
        {"lines": st.lists(lines, max_size=2)},
        optional={"before": inner, "tags": odd, "gift": odd, "id": odd},
    ),
    max_leaves=3,
)
NOT_PLAIN = "left to graphql-core"


def coerced(value: Any, type_: GraphQLInputType) -> Any:
    try:
        return Coercions().of(type_)(value)
    except NotPlain:
        return NOT_PLAIN


@given(orders | odd)
def test_what_is_understood_is_what_graphql_core_makes_of_it(value: Any) -> None:
    found = coerced(value, GraphQLNonNull(ORDER))
    if found != NOT_PLAIN:
        assert found == coerce_input_value(value, GraphQLNonNull(ORDER)) != Undefined


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"lines": [{"sku": "a"}]},
            {"lines": [{"sku": "a", "quantity": 1, "color": "RED"}], "tags": ["new"]},
        ),
        (
            {"lines": [], "tags": None, "before": {"lines": [], "gift": True, "id": "7"}},
            {"lines": [], "tags": None, "before": {"lines": [], "gift": True, "id": "7", "tags": ["new"]}},
        ),
        (
            {"lines": [{"sku": "a", "quantity": 2, "shares": [1, 0.5]}]},
            {"lines": [{"sku": "a", "quantity": 2, "color": "RED", "shares": [1.0, 0.5]}], "tags": ["new"]},
        ),
    ],
)
def test_plain_values_are_understood(value: Any, expected: Any) -> None:
    assert coerced(value, ORDER) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"lines": {"sku": "a"}},  # a list of one, in the form that lists may be left out
        {"lines": [], "id": 7},
        {"lines": [], "tags": "new"},
    ],
)
def test_odd_but_right_values_are_left(value: Any) -> None:
    assert coerced(value, ORDER) == NOT_PLAIN
    assert coerce_input_value(value, ORDER) is not Undefined


def test_a_choice_is_left() -> None:
    assert coerced({"id": "7"}, CHOICE) == NOT_PLAIN
    assert coerced([{"id": "7"}], GraphQLList(CHOICE)) == NOT_PLAIN
