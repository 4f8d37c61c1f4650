"""What each query that we show costs: SQL statements and requests to sources, exactly, by plan and by interpreter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.http.graphiql import EXAMPLES
from app.wiring import Demo
from tests.graphql.asking import ask, ask_by, kept

ROOT = Path(__file__).parents[2]
QUERIES = {path.stem: path.read_text() for path in EXAMPLES if path.stem != "place_order"}
SHOWN = QUERIES | {"readme": re.findall(r"```graphql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]}
ENGINES = ("plan", "interpreter")
CUSTOMER_360 = {"salesforce": 3, "sap": 4, "shopify": 1, "shopify_outlet": 1, "ups": 6}
"""Salesforce keeps interactions in two objects, SAP documents behind three services; UPS is asked parcel by parcel."""
LIVE_ONLY = {"salesforce": 3}
INVENTORY = {"sap": 1, "shopify": 1, "shopify_outlet": 1}
README = {"salesforce": 1, "sap": 1, "shopify": 1, "shopify_outlet": 1}


@dataclass(frozen=True)
class Cost:
    by_plan: int
    """One statement of the store's."""
    by_interpreter: int
    """One statement for each list, page, count and relation, however many rows it is read for."""
    look_ups: int = 0
    """Fields that may be remembered."""
    requests: Mapping[str, int] = field(default_factory=dict)
    """By source, where nothing that is remembered will do."""

    def statements(self, engine: str) -> int:
        return self.by_plan if engine == "plan" else self.by_interpreter


COSTS = {
    "customer_360": Cost(by_plan=1, by_interpreter=10, look_ups=4, requests=CUSTOMER_360),
    "inventory": Cost(by_plan=1, by_interpreter=5, look_ups=1, requests=INVENTORY),
    "order_page": Cost(by_plan=1, by_interpreter=10, look_ups=1, requests={"sap": 3}),
    "watch_order": Cost(by_plan=1, by_interpreter=7),
    "readme": Cost(by_plan=1, by_interpreter=3, requests=README),
}
TOKENS = """{ customers(first: 50, sortBy: {field: NUMBER, direction: DESC}) { nodes {
  cases { nodes { number } } storefrontProfiles { sources { state } }
  shipments(first: 5) { nodes { tracking { status } } } } } }"""
"""Asks every source about other customers, since each connector fetches a token before its first request."""


def test_every_query_that_we_show_has_its_cost_here() -> None:
    assert SHOWN.keys() == COSTS.keys()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", COSTS)
async def test_what_it_costs(demo: Demo, name: str, engine: str) -> None:
    """Where nothing that is remembered will do."""
    await ask(demo, TOKENS)
    answer = await ask_by(engine, demo, SHOWN[name].replace('"PT30S"', '"PT0S"'))
    assert answer.errors == []
    assert len(answer.of_the_store) == COSTS[name].statements(engine), answer.statements
    assert (answer.look_ups, answer.requests) == (COSTS[name].look_ups, COSTS[name].requests)
    await kept(demo)


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_may_be_remembered_is_not_asked_for_again(fresh_demo: Demo, engine: str) -> None:
    """Most of customer_360 may be half a minute old; its cases and interactions may not."""
    await ask(fresh_demo, TOKENS)
    first = await ask_by(engine, fresh_demo, SHOWN["customer_360"])
    await kept(fresh_demo)
    again = await ask_by(engine, fresh_demo, SHOWN["customer_360"])
    assert (first.requests, again.requests) == (CUSTOMER_360, LIVE_ONLY)
    assert len(again.of_the_store) == COSTS["customer_360"].statements(engine)
    assert len(again.statements) == len(again.of_the_store) + COSTS["customer_360"].look_ups


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["customer_360", "inventory", "readme"])
async def test_pages_of_one_and_of_fifty_take_the_same_statements(demo: Demo, name: str, engine: str) -> None:
    one, fifty = (re.sub(r"first: \d+", f"first: {size}", SHOWN[name]) for size in (1, 50))
    await ask(demo, TOKENS)
    small, large = await ask_by(engine, demo, one), await ask_by(engine, demo, fifty)
    assert (small.errors, large.errors) == ([], [])
    assert len(str(large.data)) > len(str(small.data))
    assert _shapes(large.of_the_store) == _shapes(small.of_the_store)
    assert len(large.of_the_store) == COSTS[name].statements(engine)


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_order_page_of_one_order_and_of_fifty_takes_the_same_statements(demo: Demo, engine: str) -> None:
    """Of orders with a return, so that nothing on the page is empty: what is empty needs no statement within."""
    selection = SHOWN["order_page"].partition("order(by: { number: $number })")[2].rpartition("}")[0]
    returned = "{ returnStatus: [REQUESTED, IN_PROGRESS, PARTIALLY_RETURNED, RETURNED] }"
    small, large = [
        await ask_by(engine, demo, f"{{ orders(first: {size}, where: {returned}) {{ nodes {selection} }} }}")
        for size in (1, 50)
    ]
    assert (small.errors, large.errors) == ([], [])
    assert [len(each.data["orders"]["nodes"]) for each in (small, large)] == [1, 50]
    assert _shapes(large.of_the_store) == _shapes(small.of_the_store)
    assert len(large.of_the_store) == COSTS["order_page"].statements(engine)


def _shapes(statements: Sequence[str]) -> list[str]:
    """Without numbers, since the size of a page may stand in the text; in any order, since some run side by side."""
    return sorted(re.sub(r"\b\d+\b", "n", text) for text in statements)
