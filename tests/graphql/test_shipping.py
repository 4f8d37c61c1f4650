"""A parcel as clients ship it: with a label of UPS's, and while UPS does not answer."""

from typing import Any

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask, data_of, request_counts, set_fault

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
    userErrors { message } order { id } } }"""
ROUTE = """mutation ($input: OrderRouteInput!) { orderRoute(input: $input) {
    userErrors { message } order { fulfillmentOrders { id } } } }"""
STEP = """mutation ($input: %sInput!) { %s(input: $input) {
    userErrors { message } fulfillmentOrder { status } } }"""
SHIP = """mutation ($input: FulfillmentOrderShipInput!, $key: String, $dryRun: Boolean! = false) {
  fulfillmentOrderShip(input: $input, idempotencyKey: $key, dryRun: $dryRun) {
    replayed dryRun
    userErrors { __typename code message ... on SourceError { source { key } retryAfterSeconds } }
    fulfillmentOrder { status lines { quantity packed shipped } actions { name allowed } }
    shipment { id number status service trackingNumber labelUrl cost { amount currency } lines { quantity }
               carrier { key } order { fulfillmentStatus } } } }"""
CANCEL = """mutation ($input: ShipmentCancelInput!) { shipmentCancel(input: $input) {
    userErrors { message } shipment { status labelUrl } } }"""
RENO = {"line1": "1 Main St", "city": "Reno", "region": "NV", "postalCode": "89501", "country": "US"}


@pytest.fixture
async def picked(fresh_demo: Demo) -> tuple[Demo, dict[str, Any]]:
    """The first fulfillment order of a new order, picked; as input."""
    found = await data_of(fresh_demo, "{ products(first: 20) { nodes { sku availability { availableToFulfill } } } }")
    sku = next(each["sku"] for each in found["products"]["nodes"] if each["availability"]["availableToFulfill"] > 20)
    line = {"sku": sku, "quantity": 2, "unitPrice": {"amount": "10.00", "currency": "USD"}}
    customer = {"email": "zoe@example.com", "givenName": "Zoe", "familyName": "Quist"}
    order = {"channel": "web", "customer": customer, "lines": [line], "shippingAddress": RENO}
    placed = (await data_of(fresh_demo, PLACE, input=order))["orderPlace"]
    routed = (await data_of(fresh_demo, ROUTE, input={"orderId": placed["order"]["id"]}))["orderRoute"]
    assert placed["userErrors"] == routed["userErrors"] == []
    given = {"fulfillmentOrderId": routed["order"]["fulfillmentOrders"][0]["id"]}
    for name in ("fulfillmentOrderAccept", "fulfillmentOrderPick"):
        query = STEP % (name[0].upper() + name[1:], name)
        assert (await data_of(fresh_demo, query, input=given))[name]["userErrors"] == []
    return fresh_demo, given


async def test_a_parcel_leaves_with_its_label_in_one_request(picked: tuple[Demo, dict[str, Any]]) -> None:
    demo, given = picked
    rehearsed = (await data_of(demo, SHIP, input=given, dryRun=True))["fulfillmentOrderShip"]
    assert (rehearsed["dryRun"], rehearsed["shipment"]["status"]) == (True, "CREATED")
    payload = (await data_of(demo, SHIP, input=given, key="k"))["fulfillmentOrderShip"]
    assert payload["userErrors"] == []
    assert payload["fulfillmentOrder"]["status"] == "CLOSED"
    parcel = payload["shipment"]
    assert (parcel["status"], parcel["service"], parcel["carrier"]["key"]) == ("LABEL_PURCHASED", "UPS Ground", "ups")
    assert parcel["trackingNumber"].startswith("1Z")
    assert parcel["labelUrl"].startswith("/labels/")
    assert parcel["order"] == {"fulfillmentStatus": "FULFILLED"}
    asked = await request_counts(demo)
    again = (await data_of(demo, SHIP, input=given, key="k"))["fulfillmentOrderShip"]
    assert again == {**payload, "replayed": True}
    assert await request_counts(demo) == asked

    canceled = (await data_of(demo, CANCEL, input={"shipmentId": parcel["id"]}))["shipmentCancel"]
    assert canceled == {"userErrors": [], "shipment": {"status": "CANCELED", "labelUrl": None}}


async def test_a_carrier_that_does_not_answer_is_told_and_asked_again(picked: tuple[Demo, dict[str, Any]]) -> None:
    demo, given = picked
    await set_fault(demo, "ups", "error_before")
    payload = (await data_of(demo, SHIP, input={**given, "service": "UPS Ground"}, key="k"))["fulfillmentOrderShip"]
    (error,) = payload["userErrors"]
    assert (error["__typename"], error["code"], error["source"]) == (
        "SourceError", "SOURCE_UNAVAILABLE", {"key": "ups"}
    )  # fmt: skip
    assert payload["shipment"]["status"] == "CREATED"
    assert [each["shipped"] for each in payload["fulfillmentOrder"]["lines"]] == [0]
    allowed = [each["name"] for each in payload["fulfillmentOrder"]["actions"] if each["allowed"]]
    assert allowed == []


async def test_what_the_carrier_refuses_is_told(picked: tuple[Demo, dict[str, Any]]) -> None:
    demo, given = picked
    answer = await ask(demo, SHIP, input={**given, "service": "By Pigeon"})
    payload = answer.data["fulfillmentOrderShip"]
    (error,) = payload["userErrors"]
    assert (error["__typename"], error["code"], error["source"]) == ("SourceError", "INVALID", {"key": "ups"})
    assert error["message"] == "ups offers no service called By Pigeon"
    assert payload["shipment"]["status"] == "CANCELED"
    allowed = [each["name"] for each in payload["fulfillmentOrder"]["actions"] if each["allowed"]]
    assert allowed == ["fulfillmentOrderReject", "fulfillmentOrderShip", "fulfillmentOrderMove"]
