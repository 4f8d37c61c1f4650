"""A shop copied page by page: cursors that survive, changes while one reads, everything and nothing new."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from app.connectors.contract import SourceGarbled, SourceRefused
from app.connectors.ports.feeds import Changes, CustomerRecord, ProductRecord, StockRecord
from app.connectors.ports.inventory import StockLevel
from app.domain.money import Money
from app.sandbox.shopify.checkout import Bought
from tests.connectors.shopify_shop import ADDRESS, Storefront, open_shop
from tests.connectors.vendor_rows import customer_gid, make_customer, make_variant

Page = Callable[..., Awaitable[Changes[Any]]]


async def read_all(shop: Storefront, page: Page, cursor: str | None = None) -> tuple[list[list[Any]], str]:
    """Every page's items, and the last cursor."""
    pages = []
    while True:
        changes = await page(cursor, deadline=shop.deadline)
        pages.append(list(changes.items))
        cursor = changes.cursor
        if not changes.has_more:
            return pages, cursor


async def numbers(shop: Storefront, cursor: str | None = None) -> tuple[list[str], str]:
    pages, cursor = await read_all(shop, shop.connector.changed_orders, cursor)
    return [order.number for page in pages for order in page], cursor


async def test_orders_come_in_pages_the_earliest_change_first() -> None:
    shop = open_shop()
    placed = [shop.place() for _ in range(43)]
    shop.later(minutes=1)
    shop.shop.touch(placed[0])
    pages, _ = await read_all(shop, shop.connector.changed_orders)
    assert [len(page) for page in pages] == [10, 10, 10, 10, 3]
    assert [order.number for page in pages for order in page] == [f"#{n}" for n in range(1002, 1044)] + ["#1001"]


async def test_a_change_while_one_reads_is_not_missed() -> None:
    shop = open_shop()
    placed = [shop.place() for _ in range(25)]
    first = await shop.connector.changed_orders(None, deadline=shop.deadline)
    shop.later(seconds=5)
    shop.shop.touch(placed[3])
    rest, _ = await numbers(shop, first.cursor)
    assert rest == [*(f"#{n}" for n in range(1011, 1021)), "#1021", "#1022", "#1023", "#1024", "#1025", "#1004"]


async def test_the_next_run_tells_what_has_changed_and_looks_back_a_little() -> None:
    shop = open_shop()
    shop.place()
    shop.later(hours=1)
    shop.place()
    told, cursor = await numbers(shop)
    assert told == ["#1001", "#1002"]
    assert await numbers(shop, cursor) == (["#1002"], cursor)
    # Found by the search only now, although it is older than what was told.
    late = shop.place()
    late["updatedAt"] = (shop.clock.now().replace(microsecond=0)).isoformat().replace("+00:00", "Z")
    assert (await numbers(shop, cursor))[0] == ["#1002", "#1003"]
    shop.later(hours=1)
    shop.place()
    told, later = await numbers(shop, cursor)
    assert told == ["#1002", "#1003", "#1004"]
    assert cursor < later


async def test_a_shop_without_orders_has_no_cursor() -> None:
    assert await numbers(open_shop()) == ([], "")


async def test_a_cursor_of_another_kind_is_refused() -> None:
    shop = open_shop()
    with pytest.raises(SourceRefused):
        await shop.connector.changed_orders("2026-11-01T00:00:00Z nonsense", deadline=shop.deadline)


async def test_customers_are_read_with_their_addresses() -> None:
    known = make_customer(
        1,
        firstName="Ada",
        lastName="Lovelace",
        tags=["vip"],
        locale="en-GB",
        defaultPhoneNumber={"phoneNumber": "+442079460018"},
        verifiedEmail=True,
        defaultAddress={"id": "gid://shopify/MailingAddress/2"},
        addressesV2=[
            {"id": "gid://shopify/MailingAddress/1", **dict.fromkeys(ADDRESS), "address2": None}
            | {"province": None, "provinceCode": None},
            {"id": "gid://shopify/MailingAddress/2", "address2": "", "province": "England", "provinceCode": None}
            | ADDRESS
            | {"company": "Analytical Engines"},
        ],
    )
    nobody = {"defaultEmailAddress": None, "verifiedEmail": True}
    shop = open_shop(customers=[known, make_customer(2, updatedAt="2026-05-01T00:00:00Z", **nobody)])
    pages, cursor = await read_all(shop, shop.connector.changed_customers)
    [ada, other] = pages[0]
    assert ada == CustomerRecord(
        external_id=customer_gid(1),
        updated_at=datetime.fromisoformat("2026-03-04T05:06:07Z"),
        given_name="Ada",
        family_name="Lovelace",
        company="Analytical Engines",
        emails=("ada@example.com",),
        verified_emails=("ada@example.com",),
        phones=("+442079460018",),
        addresses=(
            {
                "name": "Ada Lovelace",
                "company": "Analytical Engines",
                "line1": "12 St James's Square",
                "line2": None,
                "city": "London",
                "region": "England",
                "postalCode": "SW1Y 4JH",
                "country": "GB",
                "phone": "+442079460018",
            },
        ),
        tags=("vip",),
        locale="en-GB",
        currency="USD",
        accepts_email=True,
        raw=ada.raw,
    )
    assert (other.emails, other.verified_emails, other.accepts_email, other.addresses) == ((), (), None, ())
    assert cursor == "2026-04-30T23:55:00Z"
    asked = ["1", customer_gid(2), "9", "gid://shopify/Order/1"]
    found = await shop.connector.customers_by_id(asked, deadline=shop.deadline)
    assert found == {"1": ada, customer_gid(2): other, "9": None, "gid://shopify/Order/1": None}


async def test_products_are_their_variants_with_a_sku_whatever_their_status() -> None:
    rows = [
        make_variant("MUG", price="12.50"),
        make_variant("CAP", status="ARCHIVED", variant="Red", updated="2026-02-01T00:00:00Z"),
        make_variant("", updated="2026-03-01T00:00:00Z"),
    ]
    shop = open_shop(variants=rows)
    mug, cap, bare = shop.shop.rows("ProductVariant")
    expected = [
        ProductRecord(
            external_id=mug["id"],
            sku="MUG",
            title="Product MUG",
            price=Money(1250, "USD"),
            active=True,
            updated_at=datetime.fromisoformat("2026-01-01T00:00:00Z"),
        ),
        ProductRecord(
            external_id=cap["id"],
            sku="CAP",
            title="Product CAP - Red",
            price=Money(2500, "USD"),
            active=False,
            updated_at=datetime.fromisoformat("2026-02-01T00:00:00Z"),
        ),
    ]
    assert await read_all(shop, shop.connector.changed_products) == ([expected], "2026-02-28T23:55:00Z")
    ids = [mug["id"], bare["id"], "7"]
    found = await shop.connector.products_by_id(ids, deadline=shop.deadline)
    assert found == {mug["id"]: expected[0], bare["id"]: None, "7": None}


async def test_a_product_has_as_many_variants_as_it_has() -> None:
    shop = open_shop(variants=[make_variant(f"S{number}") for number in range(300)])
    product, *others = shop.shop.rows("Product")
    product["variants"] = shop.shop.rows("ProductVariant")
    del shop.shop.rows("Product")[1:]
    pages, _ = await read_all(shop, shop.connector.changed_products)
    assert [len(page) for page in pages] == [300]
    assert len(others) == 299


async def test_a_price_that_is_none_costs_its_variant_alone() -> None:
    shop = open_shop(variants=[make_variant("MUG", price="1.5"), make_variant("CAP", price="1500")], currency="JPY")
    page = await shop.connector.changed_products(None, deadline=shop.deadline)
    assert [each.sku for each in page.items] == ["CAP"]
    [unreadable] = page.unreadable
    mug = shop.shop.rows("ProductVariant")[0]
    reason = "it cannot be read: 1.5 is finer than the smallest unit of JPY"
    assert (unreadable.external_id, unreadable.reason) == (mug["id"], reason)
    assert (unreadable.raw["sku"], unreadable.raw["price"]) == ("MUG", "1.5")
    # Whoever asks for it by its id has nothing to go on with.
    with pytest.raises(SourceGarbled, match=r"^shopify sent a variant that cannot be read$"):
        await shop.connector.products_by_id([mug["id"]], deadline=shop.deadline)


async def test_an_order_of_amounts_that_are_none_costs_itself_alone() -> None:
    shop = open_shop()
    placed = [shop.place() for _ in range(3)]
    placed[1]["totalPriceSet"]["shopMoney"]["amount"] = "1.005"
    page = await shop.connector.changed_orders(None, deadline=shop.deadline)
    assert [each.number for each in page.items] == ["#1001", "#1003"]
    [unreadable] = page.unreadable
    reason = "it cannot be read: 1.005 is finer than the smallest unit of USD"
    assert (unreadable.external_id, unreadable.reason) == (placed[1]["id"], reason)
    assert unreadable.raw["name"] == "#1002"
    assert await numbers(shop, page.cursor) == (["#1001", "#1003"], page.cursor)
    with pytest.raises(SourceGarbled, match=r"^shopify sent an order that cannot be read$"):
        await shop.connector.orders_by_id([placed[1]["id"]], deadline=shop.deadline)


async def test_stock_is_read_over_and_over() -> None:
    shop = open_shop(variants=[make_variant(f"S{number:02}", stock={65740079290: number}) for number in range(22)])
    pages, cursor = await read_all(shop, shop.connector.changed_stock)
    assert [len(page) for page in pages] == [20, 2]
    assert pages[1][1] == StockRecord(sku="S21", levels=(StockLevel("65740079290", 21),))
    assert cursor == ""
    assert (await read_all(shop, shop.connector.changed_stock, cursor))[0] == pages


async def test_stock_is_asked_for_by_sku_wherever_it_is() -> None:
    rows = [
        make_variant("MUG", stock={65740079290: 5, 65740079291: 7}),
        make_variant("mug", stock={65740079290: 100}),
        make_variant("O'NEIL \\ CO", stock={65740079290: 3}),
        make_variant("TWICE", stock={65740079290: 1}),
        make_variant("TWICE", stock={65740079290: 2, 65740079291: 4}),
        make_variant("UNCOUNTED", tracked=False),
    ]
    shop = open_shop(variants=rows)
    shop.place(Bought(sku="MUG", quantity=2))
    asked = ["MUG", "O'NEIL \\ CO", "TWICE", "UNCOUNTED", "NONE", *(f"S{number}" for number in range(30))]
    found = await shop.connector.stock(asked, deadline=shop.deadline)
    assert {sku: levels for sku, levels in found.items() if levels} == {
        # What is promised to the order is still on hand.
        "MUG": (StockLevel("65740079290", 5), StockLevel("65740079291", 7)),
        "O'NEIL \\ CO": (StockLevel("65740079290", 3),),
        "TWICE": (StockLevel("65740079290", 3), StockLevel("65740079291", 4)),
    }
    assert found.keys() == set(asked)
