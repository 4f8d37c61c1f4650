"""Two lines of one article share what is there: a location can ship for one what was reserved for the other."""

from typing import Any

from tests.fixtures_shop import Shop, line, order_input

LINES = """order { id fulfillmentOrders { location { key } lines { quantity orderLine { sku } } }
                   lines { sku quantities { reserved allocated backordered } } }"""


async def test_units_that_stay_behind_give_way_to_those_that_ship(shop: Shop) -> None:
    """One lamp was reserved in the east and four in the west, which ships four in all: the fifth is from the east."""
    placed = await shop.do(
        "orderPlace", "order { id }", **order_input(line("LAMP", 1), line("LAMP", 4), line("PEN", 6))
    )
    assert await shop.stock("LAMP") == {"east": (3, 1, 0), "west": (4, 4, 0)}
    routed: Any = (await shop.do("orderRoute", LINES, orderId=placed["order"]["id"]))["order"]
    (request,) = routed["fulfillmentOrders"]
    assert request["location"]["key"] == "west"
    assert sum(each["quantity"] for each in request["lines"]) == 4
    assert await shop.stock("LAMP") == {"east": (3, 1, 0), "west": (4, 0, 4)}
    assert [each["quantities"]["backordered"] for each in routed["lines"]] == [0, 0, 6]
    await shop.require_sound()
