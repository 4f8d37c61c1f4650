"""orderRoute, asked over HTTP on the demo's orders."""

from typing import Any

from app.wiring import Demo
from tests.graphql.asking import data_of

OPEN = """{ fulfillmentOrders(first: 1, where: {status: [OPEN]}) { nodes { number location { key } order {
  id number version status } } } }"""
ROUTE = """mutation Route($input: OrderRouteInput!, $dryRun: Boolean!) {
  orderRoute(input: $input, dryRun: $dryRun) {
    order { version status fulfillmentOrders { number status location { key } } }
    decision { policy splitCount chosen { location { key } } candidates { location { key } eligible rejections } }
    userErrors { code field message } dryRun
  }
}"""
STATE = "query ($id: ID!) { order(by: {id: $id}) { version fulfillmentOrders { number status location { key } } } }"


async def test_a_dry_run_shows_the_route_and_writes_nothing(fresh_demo: Demo) -> None:
    asked = (await data_of(fresh_demo, OPEN))["fulfillmentOrders"]["nodes"][0]
    before = await data_of(fresh_demo, STATE, id=asked["order"]["id"])
    shown = await _route(fresh_demo, asked, dry_run=True)
    assert shown["dryRun"] is True
    assert shown["order"]["version"] == asked["order"]["version"] + 1
    assert await data_of(fresh_demo, STATE, id=asked["order"]["id"]) == before
    done = await _route(fresh_demo, asked, dry_run=False)
    assert {**done, "dryRun": True} == shown


async def test_a_location_that_is_excluded_is_told_and_not_chosen(fresh_demo: Demo) -> None:
    asked = (await data_of(fresh_demo, OPEN))["fulfillmentOrders"]["nodes"][0]
    key = asked["location"]["key"]
    done = await _route(fresh_demo, asked, dry_run=False)
    assert done["userErrors"] == []
    assert (done["decision"]["policy"], done["order"]["status"]) == ("nearest", "PROCESSING")
    excluded = next(each for each in done["decision"]["candidates"] if each["location"]["key"] == key)
    assert (excluded["eligible"], "EXCLUDED" in excluded["rejections"]) == (False, True)
    chosen = {each["location"]["key"] for each in done["decision"]["chosen"]}
    assert chosen
    assert key not in chosen
    states = {each["number"]: each["status"] for each in done["order"]["fulfillmentOrders"]}
    assert states[asked["number"]] == "CANCELED"


async def test_a_policy_that_there_is_not_is_refused_with_its_field(demo: Demo) -> None:
    asked = (await data_of(demo, OPEN))["fulfillmentOrders"]["nodes"][0]
    command = {"orderId": asked["order"]["id"], "policy": "fastest"}
    answer = (await data_of(demo, ROUTE, input=command, dryRun=False))["orderRoute"]
    assert answer["userErrors"] == [
        {
            "code": "INVALID",
            "field": ["input", "policy"],
            "message": "there is no routing policy fastest; there are nearest, standard",
        }
    ]
    assert (answer["order"], answer["decision"]) == (None, None)


async def _route(demo: Demo, asked: Any, *, dry_run: bool) -> Any:
    command = {
        "orderId": asked["order"]["id"],
        "expectedVersion": asked["order"]["version"],
        "excludeLocationKeys": [asked["location"]["key"]],
        "policy": "nearest",
    }
    return (await data_of(demo, ROUTE, input=command, dryRun=dry_run))["orderRoute"]
