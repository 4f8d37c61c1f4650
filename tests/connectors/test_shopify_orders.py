"""A shop's orders as storefront orders: money to the cent, counters, payments, parcels, and lists of any length."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.connectors.contract import SourceGarbled
from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder, StorefrontParcel, StorefrontPayment
from app.connectors.shopify.order_mapping import without_tax
from app.domain.money import Money
from app.domain.refusals import Refused
from app.sandbox.shopify.checkout import Bought, Shipping
from app.sandbox.shopify.objects import Object, money_bag, transaction
from app.workflows.storefront.rules import require_order
from tests.connectors.shopify_shop import ADDRESS, Storefront, open_shop
from tests.connectors.vendor_rows import make_variant


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


async def read(shop: Storefront, order: Object) -> StorefrontOrder:
    found = (await shop.connector.orders_by_id([order["id"]], deadline=shop.deadline))[order["id"]]
    assert found is not None
    return found


def total_minor(order: StorefrontOrder) -> int:
    goods = sum(each.unit_price.minor * each.quantity - each.discount.minor + each.tax.minor for each in order.lines)
    return goods + order.shipping.minor


async def test_an_order_is_read_whole() -> None:
    shop = open_shop()
    placed = shop.place(
        Bought(sku="MUG", quantity=2, discounts=["5.00"], taxes=["3.15", "0.45"]),
        Bought(title="Gift wrap", unit_price="4.00"),
        email="ada@example.com",
        shipping=[Shipping("Standard", "6.00", ["0.48"])],
        shipping_address=ADDRESS,
        note="Ring twice",
        tags=["vip"],
    )
    order = await read(shop, placed)
    address = {
        "name": "Ada Lovelace",
        "company": None,
        "line1": "12 St James's Square",
        "line2": None,
        "city": "London",
        "region": None,
        "postalCode": "SW1Y 4JH",
        "country": "GB",
        "phone": "+442079460018",
    }
    at = datetime.fromisoformat(placed["createdAt"])
    mug, wrap = (line["id"] for line in placed["lineItems"])
    assert order == StorefrontOrder(
        external_id=placed["id"],
        number="#1001",
        url=f"http://shopify.test/admin/orders/{placed['legacyResourceId']}",
        placed_at=at,
        updated_at=at,
        canceled_at=None,
        closed_at=None,
        currency="USD",
        customer_external_id=None,
        contact_name="Ada Lovelace",
        email="ada@example.com",
        phone="+442079460018",
        shipping_address=address,
        billing_address=address,
        shipping_method="Standard",
        shipping=usd("6.48"),
        lines=(
            StorefrontLine(
                external_id=mug,
                sku="MUG",
                title="Product MUG",
                quantity=2,
                unit_price=usd("25.00"),
                discount=usd("5.00"),
                tax=usd("3.60"),
            ),
            StorefrontLine(
                external_id=wrap,
                sku=None,
                title="Gift wrap",
                quantity=1,
                unit_price=usd("4.00"),
                discount=usd("0"),
                tax=usd("0"),
            ),
        ),
        payments=(
            StorefrontPayment(
                external_id=placed["transactions"][0]["id"],
                method="shopify_payments",
                authorized=usd("59.08"),
                captured=usd("0"),
                refunded=usd("0"),
                at=at,
                expires_at=datetime.fromisoformat(placed["transactions"][0]["authorizationExpiresAt"]),
            ),
        ),
        total=usd("59.08"),
        note="Ring twice",
        tags=("vip",),
        raw=order.raw,
    )
    assert order.raw["name"] == "#1001"


async def test_prices_that_contain_the_tax_are_taken_apart() -> None:
    shop = open_shop()
    placed = shop.place(
        Bought(sku="MUG", quantity=3, unit_price="10.00", taxes=["5.00"]),
        shipping=[Shipping("Standard", "6.00", ["1.00"])],
        taxes_included=True,
    )
    order = await read(shop, placed)
    [line] = order.lines
    assert (line.unit_price, line.discount, line.tax) == (usd("8.34"), usd("0.02"), usd("5.00"))
    assert order.shipping == usd("6.00")
    assert total_minor(order) == usd("36.00").minor


async def test_duties_and_tips_come_with_the_shipping() -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG"), shipping=[Shipping("Standard", "6.00")], duties="3.10", tip="2.00")
    order = await read(shop, placed)
    assert (order.shipping, order.total) == (usd("11.10"), usd("36.10"))
    # The tip stands among the lines, though nothing can be sent of it.
    assert [line["title"] for line in placed["lineItems"]] == ["Product MUG", "Tip"]
    assert [line.title for line in order.lines] == ["Product MUG"]


async def test_what_is_refunded_before_it_was_sent_is_no_tip() -> None:
    shop = open_shop()
    placed = shop.place(Bought(title="Gift wrap", unit_price="1.50"), Bought(sku="MUG"), tip="2.00")
    wrap = {"lineItemId": placed["lineItems"][0]["id"], "quantity": 1, "restockType": "CANCEL"}
    tip = {"lineItemId": placed["lineItems"][2]["id"], "quantity": 1, "restockType": "NO_RESTOCK"}
    shop.shop.refund({"orderId": placed["id"], "refundLineItems": [wrap, tip]}, "k")
    assert [(line.title, line.canceled) for line in (await read(shop, placed)).lines] == [
        ("Gift wrap", 1),
        ("Product MUG", 0),
    ]


async def test_a_total_that_nothing_explains_is_left_to_be_seen() -> None:
    shop = open_shop()
    placed = shop.place()
    placed["totalPriceSet"]["shopMoney"]["amount"] = "26.00"
    order = await read(shop, placed)
    assert (order.shipping, order.total, total_minor(order)) == (usd("0"), usd("26.00"), 2_500)


async def test_money_is_the_shops_own() -> None:
    shop = open_shop()
    placed = shop.place(presentment_currency="EUR", presentment_rate="0.9")
    assert placed["transactions"][0]["amountSet"]["presentmentMoney"] == {"amount": "22.50", "currencyCode": "EUR"}
    order = await read(shop, placed)
    assert (order.currency, order.payments[0].authorized) == ("USD", usd("25.00"))
    assert order.payments[0].rounding_minor == 0


async def test_amounts_that_were_converted_one_by_one_are_an_order() -> None:
    shop = open_shop()
    # 9.99 EUR, which is 10.8691 USD, fifty times.
    bought = Bought(sku="MUG", quantity=50, unit_price="10.87")
    placed = shop.place(bought, presentment_currency="EUR", presentment_rate="0.91912")
    placed["totalPriceSet"]["shopMoney"]["amount"] = "543.46"
    order = await read(shop, placed)
    require_order(order)
    assert (total_minor(order), order.rounding_minor) == (54_350, 25)
    for changes in ({"total": usd("543.22")}, {"rounding_minor": 0}):
        with pytest.raises(Refused, match=r"its lines and shipping come to 543\.50 USD, its total is"):
            require_order(replace(order, **changes))


@pytest.mark.parametrize(("currency", "rate", "rounding"), [("EUR", "0.1", 12), ("JPY", "150", 2), ("USD", "1", 0)])
async def test_sums_may_be_off_by_what_shopify_rounds(currency: str, rate: str, rounding: int) -> None:
    shop = open_shop()
    placed = shop.place(presentment_currency=currency, presentment_rate=rate)
    held = placed["transactions"][0]["id"]
    for _ in range(2):
        part = {"id": placed["id"], "parentTransactionId": held, "amount": "1", "currency": currency}
        shop.shop.capture({**part, "finalCapture": False})
    assert (await read(shop, placed)).payments[0].rounding_minor == rounding


cents = st.integers(0, 50_000)


@st.composite
def bought(draw: st.DrawFn) -> Bought:
    quantity, unit = draw(st.integers(1, 7)), draw(cents)
    discount = draw(st.integers(0, unit * quantity))
    taxes = draw(st.lists(st.integers(0, max(0, (unit * quantity - discount) // 4)), max_size=3))
    return Bought(
        title="Thing",
        quantity=quantity,
        unit_price=text(unit),
        discounts=[text(discount // 3), text(discount - discount // 3)],
        taxes=[text(each) for each in taxes],
    )


@st.composite
def shipped(draw: st.DrawFn) -> Shipping:
    price = draw(st.integers(0, 5_000))
    return Shipping("Standard", text(price), [text(draw(st.integers(0, price)))])


def text(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


@settings(max_examples=25, deadline=None)
@given(
    lines=st.lists(bought(), min_size=1, max_size=4),
    shipping=st.lists(shipped(), max_size=2),
    beside=st.tuples(*[st.none() | st.integers(1, 900).map(text)] * 2),
    taxes_included=st.booleans(),
)
async def test_lines_and_shipping_come_to_the_storefronts_total(
    lines: list[Bought], shipping: list[Shipping], beside: tuple[str | None, str | None], taxes_included: bool
) -> None:
    shop = open_shop()
    placed = shop.place(
        *lines, shipping=shipping, duties=beside[0], tip=beside[1], taxes_included=taxes_included, payment=None
    )
    order = await read(shop, placed)
    assert order.total is not None
    assert total_minor(order) == order.total.minor
    taxes = [sum(usd(tax).minor for tax in each.taxes) for each in lines]
    assert [each.tax.minor for each in order.lines] == taxes


@given(st.integers(1, 99), st.integers(0, 10**6), st.data())
def test_without_tax_keeps_the_sum(quantity: int, unit: int, data: st.DataObject) -> None:
    discount = data.draw(st.integers(0, unit * quantity))
    tax = data.draw(st.integers(0, unit * quantity - discount))
    net_unit, net_discount = without_tax(unit, quantity, discount, tax)
    assert net_unit * quantity - net_discount + tax == unit * quantity - discount
    assert 0 <= net_unit <= unit
    assert net_discount >= 0
    if discount == 0:
        assert net_discount < quantity


def fulfill(shop: Storefront, order: Object, quantity: int, number: str = "1Z999") -> Object:
    planned = order["fulfillmentOrders"][0]
    chosen = [{"id": planned["lineItems"][0]["id"], "quantity": quantity}]
    part = {"fulfillmentOrderId": planned["id"], "fulfillmentOrderLineItems": chosen}
    tracking = {"company": "UPS", "number": number, "url": f"https://ups.test/{number}"}
    return shop.shop.fulfill({"lineItemsByFulfillmentOrder": [part], "trackingInfo": tracking})


async def test_parcels_and_counters_follow_the_goods() -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG", quantity=5))
    line = placed["lineItems"][0]["id"]
    sent = fulfill(shop, placed, 2)
    sent["deliveredAt"] = "2026-11-05T10:00:00Z"
    back = {"lineItemId": line, "quantity": 1, "restockType": "RETURN"}
    gone = {"lineItemId": line, "quantity": 2, "restockType": "CANCEL"}
    shop.shop.refund({"orderId": placed["id"], "refundLineItems": [back, gone]}, "k")
    order = await read(shop, placed)
    assert (order.lines[0].shipped, order.lines[0].canceled, order.lines[0].returned) == (2, 2, 1)
    assert order.parcels == (
        StorefrontParcel(
            external_id=sent["id"],
            carrier="UPS",
            tracking_number="1Z999",
            tracking_url="https://ups.test/1Z999",
            shipped_at=datetime.fromisoformat(sent["createdAt"]),
            delivered_at=datetime.fromisoformat("2026-11-05T10:00:00Z"),
            units={line: 2},
        ),
    )


async def test_a_fulfillment_that_was_canceled_shipped_nothing() -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG", quantity=2))
    fulfill(shop, placed, 1)["status"] = "CANCELLED"
    order = await read(shop, placed)
    assert (order.lines[0].shipped, order.parcels) == (0, ())


@pytest.mark.parametrize(
    ("change", "canceled"),
    [
        ({"currentQuantity": 1}, 2),
        ({"currentQuantity": 3, "unfulfilledQuantity": 3}, 0),
    ],
    ids=["taken off by an edit", "untouched"],
)
async def test_units_taken_off_are_canceled(change: dict[str, Any], canceled: int) -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG", quantity=3))
    placed["lineItems"][0] |= change
    assert (await read(shop, placed)).lines[0].canceled == canceled


@pytest.mark.parametrize(("unfulfilled", "canceled"), [(0, 1), (1, 0)], ids=["never to be sent", "kept by the buyer"])
async def test_a_refund_that_does_not_restock_cancels_what_is_not_to_be_sent(unfulfilled: int, canceled: int) -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG", quantity=2))
    fulfill(shop, placed, 1)
    units = {"lineItemId": placed["lineItems"][0]["id"], "quantity": 1, "restockType": "NO_RESTOCK"}
    shop.shop.refund({"orderId": placed["id"], "refundLineItems": [units]}, "k")
    placed["lineItems"][0]["unfulfilledQuantity"] = unfulfilled
    line = (await read(shop, placed)).lines[0]
    assert (line.canceled, line.shipped, line.returned) == (canceled, 1, 0)


async def test_a_canceled_order_has_let_go_of_units_and_money() -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG", quantity=2))
    shop.later(hours=1)
    shop.shop.cancel(placed["id"])
    order = await read(shop, placed)
    assert order.canceled_at == order.updated_at == shop.clock.now().replace(microsecond=0)
    assert (order.lines[0].canceled, order.payments[0].is_released) == (2, True)


async def test_payments_add_up_what_became_of_them() -> None:
    shop = open_shop()
    placed = shop.place(Bought(sku="MUG", quantity=4))
    held = placed["transactions"][0]["id"]
    for amount in ("30.00", "20.00"):
        part = {"id": placed["id"], "parentTransactionId": held, "amount": amount, "finalCapture": False}
        captured = shop.shop.capture(part)
    back = {"kind": "REFUND", "amount": "5.00", "gateway": "x", "parentId": captured["id"], "orderId": placed["id"]}
    shop.shop.refund({"orderId": placed["id"], "transactions": [back]}, "k")
    sold = shop.place(payment="sale")

    [payment] = (await read(shop, placed)).payments
    assert (payment.authorized, payment.captured, payment.refunded) == (usd("100.00"), usd("50.00"), usd("5.00"))
    assert not payment.is_released
    [sale] = (await read(shop, sold)).payments
    assert (sale.authorized, sale.captured, sale.expires_at) == (usd("25.00"), usd("25.00"), None)
    assert sale.is_sale


@pytest.mark.parametrize("status", ["PENDING", "AWAITING_RESPONSE", "FAILURE", "ERROR", "UNKNOWN"])
async def test_money_that_did_not_come_is_a_payment_of_nothing(status: str) -> None:
    shop = open_shop()
    placed = shop.place(payment="sale", gateway="Bank Deposit")
    placed["transactions"][0]["status"] = status
    [payment] = (await read(shop, placed)).payments
    assert (payment.method, payment.authorized, payment.captured) == ("Bank Deposit", usd("0"), usd("0"))


def follow(shop: Storefront, first: Object, kind: str, amount: str) -> Object:
    """One more transaction of the same order, which descends from the first."""
    bag = money_bag(amount, "USD")
    known = {"id": shop.shop.new_id("OrderTransaction"), "kind": kind, "amountSet": bag, "parentTransaction": first}
    made = transaction(first | known | {"status": "SUCCESS"})
    first["order"]["transactions"].append(shop.shop.add(made))
    return made


async def test_a_sale_that_follows_one_that_was_pending_is_the_payment() -> None:
    shop = open_shop()
    [pending] = shop.place(payment="sale", gateway="Cash on Delivery (COD)")["transactions"]
    pending["status"] = "PENDING"
    sale = follow(shop, pending, "SALE", "25.00")
    follow(shop, sale, "REFUND", "5.00")
    [payment] = (await read(shop, pending["order"])).payments
    assert (payment.external_id, payment.is_sale) == (sale["id"], True)
    assert (payment.authorized, payment.captured, payment.refunded) == (usd("25.00"), usd("25.00"), usd("5.00"))


@pytest.mark.parametrize(("several", "is_released"), [(True, False), (False, True)])
async def test_what_is_captured_once_holds_nothing_after_that(several: bool, is_released: bool) -> None:
    shop = open_shop()
    [held] = shop.place(multi_capturable=several)["transactions"]
    assert (await read(shop, held["order"])).payments[0].is_released is False
    follow(shop, held, "CAPTURE", "10.00")
    [payment] = (await read(shop, held["order"])).payments
    assert (payment.captured, payment.is_released) == (usd("10.00"), is_released)


async def test_change_that_was_given_was_not_taken() -> None:
    shop = open_shop()
    [cash] = shop.place(payment="sale", gateway="cash")["transactions"]
    cash["amountSet"] = money_bag("40.00", "USD")
    follow(shop, cash, "CHANGE", "15.00")
    [payment] = (await read(shop, cash["order"])).payments
    assert (payment.authorized, payment.captured) == (usd("25.00"), usd("25.00"))


@pytest.mark.parametrize(("last", "refunded"), [("1.01", "3.02"), ("2.01", "4.03")], ids=["rounded", "more"])
async def test_all_that_was_taken_comes_back_as_no_more_of_the_shops_currency(last: str, refunded: str) -> None:
    shop = open_shop()
    [sale] = shop.place(payment="sale")["transactions"]
    sale["amountSet"] = money_bag("3.02", "USD", presentment=("3.00", "EUR"))
    for amount in ("1.01", "1.01", last):
        follow(shop, sale, "REFUND", amount)["amountSet"]["presentmentMoney"] = {
            "amount": "1.00",
            "currencyCode": "EUR",
        }
    [payment] = (await read(shop, sale["order"])).payments
    assert (payment.captured, payment.refunded) == (usd("3.02"), usd(refunded))


async def test_transactions_that_descend_from_each_other_make_no_sense() -> None:
    shop = open_shop()
    [first] = shop.place(payment="sale")["transactions"]
    first["parentTransaction"] = follow(shop, first, "SALE", "25.00")
    with pytest.raises(SourceGarbled, match=r"^shopify sent an order that cannot be read$"):
        await read(shop, first["order"])


async def test_lists_of_any_length_are_read_to_their_end() -> None:
    shop = open_shop(variants=[make_variant(f"S{number}") for number in range(95)])
    lines = [Bought(sku=f"S{number}", quantity=6) for number in range(95)]
    placed = shop.place(*lines)
    planned = placed["fulfillmentOrders"][0]
    for number in range(6):
        chosen = [{"id": each["id"], "quantity": 1} for each in planned["lineItems"][: 10 + number]]
        part = {"fulfillmentOrderId": planned["id"], "fulfillmentOrderLineItems": chosen}
        shop.shop.fulfill({"lineItemsByFulfillmentOrder": [part], "trackingInfo": {"number": f"T{number}"}})
        held = {"id": placed["id"], "parentTransactionId": placed["transactions"][0]["id"]}
        paid = shop.shop.capture({**held, "amount": "10.00", "finalCapture": False})
        unit = {"quantity": 1, "restockType": "CANCEL"}
        units = [unit | {"lineItemId": each["id"]} for each in placed["lineItems"][-7:]]
        back = {"kind": "REFUND", "amount": "1.00", "gateway": "x", "parentId": paid["id"], "orderId": placed["id"]}
        shop.shop.refund({"orderId": placed["id"], "refundLineItems": units, "transactions": [back]}, f"k{number}")

    order = await read(shop, placed)
    assert [each.sku for each in order.lines] == [each.sku for each in lines]
    assert [sum(each.units.values()) for each in order.parcels] == [10, 11, 12, 13, 14, 15]
    assert [each.canceled for each in order.lines] == [0] * 88 + [6] * 7
    assert (order.payments[0].captured, order.payments[0].refunded) == (usd("60.00"), usd("6.00"))
    assert len(order.raw["lineItems"]["nodes"]) == 95


async def test_what_an_app_may_not_see_is_left_out() -> None:
    shop = open_shop()
    placed = shop.place(email="ada@example.com", shipping_address=ADDRESS)
    shop.app.withheld = frozenset({"email", "shippingAddress", "billingAddress"})
    order = await read(shop, placed)
    assert (order.email, order.contact_name, order.shipping_address) == (None, None, None)
    assert order.total == usd("25.00")


async def test_an_order_that_is_none_is_not_there() -> None:
    shop = open_shop()
    placed = shop.place()
    number = placed["legacyResourceId"]
    ids = [number, "1", "gid://shopify/Customer/5", "x"]
    found = await shop.connector.orders_by_id(ids, deadline=shop.deadline)
    assert {id_: order and order.number for id_, order in found.items()} == {
        number: "#1001",
        "1": None,
        "gid://shopify/Customer/5": None,
        "x": None,
    }
