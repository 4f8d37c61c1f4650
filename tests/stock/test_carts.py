"""Reservations for carts: all or nothing, never one unit twice, and what ends them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.workflows.reservations_expire import expire_reservations
from tests.fixtures_shop import Shop, line, order_input

CART = "reservation { id expiresAt releasedAt order { id } lines { sku quantity location { key } } }"


def wants(**units: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": count} for sku, count in units.items()]


async def test_it_holds_units_for_half_an_hour(shop: Shop) -> None:
    before = datetime.now(UTC)
    payload = await shop.do("reservationCreate", CART, lines=wants(MUG=12, LAMP=1))
    cart = payload["reservation"]
    held = [(each["sku"], each["quantity"], each["location"]["key"]) for each in cart["lines"]]
    assert held == [("MUG", 10, "east"), ("MUG", 2, "west"), ("LAMP", 1, "east")]
    after = datetime.now(UTC)
    expires_at = datetime.fromisoformat(cart["expiresAt"])
    assert before + timedelta(minutes=30) <= expires_at <= after + timedelta(minutes=30)
    assert await shop.stock("MUG") == {"east": (10, 10, 0), "west": (5, 2, 0)}
    assert await shop.stock("LAMP") == {"east": (3, 1, 0), "west": (4, 0, 0)}
    (event,) = await shop.rows("SELECT type, 'Reservation:' || subject_id AS id, sequence FROM events")
    assert event == {"type": "reservation.created", "id": cart["id"], "sequence": 1}
    references = await shop.rows("""SELECT DISTINCT reference_type || ':' || reference_id AS id
                                      FROM inventory_movements WHERE kind = 'RESERVE'""")
    assert references == [{"id": cart["id"]}]
    await shop.require_sound()


async def test_all_of_it_or_nothing(shop: Shop) -> None:
    payload = await shop.attempt("reservationCreate", CART, lines=wants(LAMP=1, MUG=16, PEN=1), locationKeys=["east"])
    errors = [(each["sku"], each["requested"], each["available"], each["field"][2]) for each in payload["userErrors"]]
    assert errors == [("MUG", 16, 10, "1"), ("PEN", 1, 0, "2")]
    assert payload["reservation"] is None
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    assert await shop.rows("SELECT 1 FROM reservations") == []


SOON = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("input_", "code", "field"),
    [
        ({"lines": []}, "REQUIRED", ["lines"]),
        ({"lines": wants(MUG=0)}, "INVALID", ["lines", "0", "quantity"]),
        ({"lines": wants(MUG=1, TYPO=1)}, "NOT_FOUND", ["lines", "1", "sku"]),
        ({"lines": wants(RELIC=1)}, "INSUFFICIENT_STOCK", ["lines", "0", "quantity"]),
        ({"lines": wants(MUG=1) * 201}, "LIMIT_EXCEEDED", ["lines"]),
        ({"lines": wants(MUG=1), "locationKeys": []}, "INVALID", ["locationKeys"]),
        ({"lines": wants(MUG=1), "locationKeys": ["east", "moon"]}, "NOT_FOUND", ["locationKeys", "1"]),
        ({"lines": wants(MUG=1), "expiresAt": "2020-01-01T00:00:00Z"}, "INVALID", ["expiresAt"]),
        ({"lines": wants(MUG=1), "expiresAt": "2099-01-01T00:00:00Z"}, "INVALID", ["expiresAt"]),
    ],
)
async def test_what_cannot_be_held_is_refused(shop: Shop, input_: dict[str, Any], code: str, field: list[str]) -> None:
    payload = await shop.attempt("reservationCreate", CART, **input_)
    error = payload["userErrors"][0]
    assert (error["code"], error["field"]) == (code, ["input", *field])
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    assert await shop.rows("SELECT 1 FROM reservations") == []


async def test_thirty_at_once_for_ten_units_are_ten(shop: Shop) -> None:
    calls = [shop.attempt("reservationCreate", CART, lines=wants(MUG=1), locationKeys=["east"]) for _ in range(30)]
    payloads = await asyncio.gather(*calls)
    assert sum(each["reservation"] is not None for each in payloads) == 10
    codes = [error["code"] for each in payloads for error in each["userErrors"]]
    assert codes == ["INSUFFICIENT_STOCK"] * 20
    assert await shop.stock("MUG") == {"east": (10, 10, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_a_release_frees_its_units_once(shop: Shop) -> None:
    cart = (await shop.do("reservationCreate", CART, lines=wants(MUG=15)))["reservation"]
    await shop.do("orderPlace", "order { id }", **order_input(line("MUG", 2)))
    payload = await shop.do("reservationRelease", CART, reservationId=cart["id"])
    assert payload["reservation"]["releasedAt"] is not None
    assert await shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    waits = await shop.rows("SELECT dedupe_key FROM jobs.pgqueuer WHERE entrypoint = 'backorders.fill'")
    assert waits == [{"dedupe_key": "backorders.fill:MUG"}]
    again = await shop.attempt("reservationRelease", CART, reservationId=cart["id"])
    assert [each["code"] for each in again["userErrors"]] == ["ALREADY_DONE"]
    assert await shop.rows("SELECT type, sequence FROM events WHERE subject_type = 'Reservation' ORDER BY 2") == [
        {"type": "reservation.created", "sequence": 1},
        {"type": "reservation.released", "sequence": 2},
    ]
    await shop.require_sound()


async def test_one_that_an_order_has_taken_over_is_the_orders(shop: Shop) -> None:
    """Also what the cart held and the order does not ask for."""
    cart = (await shop.do("reservationCreate", CART, lines=wants(MUG=10, LAMP=2)))["reservation"]
    order = await shop.do("orderPlace", "order { id number }", **order_input(line("MUG", 9), reservationId=cart["id"]))
    assert await shop.stock("MUG") == {"east": (10, 9, 0), "west": (5, 0, 0)}
    assert await shop.stock("LAMP") == {"east": (3, 0, 0), "west": (4, 0, 0)}
    payload = await shop.attempt("reservationRelease", CART, reservationId=cart["id"])
    (error,) = payload["userErrors"]
    assert error["code"] == "ALREADY_DONE"
    assert error["message"] == f"its units are order {order['order']['number']}'s; orderCancel lets them go"
    assert await shop.stock("MUG") == {"east": (10, 9, 0), "west": (5, 0, 0)}
    await shop.require_sound()


async def test_carts_whose_time_is_up_hold_nothing(shop: Shop) -> None:
    old, young = [
        (await shop.do("reservationCreate", CART, lines=wants(MUG=units), expiresAt=SOON))["reservation"]
        for units in (4, 3)
    ]
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE reservations SET expires_at = now() WHERE 'Reservation:' || id = '{old['id']}'"
        )
    await asyncio.gather(*(expire_reservations({}, shop.application.work) for _ in range(3)))
    assert await shop.stock("MUG") == {"east": (10, 3, 0), "west": (5, 0, 0)}
    events = await shop.rows("SELECT 'Reservation:' || subject_id AS id FROM events WHERE type = 'reservation.expired'")
    assert events == [{"id": old["id"]}]
    released = await shop.rows("SELECT 'Reservation:' || id AS id FROM reservations WHERE released_at IS NULL")
    assert released == [{"id": young["id"]}]
    await shop.require_sound()
