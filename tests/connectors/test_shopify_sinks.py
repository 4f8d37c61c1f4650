"""What a shop is told, and what becomes of it there: orders called off, parcels, returns, stock."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.connectors.contract import SourceRefused
from app.connectors.ports.sinks import (
    DocumentLine,
    OrderDocument,
    ReturnDocument,
    ReturnLine,
    ShipmentDocument,
    StockChange,
    Written,
)
from app.domain.money import Money
from app.sandbox.shopify.checkout import Bought
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.shop import quantity
from tests.connectors.shopify_shop import Storefront, open_shop
from tests.connectors.vendor_rows import LOCATIONS, make_variant

AT = datetime(2026, 11, 2, tzinfo=UTC)
RENO, BOSTON = (id_ for id_, _ in LOCATIONS)
NOTHING = Money(0, "USD")


@pytest.fixture
def shop() -> Storefront:
    return open_shop(variants=[make_variant("MUG"), make_variant("CAP")])


def document(order: Object, **fields: Any) -> OrderDocument:
    known: dict[str, Any] = {
        "number": "1864",
        "external_id": order["id"],
        "channel": "shopify",
        "placed_at": AT,
        "currency": "USD",
        "customer_number": None,
        "customer_external_id": None,
        "contact_name": None,
        "contact_email": None,
        "shipping_address": None,
        "shipping_method": None,
        "shipping": NOTHING,
        "total": NOTHING,
        "lines": (),
        "is_canceled": False,
    }
    return OrderDocument(**known | fields)


def lines(**units: int) -> tuple[DocumentLine, ...]:
    return tuple(
        DocumentLine(
            position=position,
            sku=sku,
            external_id=None,
            title=sku,
            quantity=count,
            unit_price=NOTHING,
            discount=NOTHING,
            tax=NOTHING,
        )
        for position, (sku, count) in enumerate(units.items(), start=1)
    )


def parcel(order: Object, number: str = "S-1", tracking: str | None = "1Z1", **units: int) -> ShipmentDocument:
    return ShipmentDocument(
        number=number,
        order=document(order),
        location=RENO,
        carrier="UPS",
        tracking_number=tracking,
        tracking_url=None,
        shipped_at=AT,
        lines=lines(**units),
    )


def come_back(order: Object, number: str = "R-1", restocked: int = 0, **units: int) -> ReturnDocument:
    return ReturnDocument(
        number=number,
        order=document(order),
        closed_at=AT,
        refund=NOTHING,
        lines=tuple(
            ReturnLine(position=1, sku=sku, quantity=count, reason="DEFECTIVE", restocked=restocked)
            for sku, count in units.items()
        ),
    )


async def ship(shop: Storefront, told: ShipmentDocument) -> Written:
    return await shop.connector.write_shipment("k", told, is_repeat=False, deadline=shop.deadline)


async def take_back(shop: Storefront, told: ReturnDocument) -> Written:
    return await shop.connector.write_return("k", told, is_repeat=False, deadline=shop.deadline)


def on_hand(shop: Storefront, sku: str = "MUG") -> int:
    variant = shop.shop.variant(sku)
    assert variant is not None
    return quantity(variant["inventoryItem"]["inventoryLevels"][0], "on_hand")


def sent(order: Object) -> list[tuple[str, dict[str, int]]]:
    return [
        (
            each["trackingInfo"][0]["number"],
            {line["lineItem"]["sku"]: line["quantity"] for line in each["fulfillmentLineItems"]},
        )
        for each in order["fulfillments"]
    ]


async def test_an_order_is_called_off_once_and_its_hold_let_go(shop: Storefront) -> None:
    order = shop.place()
    told = document(order, is_canceled=True)
    for is_repeat in (False, True):
        written = await shop.connector.write_order("k", told, is_repeat=is_repeat, deadline=shop.deadline)
        url = f"http://shopify.test/admin/orders/{order['legacyResourceId']}"
        assert written == Written(order["id"], url)
    assert order["cancelledAt"] is not None
    assert [each["kind"] for each in order["transactions"]] == ["AUTHORIZATION", "VOID"]
    assert shop.shop.effects.shown()["cancel"] == {order["id"]: 1}


async def test_an_order_gets_our_number_as_a_tag(shop: Storefront) -> None:
    order = shop.place(tags=["vip"])
    for _ in range(2):
        await shop.connector.write_order("k", document(order), is_repeat=False, deadline=shop.deadline)
    assert order["tags"] == ["vip", "Junction 1864"]


@pytest.mark.parametrize("external_id", [None, "gid://shopify/Customer/1", "x"])
async def test_an_order_of_another_channel_is_refused(shop: Storefront, external_id: str | None) -> None:
    told = document({"id": external_id})
    message = "^shopify is told of its own orders alone, and 1864 is none$"
    with pytest.raises(SourceRefused, match=message):
        await shop.connector.write_order("k", told, is_repeat=False, deadline=shop.deadline)
    with pytest.raises(SourceRefused, match=message):
        await ship(shop, replace(parcel({"id": "1"}, MUG=1), order=told))


async def test_an_order_that_is_no_more_is_refused(shop: Storefront) -> None:
    told = document({"id": "gid://shopify/Order/1"}, is_canceled=True)
    with pytest.raises(SourceRefused, match=r"^shopify has no order 1$"):
        await shop.connector.write_order("k", told, is_repeat=False, deadline=shop.deadline)
    with pytest.raises(SourceRefused, match=r"^shopify has no order 1$"):
        await ship(shop, parcel({"id": "1"}, MUG=1))


async def test_what_was_sent_cannot_be_called_off(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG"))
    await ship(shop, parcel(order, MUG=1))
    with pytest.raises(
        SourceRefused, match=r"^shopify says: Cannot cancel an order that has been fulfilled \(INVALID\)$"
    ):
        await shop.connector.write_order(
            "k", document(order, is_canceled=True), is_repeat=False, deadline=shop.deadline
        )


async def test_parcels_fulfill_what_is_inside_once(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=3), Bought(sku="CAP"))
    first = await ship(shop, parcel(order, MUG=2))
    assert await ship(shop, parcel(order, MUG=2)) == first
    await ship(shop, parcel(order, "S-2", "1Z2", MUG=1, CAP=1))
    assert sent(order) == [("1Z1", {"MUG": 2}), ("1Z2", {"MUG": 1, "CAP": 1})]
    assert [each["status"] for each in order["fulfillmentOrders"]] == ["CLOSED"]
    assert on_hand(shop) == 7


async def test_a_parcel_without_tracking_goes_by_our_number(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG"))
    for _ in range(2):
        await ship(shop, parcel(order, "S-9", None, MUG=1))
    assert sent(order) == [("S-9", {"MUG": 1})]


async def test_the_rest_of_a_parcel_is_fulfilled_where_a_part_was(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=2), Bought(sku="CAP"))
    await ship(shop, parcel(order, MUG=2))
    await ship(shop, parcel(order, MUG=2, CAP=1))
    assert sent(order) == [("1Z1", {"MUG": 2}), ("1Z1", {"CAP": 1})]


async def test_no_more_is_fulfilled_than_is_left(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=2))
    with pytest.raises(SourceRefused, match=r"^shopify has no more than 2 of MUG left to fulfill$"):
        await ship(shop, parcel(order, MUG=3))
    assert order["fulfillments"] == []


async def test_places_are_fulfilled_apart_the_parcels_own_first(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=2))
    [planned] = order["fulfillmentOrders"]
    elsewhere = shop.shop._fulfillment_order(order, shop.shop.locations[1])
    planned["lineItems"][0]["remainingQuantity"] = elsewhere["lineItems"][0]["remainingQuantity"] = 1
    order["fulfillmentOrders"].insert(0, elsewhere)
    await ship(shop, parcel(order, MUG=2))
    assert sent(order) == [("1Z1", {"MUG": 1}), ("1Z1", {"MUG": 1})]
    assert [each["status"] for each in order["fulfillmentOrders"]] == ["CLOSED", "CLOSED"]
    assert shop.shop.effects.shown()["fulfillment"] == {"1Z1": 2}


async def test_a_return_is_made_closed_and_restocked_once(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=3))
    await ship(shop, parcel(order, MUG=2))
    await ship(shop, parcel(order, "S-2", "1Z2", MUG=1))
    assert on_hand(shop) == 7
    first = await take_back(shop, come_back(order, MUG=3, restocked=2))
    assert await take_back(shop, come_back(order, MUG=3, restocked=2)) == first
    [made] = order["returns"]
    assert (made["status"], [line["quantity"] for line in made["returnLineItems"]]) == ("CLOSED", [2, 1])
    assert made["returnLineItems"][0]["returnReasonNote"] == "Junction return R-1: DEFECTIVE"
    assert on_hand(shop) == 9


async def test_a_return_that_was_left_open_is_finished(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=2))
    await ship(shop, parcel(order, MUG=2))
    await take_back(shop, come_back(order, MUG=1))
    order["returns"][0]["status"] = "OPEN"
    await take_back(shop, come_back(order, MUG=1))
    assert [each["status"] for each in order["returns"]] == ["CLOSED"]
    await take_back(shop, come_back(order, "R-10", MUG=1))
    assert len(order["returns"]) == 2


async def test_no_more_comes_back_than_was_sent(shop: Storefront) -> None:
    order = shop.place(Bought(sku="MUG", quantity=2))
    await ship(shop, parcel(order, MUG=1))
    with pytest.raises(SourceRefused, match=r"^shopify has no more than 1 of MUG to take back$"):
        await take_back(shop, come_back(order, MUG=2))
    assert order["returns"] == []


async def test_parcels_and_returns_of_any_length_are_told(shop: Storefront) -> None:
    skus = [f"S{number}" for number in range(60)]
    shop = open_shop(variants=[make_variant(sku) for sku in skus])
    order = shop.place(*(Bought(sku=sku, quantity=11) for sku in skus))
    one_each = dict.fromkeys(skus, 1)
    for number in range(11):
        await ship(shop, parcel(order, f"S-{number}", f"T{number}", **one_each))
    assert sent(order) == [(f"T{number}", one_each) for number in range(11)]
    for number in range(11):
        await take_back(shop, come_back(order, f"R-{number}", **one_each))
    with pytest.raises(SourceRefused, match=r"^shopify has no more than 0 of S59 to take back$"):
        await take_back(shop, come_back(order, "R-11", S59=1))
    assert len(order["returns"]) == 11


def change(**fields: Any) -> StockChange:
    known: dict[str, Any] = {"sku": "MUG", "product_external_id": None, "location": RENO, "on_hand_delta": -3}
    return StockChange(**known | {"on_hand": 7, "at": AT, "reason": None} | fields)


async def test_stock_changes_by_the_difference_once_for_each_key(shop: Storefront) -> None:
    shop.place(Bought(sku="MUG", quantity=2))
    for key in ("a", "a", "b"):
        await shop.connector.write_stock(key, change(), is_repeat=False, deadline=shop.deadline)
    assert on_hand(shop) == 4
    assert sorted(shop.shop.effects.shown()["adjustment"].values()) == [1, 1]


async def test_a_key_is_not_taken_for_another_change(shop: Storefront) -> None:
    await shop.connector.write_stock("a", change(), is_repeat=False, deadline=shop.deadline)
    with pytest.raises(SourceRefused, match=r"^shopify has seen this key with another request$"):
        await shop.connector.write_stock("a", change(on_hand_delta=-4), is_repeat=True, deadline=shop.deadline)
    assert on_hand(shop) == 7


async def test_a_key_whose_attempt_failed_at_shopify_is_replaced(shop: Storefront) -> None:
    with pytest.raises(SourceRefused, match=r"\(INVALID_LOCATION\)$"):
        await shop.connector.write_stock("a", change(location=BOSTON), is_repeat=False, deadline=shop.deadline)
    variant = shop.shop.variant("MUG")
    assert variant is not None
    variant["inventoryItem"]["inventoryLevels"].append(shop.shop._level(shop.shop.locations[1], 5))
    await shop.connector.write_stock("a", change(location=BOSTON), is_repeat=True, deadline=shop.deadline)
    assert quantity(variant["inventoryItem"]["inventoryLevels"][1], "on_hand") == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sku": "NONE"}, "^shopify has 0 items of the SKU NONE$"),
        ({"location": "reno"}, "^shopify has no place reno$"),
    ],
)
async def test_what_the_shop_does_not_know_is_refused(shop: Storefront, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceRefused, match=message):
        await shop.connector.write_stock("a", change(**fields), is_repeat=False, deadline=shop.deadline)
    assert on_hand(shop) == 10
