"""The demo stopped and started again: its vendors live in its process, and still know what they have done."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from app.cli.demo import running_demo
from app.domain.actor import SYSTEM
from app.settings import Settings
from app.wiring import Demo
from tests.fixtures_demo import Seeded, copied
from tests.graphql.asking import data_of

MONEY = {"currency": "USD", "amount": "99.00"}
ADDRESS = {"line1": "88 East Gay Street", "city": "Columbus", "region": "OH", "postalCode": "43215", "country": "US"}
ORDER = {
    "channel": "web",
    "customer": {"email": "ada.lovelace@example.com"},
    "lines": [{"sku": "HOM-HAMK", "quantity": 1, "unitPrice": MONEY}],
    "shippingAddress": ADDRESS,
}
PLACE = "mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }"
PAY = """mutation ($id: ID!) {
  paymentAuthorize(input: {orderId: $id, payment: {gateway: "stripe", method: "card", token: "pm_card_visa"}}) {
    payment { id status } } }"""
ROUTE = "mutation ($id: ID!) { orderRoute(input: {orderId: $id}) { order { fulfillmentOrders { id } } } }"
SEND = """mutation ($id: ID!) {
  fulfillmentOrderAccept(input: {fulfillmentOrderId: $id}) { userErrors { message } }
  fulfillmentOrderPick(input: {fulfillmentOrderId: $id}) { userErrors { message } }
  fulfillmentOrderShip(input: {fulfillmentOrderId: $id}) { userErrors { message } shipment { id } } }"""
CAPTURE = """mutation ($id: ID!) {
  paymentCapture(input: {paymentId: $id}) { userErrors { message } payment { status captured { amount } } } }"""
REFUND = """mutation ($id: ID!) {
  paymentRefund(input: {paymentId: $id, amount: {amount: "9.00", currency: "USD"}, reason: "late"}) {
    userErrors { message } payment { status refunded { amount } } } }"""
DOCUMENTS = "query ($id: ID!) { order(by: {id: $id}) { erpDocuments { nodes { kind externalId status } } } }"
TRACK = "query ($id: ID!) { shipment(by: {id: $id}) { tracking { status events { status } } } }"


@pytest.fixture
async def url(seeded: Seeded) -> AsyncIterator[str]:
    async with copied(seeded) as url:
        yield url


async def test_its_gateway_knows_what_it_holds_and_took(url: str) -> None:
    async with running_demo(Settings(), url) as demo:
        payment = (await data_of(demo, PAY, id=await placed(demo)))["paymentAuthorize"]["payment"]
        assert payment["status"] == "AUTHORIZED"
    async with running_demo(Settings(), url) as demo:
        captured = (await data_of(demo, CAPTURE, id=payment["id"]))["paymentCapture"]
        assert captured == {"userErrors": [], "payment": {"status": "CAPTURED", "captured": {"amount": "99.00"}}}
    async with running_demo(Settings(), url) as demo:
        given_back = (await data_of(demo, REFUND, id=payment["id"]))["paymentRefund"]
        assert given_back["userErrors"] == []
        assert given_back["payment"] == {"status": "PARTIALLY_REFUNDED", "refunded": {"amount": "9.00"}}


async def test_its_carrier_knows_the_labels_that_it_sold(url: str) -> None:
    async with running_demo(Settings(), url) as demo:
        routed = await data_of(demo, ROUTE, id=await placed(demo))
        (asked,) = routed["orderRoute"]["order"]["fulfillmentOrders"]
        shipped = (await data_of(demo, SEND, id=asked["id"]))["fulfillmentOrderShip"]
        assert shipped["userErrors"] == []
        before = await data_of(demo, TRACK, id=shipped["shipment"]["id"])
    assert before["shipment"]["tracking"]["status"] == "LABEL_PURCHASED"
    async with running_demo(Settings(), url) as demo:
        assert await data_of(demo, TRACK, id=shipped["shipment"]["id"]) == before


async def test_its_erp_knows_the_orders_that_it_was_told_of(url: str) -> None:
    async with running_demo(Settings(), url) as demo:
        order_id = await placed(demo)
        work, number = demo.application.work, "11999"
        async with work.writers.transaction(SYSTEM) as tx:
            key = await tx.value("SELECT id FROM orders ORDER BY placed_at DESC, id DESC LIMIT 1")
            await tx.run(
                "INSERT INTO order_references (id, order_id, source_key, external_id) VALUES ($1, $2, 'sap', $3)",
                uuid4(), key, number,
            )  # fmt: skip
        assert (await data_of(demo, DOCUMENTS, id=order_id))["order"]["erpDocuments"]["nodes"] == []
    async with running_demo(Settings(), url) as demo:
        told = (await data_of(demo, DOCUMENTS, id=order_id))["order"]["erpDocuments"]["nodes"]
        assert told == [{"kind": "sales order", "externalId": number, "status": "open"}]


async def placed(demo: Demo) -> str:
    order_id: str = (await data_of(demo, PLACE, input=ORDER))["orderPlace"]["order"]["id"]
    return order_id
