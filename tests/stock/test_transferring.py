"""inventoryTransfer: two legs at once, of units that nobody was promised."""

import asyncio
from typing import Any

import pytest

from tests.fixtures_shop import Shop, line, order_input

POSITIONS = "positions { id onHand movements(first: 1) { nodes { kind quantity reason reference { id } } } }"


def transfer(units: int, source: str = "east", target: str = "west", **more: Any) -> dict[str, Any]:
    return {"sku": "MUG", "fromLocationKey": source, "toLocationKey": target, "quantity": units, **more}


async def test_each_leg_is_a_movement_that_names_the_other_place(shop: Shop) -> None:
    payload = await shop.do("inventoryTransfer", POSITIONS, **transfer(4, reason="balance"))
    source, target = payload["positions"]
    assert source["movements"]["nodes"] == [
        {"kind": "TRANSFER_OUT", "quantity": -4, "reason": "balance", "reference": {"id": target["id"]}}
    ]
    assert target["movements"]["nodes"] == [
        {"kind": "TRANSFER_IN", "quantity": 4, "reason": "balance", "reference": {"id": source["id"]}}
    ]
    assert await shop.stock("MUG") == {"east": (6, 0, 0), "west": (9, 0, 0)}
    events = await shop.rows("""SELECT 'InventoryPosition:' || subject_id AS id, data ->> 'onHand' AS on_hand
                                  FROM events WHERE type = 'inventory.transferred' ORDER BY position""")
    assert [tuple(each.values()) for each in events] == [(source["id"], "6"), (target["id"], "9")]
    await shop.require_sound()


async def test_a_place_that_never_had_it_gets_a_position(shop: Shop) -> None:
    await shop.do("locationUpsert", "location { id }", key_="south", name="South", kind="STORE")
    await shop.do("inventoryTransfer", POSITIONS, **transfer(1, target="south"))
    assert await shop.stock("MUG") == {"east": (9, 0, 0), "west": (5, 0, 0), "south": (1, 0, 0)}
    await shop.require_sound()


@pytest.mark.parametrize(
    ("input_", "code", "field"),
    [
        (transfer(0), "INVALID", "quantity"),
        (transfer(1, target="east"), "INVALID", "toLocationKey"),
        (transfer(1, target="moon"), "NOT_FOUND", "toLocationKey"),
        (transfer(1, source="moon"), "NOT_FOUND", "fromLocationKey"),
        ({**transfer(1), "sku": "TYPO"}, "NOT_FOUND", "sku"),
        (transfer(2), "INSUFFICIENT_STOCK", "quantity"),
    ],
)
async def test_what_cannot_be_moved_stays(shop: Shop, input_: dict[str, Any], code: str, field: str) -> None:
    await shop.do("orderPlace", "order { id }", **order_input(line("MUG", 7)))
    levels = [{"sku": "MUG", "locationKey": "east", "unavailable": 2, "safetyStock": 1}]
    await shop.do("inventoryAdjust", "positions { id }", reason="two are chipped", changes=levels)
    payload = await shop.attempt("inventoryTransfer", POSITIONS, **input_)
    error = payload["userErrors"][0]
    assert (error["code"], error["field"]) == (code, ["input", field])
    if code == "INSUFFICIENT_STOCK":
        assert (error["requested"], error["available"]) == (2, 1)
    assert await shop.stock("MUG") == {"east": (10, 7, 0), "west": (5, 0, 0)}
    assert await shop.rows("SELECT 1 FROM events WHERE type = 'inventory.transferred'") == []


async def test_both_ways_at_once_nobody_waits_for_ever(shop: Shop) -> None:
    calls = [
        shop.attempt("inventoryTransfer", POSITIONS, **(transfer(1) if n % 2 else transfer(1, "west", "east")))
        for n in range(24)
    ]
    payloads = await asyncio.gather(*calls)
    assert [each["userErrors"] for each in payloads] == [[]] * 24
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    await shop.require_sound()
