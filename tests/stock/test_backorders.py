"""Backorders: who gets what comes free, when, and how much of it."""

import asyncio
from typing import Any

from app.workflows.backorders_fill import fill_backorders, sweep_backorders
from tests.fixtures_shop import Shop, line, order_input
from tests.returns.customers import announced, delivered, inspected, received

ORDER = "order { id status fulfillmentStatus lines { sku quantities { reserved backordered } } }"


async def place(shop: Shop, units: int, **more: Any) -> str:
    payload = await shop.do("orderPlace", ORDER, **order_input(line("MUG", units), **more))
    id_: str = payload["order"]["id"]
    return id_


async def promised(shop: Shop, *order_ids: str) -> list[tuple[int, int]]:
    """Reserved and backordered of each, over its lines."""
    rows = await shop.rows("SELECT order_id, sum(reserved) AS r, sum(backordered) AS b FROM order_lines GROUP BY 1")
    found = {f"Order:{row['order_id']}": (row["r"], row["b"]) for row in rows}
    return [found[order_id] for order_id in order_ids]


async def jobs(shop: Shop, like: str = "backorders%") -> list[str]:
    rows = await shop.rows("SELECT dedupe_key FROM jobs.pgqueuer WHERE entrypoint LIKE $1 ORDER BY 1", like)
    return [row["dedupe_key"] for row in rows]


async def test_what_is_canceled_goes_to_those_who_wait_in_the_order_of_their_placement(shop: Shop) -> None:
    first = await place(shop, 15)
    # Placed later here, and earlier in its channel.
    third, second = await place(shop, 6), await place(shop, 4, placedAt="2026-01-01T00:00:00Z")
    await shop.do("orderHold", "hold { id }", orderId=second, reason="MANUAL")
    assert await promised(shop, first, second, third) == [(15, 0), (0, 4), (0, 6)]
    assert await jobs(shop) == []

    lines = (await shop.rows("SELECT id FROM order_lines WHERE ordered = 15"))[0]["id"]
    some = [{"orderLineId": f"OrderLine:{lines}", "quantity": 7}]
    await shop.do("orderCancel", "change { id }", orderId=first, reason="fewer", lines=some)
    assert await jobs(shop) == ["backorders.fill:MUG"]
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM jobs.pgqueuer")
    await fill_backorders({"sku": "MUG"}, shop.application.work)

    assert await promised(shop, first, second, third) == [(8, 0), (4, 0), (3, 3)]
    events = await shop.rows("""SELECT 'Order:' || subject_id AS id, data ->> 'units' AS units,
                                       data ->> 'waiting' AS waiting
                                  FROM events WHERE type = 'order.backorder_supplied' ORDER BY position""")
    assert [tuple(each.values()) for each in events] == [(second, "4", "0"), (third, "3", "3")]
    # The held one is routed when it is released.
    assert await jobs(shop, "%") == [f"order.route:{third.partition(':')[2]}"]
    await shop.require_sound()


async def test_run_again_it_does_nothing_more(shop: Shop) -> None:
    first, second = await place(shop, 15), await place(shop, 4)
    await shop.do("orderCancel", "change { id }", orderId=first, reason="no longer wanted")
    await fill_backorders({"sku": "MUG"}, shop.application.work)
    before = await shop.rows("SELECT count(*) AS events FROM events")
    await fill_backorders({"sku": "MUG"}, shop.application.work)
    assert await shop.rows("SELECT count(*) AS events FROM events") == before
    assert await promised(shop, second) == [(4, 0)]
    await shop.require_sound()


async def test_those_that_ended_get_nothing(shop: Shop) -> None:
    first, second, third = await place(shop, 15), await place(shop, 4), await place(shop, 2)
    await shop.do("orderCancel", "change { id }", orderId=second, reason="waited too long")
    assert await jobs(shop) == []  # Its units waited: nothing came free.
    await shop.do("orderCancel", "change { id }", orderId=first, reason="no longer wanted")
    await fill_backorders({"sku": "MUG"}, shop.application.work)
    assert await promised(shop, first, second, third) == [(0, 0), (0, 0), (2, 0)]
    assert await shop.stock("MUG") == {"east": (10, 2, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_the_sweep_finds_supply_that_nobody_told_of(shop: Shop) -> None:
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE locations SET active = false WHERE key = 'west'")
    waiting = await place(shop, 12)
    await sweep_backorders({}, shop.application.work)
    assert (await promised(shop, waiting), await jobs(shop)) == ([(10, 2)], [])
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE locations SET active = true WHERE key = 'west'")
    await sweep_backorders({}, shop.application.work)
    assert await jobs(shop) == ["backorders.fill:MUG"]
    await fill_backorders({"sku": "MUG"}, shop.application.work)
    assert await promised(shop, waiting) == [(12, 0)]
    await shop.require_sound()


async def test_what_is_restocked_goes_to_those_who_wait(shop: Shop) -> None:
    sold = await delivered(shop, line("LAMP", 2))
    taken, waiting = [
        (await shop.do("orderPlace", "order { id }", **order_input(line("LAMP", units))))["order"]["id"]
        for units in (5, 3)
    ]
    await inspected(shop, await received(shop, await announced(shop, sold, 2)))
    assert await jobs(shop) == ["backorders.fill:LAMP"]
    await fill_backorders({"sku": "LAMP"}, shop.application.work)
    assert await promised(shop, taken, waiting) == [(5, 0), (2, 1)]
    await shop.require_sound()


async def test_supply_demand_and_filling_at_once_promise_no_unit_twice(shop: Shop) -> None:
    ids = [await place(shop, 3) for _ in range(8)]
    receipt = {"reason": "receipt", "changes": [{"sku": "MUG", "locationKey": "west", "delta": 2}]}
    await asyncio.gather(
        *(shop.do("inventoryAdjust", "positions { id }", **receipt) for _ in range(4)),
        *(shop.do("orderCancel", "change { id }", orderId=each, reason="r") for each in ids[:3]),
        *(fill_backorders({"sku": "MUG"}, shop.application.work) for _ in range(4)),
        *(place(shop, 2) for _ in range(6)),
    )
    await fill_backorders({"sku": "MUG"}, shop.application.work)
    # 15 + 4 × 2 units for 5 × 3 + 6 × 2 that are still wanted.
    (sums,) = await shop.rows("SELECT sum(reserved) AS reserved, sum(backordered) AS waiting FROM order_lines")
    assert sums == {"reserved": 23, "waiting": 4}
    await shop.require_sound()
