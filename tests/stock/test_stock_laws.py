"""Whatever is done to stock, in whatever order, the ledger adds up and nothing is promised twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.workflows.backorders_fill import fill_backorders
from app.workflows.reservations_expire import expire_reservations
from tests.fixtures_shop import Shop, line, order_input

PLACES = st.sampled_from(["east", "west"])
UNITS = st.integers(1, 6)
Step = Callable[[Shop], Awaitable[None]]


def adjusted(place: str, units: int) -> Step:
    async def step(shop: Shop) -> None:
        changes = [{"sku": "MUG", "locationKey": place, "delta": units}]
        await shop.attempt("inventoryAdjust", "positions { id }", reason="receipt or loss", changes=changes)

    return step


def counted(place: str, units: int) -> Step:
    async def step(shop: Shop) -> None:
        changes = [{"sku": "MUG", "locationKey": place, "setOnHand": units, "safetyStock": units % 2}]
        await shop.attempt("inventoryAdjust", "positions { id }", reason="count", changes=changes)

    return step


def transferred(source: str, units: int) -> Step:
    async def step(shop: Shop) -> None:
        target = "west" if source == "east" else "east"
        move: Any = {"sku": "MUG", "fromLocationKey": source, "toLocationKey": target, "quantity": units}
        await shop.attempt("inventoryTransfer", "positions { id }", **move)

    return step


def held(units: int) -> Step:
    async def step(shop: Shop) -> None:
        await shop.attempt("reservationCreate", "reservation { id }", lines=[{"sku": "MUG", "quantity": units}])

    return step


async def released(shop: Shop) -> None:
    rows = await shop.rows("SELECT id FROM reservations WHERE released_at IS NULL AND order_id IS NULL LIMIT 1")
    for row in rows:
        await shop.do("reservationRelease", "reservation { id }", reservationId=f"Reservation:{row['id']}")


async def expired(shop: Shop) -> None:
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE reservations SET expires_at = now() WHERE expires_at IS NOT NULL")
    await expire_reservations({}, shop.application.work)


def placed(units: int) -> Step:
    async def step(shop: Shop) -> None:
        await shop.do("orderPlace", "order { id }", **order_input(line("MUG", units)))

    return step


async def canceled(shop: Shop) -> None:
    rows = await shop.rows("SELECT id FROM orders WHERE status = 'CONFIRMED' ORDER BY placed_at LIMIT 1")
    for row in rows:
        await shop.do("orderCancel", "order { id }", orderId=f"Order:{row['id']}", reason="r")


async def filled(shop: Shop) -> None:
    await fill_backorders({"sku": "MUG"}, shop.application.work)


STEPS = st.one_of(
    st.builds(adjusted, PLACES, st.integers(-6, 6)),
    st.builds(counted, PLACES, st.integers(0, 12)),
    st.builds(transferred, PLACES, UNITS),
    st.builds(held, UNITS),
    st.builds(placed, UNITS),
    st.sampled_from([released, expired, canceled, filled]),
)

FREE_AND_WAITED_FOR = """
SELECT sum(greatest(0, on_hand - reserved - allocated - safety_stock)) AS free,
       (SELECT coalesce(sum(backordered), 0) FROM order_lines) AS waiting
  FROM inventory_positions JOIN products product ON product.id = product_id WHERE sku = 'MUG'
"""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=12))
async def test_the_ledger_adds_up_after_every_step(shop: Shop, steps: list[Step]) -> None:
    """The shop goes on from example to example: it has seen ever more."""
    for step in steps:
        await step(shop)
    await filled(shop)
    (row,) = await shop.rows(FREE_AND_WAITED_FOR)
    assert not (row["free"] and row["waiting"])
    await shop.require_sound()
