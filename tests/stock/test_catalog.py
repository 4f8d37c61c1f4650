"""productUpsert and locationUpsert: made once, changed by what is given, and linked to other systems."""

from typing import Any

import pytest

from tests.fixtures_shop import Shop, line, order_input, usd

PRODUCT = "product { id sku title price { amount currency } active attributes }"
LOCATION = "location { id key name kind active dailyCapacity latitude longitude address { line1 postalCode } }"
ADDRESS = {"line1": "1 Dock Rd", "city": "Newark", "region": "NJ", "postalCode": "07114", "country": "US"}


async def events(shop: Shop) -> list[tuple[str, int]]:
    rows = await shop.rows("SELECT type, sequence FROM events ORDER BY position")
    return [tuple(row.values()) for row in rows]


async def test_a_product_is_made_and_then_changed_by_what_is_given(shop: Shop) -> None:
    made = await shop.do(
        "productUpsert", PRODUCT, sku="CUP", title="Cup", price=usd("4.50"), attributes={"weightGrams": 90}
    )
    assert made["product"] == {
        "id": made["product"]["id"], "sku": "CUP", "title": "Cup", "price": {"amount": "4.50", "currency": "USD"},
        "active": True, "attributes": {"weightGrams": 90},
    }  # fmt: skip
    changed = await shop.do("productUpsert", PRODUCT, sku="CUP", active=False, attributes={"color": "red"})
    assert changed["product"] == made["product"] | {"active": False, "attributes": {"color": "red"}}
    again = await shop.do("productUpsert", PRODUCT, sku="CUP", title="Cup", active=False)
    assert again["product"] == changed["product"]
    assert await events(shop) == [("product.created", 1), ("product.updated", 2)]
    await shop.require_sound()


async def test_what_a_source_calls_it_stands_for_one_product(shop: Shop) -> None:
    external = {"source": "web", "externalId": "77"}
    first = await shop.do("productUpsert", PRODUCT, sku="MUG", external=external)
    again = await shop.do("productUpsert", PRODUCT, sku="MUG", external=external)
    assert again["product"] == first["product"]
    other = await shop.attempt("productUpsert", PRODUCT, sku="LAMP", title="Lantern", external=external)
    (error,) = other["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "external", "externalId"])
    assert error["message"] == "web calls MUG 77 already"
    rows = await shop.rows("""SELECT sku, title, external_id FROM products
                                LEFT JOIN product_references ON product_id = products.id
                               WHERE sku IN ('MUG', 'LAMP') ORDER BY sku""")
    assert [tuple(row.values()) for row in rows] == [("LAMP", "Lamp", None), ("MUG", "Mug", "77")]
    assert await events(shop) == [("product.updated", 1)]


@pytest.mark.parametrize(
    ("input_", "code", "field"),
    [
        ({"sku": "NEW"}, "REQUIRED", ["title"]),
        ({"sku": " NEW", "title": "New"}, "INVALID", ["sku"]),
        ({"sku": "", "title": "New"}, "INVALID", ["sku"]),
        ({"sku": "MUG", "title": " "}, "INVALID", ["title"]),
        ({"sku": "MUG", "price": usd("-1.00")}, "INVALID", ["price", "amount"]),
        ({"sku": "MUG", "attributes": ["red"]}, "INVALID", ["attributes"]),
        ({"sku": "MUG", "external": {"source": "moon", "externalId": "1"}}, "NOT_FOUND", ["external", "source"]),
    ],
)
async def test_what_cannot_be_a_product_is_refused(
    shop: Shop, input_: dict[str, Any], code: str, field: list[str]
) -> None:
    before = await shop.rows("SELECT * FROM products ORDER BY sku")
    payload = await shop.attempt("productUpsert", PRODUCT, **input_)
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [(code, ["input", *field])]
    assert await shop.rows("SELECT * FROM products ORDER BY sku") == before
    assert await events(shop) == []


async def test_a_product_that_is_sold_again_goes_to_those_who_wait(shop: Shop) -> None:
    await shop.do("inventoryAdjust", "positions { id }", reason="found", changes=[
        {"sku": "RELIC", "locationKey": "east", "delta": 5}
    ])  # fmt: skip
    await shop.do("orderPlace", "order { id }", **order_input(line("RELIC", 2)))
    await shop.do("productUpsert", PRODUCT, sku="RELIC", active=True)
    waits = await shop.rows("SELECT dedupe_key FROM jobs.pgqueuer WHERE entrypoint = 'backorders.fill'")
    assert waits == [{"dedupe_key": "backorders.fill:RELIC"}]


async def test_a_location_is_made_and_then_changed_by_what_is_given(shop: Shop) -> None:
    made = await shop.do("locationUpsert", LOCATION, key_="south", name="South", kind="STORE", address=ADDRESS)
    assert made["location"] == {
        "id": made["location"]["id"], "key": "south", "name": "South", "kind": "STORE", "active": True,
        "dailyCapacity": None, "latitude": None, "longitude": None,
        "address": {"line1": "1 Dock Rd", "postalCode": "07114"},
    }  # fmt: skip
    changed = await shop.do("locationUpsert", LOCATION, key_="south", dailyCapacity=40, active=False)
    assert changed["location"] == made["location"] | {"dailyCapacity": 40, "active": False}
    await shop.do("locationUpsert", LOCATION, key_="south", name="South", dailyCapacity=40)
    assert await events(shop) == [("location.created", 1), ("location.updated", 2)]


async def test_its_coordinates_are_those_of_its_postal_code(shop: Shop) -> None:
    """Not known here, so those of the last place must not stay."""
    moved = await shop.do("locationUpsert", LOCATION, key_="east", address=ADDRESS | {"line1": "2 Dock Rd"})
    assert (moved["location"]["latitude"], moved["location"]["longitude"]) == (40.7, -74.2)
    moved = await shop.do("locationUpsert", LOCATION, key_="east", address=ADDRESS | {"postalCode": "10118"})
    assert (moved["location"]["latitude"], moved["location"]["longitude"]) == (None, None)


@pytest.mark.parametrize(
    ("input_", "codes"),
    [
        ({"key_": "south"}, [("REQUIRED", ["name"]), ("REQUIRED", ["kind"])]),
        ({"key_": "so uth", "name": "South", "kind": "STORE"}, [("INVALID", ["key"])]),
        ({"key_": "east", "name": ""}, [("INVALID", ["name"])]),
        ({"key_": "east", "dailyCapacity": -1}, [("INVALID", ["dailyCapacity"])]),
        ({"key_": "east", "address": ADDRESS | {"city": " "}}, [("REQUIRED", ["address", "city"])]),
    ],
)
async def test_what_cannot_be_a_location_is_refused(
    shop: Shop, input_: dict[str, Any], codes: list[tuple[str, list[str]]]
) -> None:
    before = await shop.rows("SELECT * FROM locations ORDER BY key")
    payload = await shop.attempt("locationUpsert", LOCATION, **input_)
    assert [(each["code"], each["field"][1:]) for each in payload["userErrors"]] == codes
    assert await shop.rows("SELECT * FROM locations ORDER BY key") == before


async def test_a_location_with_open_work_stays_open(shop: Shop) -> None:
    order = (await shop.do("orderPlace", "order { id }", **order_input(line("MUG", 2))))["order"]
    await shop.do("orderRoute", "order { id }", orderId=order["id"], onlyLocationKeys=["east"])
    payload = await shop.attempt("locationUpsert", LOCATION, key_="east", active=False)
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "active"])
    assert error["message"] == "1 fulfillment orders are open at east; fulfillmentOrderMove takes them elsewhere first"
    assert await shop.rows("SELECT active FROM locations WHERE key = 'east'") == [{"active": True}]
    await shop.do("orderCancel", "order { id }", orderId=order["id"], reason="changed their mind")
    closed = await shop.do("locationUpsert", LOCATION, key_="east", active=False)
    assert closed["location"]["active"] is False
