"""The tabs of the query page, as a first visitor runs them."""

import pytest

from app.http.graphiql import EXAMPLES
from app.wiring import Demo
from tests.graphql.asking import ask, data_of

TEXTS = {path.stem: path.read_text() for path in EXAMPLES}


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - {"place_order"}))
async def test_a_query_answers(demo: Demo, name: str) -> None:
    answer = await ask(demo, TEXTS[name])
    assert answer.errors == []
    assert all(answer.data.values())


async def test_an_order_is_placed_in_one_tab_and_watched_in_another(fresh_demo: Demo) -> None:
    before = await data_of(fresh_demo, TEXTS["watch_order"])
    rehearsed = (await data_of(fresh_demo, TEXTS["place_order"], dryRun=True))["orderPlace"]
    assert (rehearsed["userErrors"], rehearsed["dryRun"], rehearsed["order"]["status"]) == ([], True, "PENDING")
    assert await data_of(fresh_demo, TEXTS["watch_order"]) == before
    placed = (await data_of(fresh_demo, TEXTS["place_order"]))["orderPlace"]
    assert placed["userErrors"] == []
    assert placed["order"]["lines"] == [{"sku": "HOM-BLKT", "quantities": {"ordered": 2, "reserved": 2}}]
    (watched,) = (await data_of(fresh_demo, TEXTS["watch_order"]))["orders"]["nodes"]
    assert (watched["number"], watched["status"]) == (placed["order"]["number"], "PENDING")
    assert [each["type"] for each in watched["events"]["nodes"]] == ["order.placed"]
