"""inventoryAdjust: deltas, counts, receipts and levels; what is refused, and that nothing of it is kept."""

import asyncio
from typing import Any

import pytest

from app.workflows.backorders_fill import fill_backorders
from tests.fixtures_shop import Shop, line, order_input

POSITIONS = "positions { id version onHand safetyStock unavailable incoming reorderPoint availableToFulfill }"


def at(location: str, sku: str = "MUG", **change: Any) -> dict[str, Any]:
    return {"sku": sku, "locationKey": location, **change}


async def movements(shop: Shop) -> list[tuple[str, str, str, int, str]]:
    rows = await shop.rows("""
        SELECT sku, location.key, movement.kind, quantity, reason FROM inventory_movements movement
          JOIN inventory_positions position ON position.id = position_id
          JOIN products product ON product.id = product_id JOIN locations location ON location.id = location_id
         WHERE movement.actor_id <> 'test' ORDER BY movement.at, sku, location.key""")
    return [tuple(row.values()) for row in rows]


async def test_each_kind_of_change_is_a_movement_and_an_event(shop: Shop) -> None:
    changes = [at("east", delta=-3), at("west", setOnHand=7, safetyStock=2, reorderPoint=4), at("east", "PEN", delta=5)]
    payload = await shop.do("inventoryAdjust", POSITIONS, reason="stocktaking", changes=changes)
    counters = ("version", "onHand", "safetyStock", "reorderPoint", "availableToFulfill")
    assert [tuple(each[name] for name in counters) for each in payload["positions"]] == [
        (2, 7, 0, None, 7), (3, 7, 2, 4, 5), (2, 5, 0, None, 5),
    ]  # fmt: skip
    assert await movements(shop) == [
        ("MUG", "east", "ADJUSTMENT", -3, "stocktaking"),
        ("MUG", "west", "COUNT", 2, "stocktaking"),
        ("PEN", "east", "ADJUSTMENT", 5, "stocktaking"),
    ]
    events = await shop.rows("""SELECT subject_type, subject_id, sequence, data -> 'changed' AS changed FROM events
                                 WHERE type = 'inventory.adjusted' ORDER BY position""")
    assert [f"{each['subject_type']}:{each['subject_id']}" for each in events] == [
        each["id"] for each in payload["positions"]
    ]
    assert [(each["sequence"], each["changed"]) for each in events] == [
        (1, '{"onHand": {"to": 7, "from": 10}}'),
        (1, '{"onHand": {"to": 7, "from": 5}, "safetyStock": {"to": 2, "from": 0}, '
            '"reorderPoint": {"to": 4, "from": null}}'),
        (1, '{"onHand": {"to": 5, "from": 0}}'),
    ]  # fmt: skip
    await shop.require_sound()


async def test_a_receipt_is_no_longer_on_the_way(shop: Shop) -> None:
    await shop.do("inventoryAdjust", POSITIONS, reason="ordered", changes=[at("east", incoming=10)])
    payload = await shop.do("inventoryAdjust", POSITIONS, reason="Receipt of 4", changes=[at("east", delta=4)])
    assert (payload["positions"][0]["onHand"], payload["positions"][0]["incoming"]) == (14, 6)
    more = [at("east", delta=9), at("west", delta=-1)]
    payload = await shop.do("inventoryAdjust", POSITIONS, reason="received the rest, one broken", changes=more)
    assert [each["incoming"] for each in payload["positions"]] == [0, 0]
    assert [each[2] for each in await movements(shop)] == ["RECEIPT", "RECEIPT", "ADJUSTMENT"]
    await shop.require_sound()


async def test_a_count_that_finds_what_was_there_moves_nothing_and_says_so(shop: Shop) -> None:
    payload = await shop.do("inventoryAdjust", POSITIONS, reason="count", changes=[at("east", setOnHand=10)])
    assert (payload["positions"][0]["onHand"], payload["positions"][0]["version"]) == (10, 1)
    assert await movements(shop) == []
    assert await shop.rows("SELECT data ->> 'kind' AS kind, data -> 'changed' AS changed FROM events") == [
        {"kind": "COUNT", "changed": "{}"}
    ]


REFUSED = [
    ([], "REQUIRED", ["changes"]),
    ([at("east")], "REQUIRED", ["changes", "0"]),
    ([at("east", expectedOnHand=10)], "REQUIRED", ["changes", "0"]),
    ([at("east", delta=1, setOnHand=1)], "INVALID", ["changes", "0", "setOnHand"]),
    ([at("east", setOnHand=-1)], "INVALID", ["changes", "0", "setOnHand"]),
    ([at("east", safetyStock=-1)], "INVALID", ["changes", "0", "safetyStock"]),
    ([at("east", delta=2_000_000_000)], "INVALID", ["changes", "0", "delta"]),
    ([at("east", delta=1_000_000_000)], "INVALID", ["changes", "0", "delta"]),
    ([at("east", delta=1), at("east", delta=1)], "INVALID", ["changes", "1"]),
    ([at("east", delta=1), at("east", "TYPO", delta=1)], "NOT_FOUND", ["changes", "1", "sku"]),
    ([at("east", delta=1), at("moon", delta=1)], "NOT_FOUND", ["changes", "1", "locationKey"]),
    ([at("east", delta=1)] * 201, "LIMIT_EXCEEDED", ["changes"]),
]


@pytest.mark.parametrize(("changes", "code", "field"), REFUSED)
async def test_what_cannot_be_is_refused_whole(shop: Shop, changes: list[Any], code: str, field: list[str]) -> None:
    payload = await shop.attempt("inventoryAdjust", POSITIONS, reason="r", changes=changes)
    first = payload["userErrors"][0]
    assert (first["code"], first["field"]) == (code, ["input", *field])
    assert payload["positions"] == []
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    assert await shop.rows("SELECT 1 FROM events") == []


async def test_what_is_promised_stays(shop: Shop) -> None:
    await shop.do("orderPlace", "order { id }", **order_input(line("MUG", 8)))
    for change, requested in ((at("east", delta=-3), 3), (at("east", setOnHand=7), 3)):
        payload = await shop.attempt("inventoryAdjust", POSITIONS, reason="r", changes=[at("west", delta=1), change])
        (error,) = payload["userErrors"]
        assert (error["code"], error["requested"], error["available"]) == ("INSUFFICIENT_STOCK", requested, 2)
        assert error["message"].startswith("MUG at east: 3 are to go, and 2 of 10 are not promised")
    assert await shop.stock("MUG") == {"east": (10, 8, 0), "west": (5, 0, 0)}
    await shop.do("inventoryAdjust", POSITIONS, reason="r", changes=[at("east", delta=-2)])
    assert await shop.stock("MUG") == {"east": (8, 8, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_of_two_who_decided_on_the_same_number_one_is_told_the_new_one(shop: Shop) -> None:
    calls = [
        shop.attempt("inventoryAdjust", POSITIONS, reason="r", changes=[at("east", delta=-4, expectedOnHand=10)])
        for _ in range(2)
    ]
    won, lost = sorted(await asyncio.gather(*calls), key=lambda each: len(each["userErrors"]))
    assert (won["userErrors"], won["positions"][0]["onHand"]) == ([], 6)
    (error,) = lost["userErrors"]
    assert (error["__typename"], error["currentVersion"]) == ("VersionConflict", 2)
    assert error["field"] == ["input", "changes", "0", "expectedOnHand"]
    assert error["message"].startswith("MUG at east has 6 on hand, not 10")
    assert await shop.stock("MUG") == {"east": (6, 0, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_two_hundred_changes_take_as_many_statements_as_one(shop: Shop) -> None:
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO products (sku, title) SELECT 'P' || n, 'P' FROM generate_series(1, 200) n"
        )
    query = "mutation ($input: InventoryAdjustInput!) { inventoryAdjust(input: $input) { positions { onHand } } }"
    counts = []
    for skus in (["MUG"], [f"P{n}" for n in range(1, 201)]):
        changes = [at("east", sku, delta=2, safetyStock=1) for sku in skus]
        answer = await shop.ask(query, input={"reason": "r", "changes": changes})
        assert answer.errors == []
        counts.append(len(answer.statements))
    # What is there, (new positions), locks, levels, movements, events, who waits; and one to read.
    assert counts == [7, 8]
    await shop.require_sound()


async def test_what_is_received_goes_to_the_orders_that_wait(shop: Shop) -> None:
    ids = [
        (await shop.do("orderPlace", "order { id }", **order_input(line("PEN", units))))["order"]["id"]
        for units in (3, 2, 4)
    ]
    await shop.do("inventoryAdjust", POSITIONS, reason="receipt", changes=[at("west", "PEN", delta=6)])
    await fill_backorders({"sku": "PEN"}, shop.application.work)
    rows = await shop.rows("""SELECT 'Order:' || order_id AS id, reserved, backordered FROM order_lines""")
    found = {row["id"]: (row["reserved"], row["backordered"]) for row in rows}
    assert [found[each] for each in ids] == [(3, 0), (2, 0), (1, 3)]
    assert await shop.stock("PEN") == {"west": (6, 6, 0)}
    await shop.require_sound()
