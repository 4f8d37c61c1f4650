"""Random lives of a storefront's order, told in random versions: ours holds together after each of them."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.storefront import StorefrontOrder, StorefrontParcel
from app.domain.refusals import Refused
from app.workflows.fulfillment_order_accept import FulfillmentOrderAccept, fulfillment_order_accept
from app.workflows.order_capture import CaptureOutcome
from app.workflows.order_route import route_confirmed
from app.workflows.payment_settle import payment_settle
from tests.fixtures_shop import TESTER
from tests.storefront_orders.conftest import Storefront
from tests.storefront_orders.samples import later, order_of, paid, sold, usd

STEPS = 25
Step = Callable[[random.Random, StorefrontOrder], StorefrontOrder]


def _line(order: StorefrontOrder, place: int, **changes: Any) -> StorefrontOrder:
    lines = [*order.lines]
    lines[place] = replace(lines[place], **changes)
    return replace(order, lines=tuple(lines))


def add_line(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    price_minor = chance.randrange(100, 3_000)
    line = sold(
        len(order.lines) + 1, chance.choice(("MUG", "LAMP", "PEN", None)), chance.randint(1, 4), price_minor,
        discount=chance.randrange(price_minor), tax=chance.randrange(500),
    )  # fmt: skip
    return replace(order, lines=(*order.lines, line))


def cancel_units(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    place = chance.randrange(len(order.lines))
    line = order.lines[place]
    units = chance.randint(0, line.quantity - line.canceled - line.shipped)
    return _line(order, place, canceled=line.canceled + units)


def order_more(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    place = chance.randrange(len(order.lines))
    return _line(order, place, quantity=order.lines[place].quantity + chance.randint(1, 3))


def ship(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    units = {each.external_id: chance.randint(0, each.quantity - each.canceled - each.shipped) for each in order.lines}
    lines = tuple(replace(each, shipped=each.shipped + units[each.external_id]) for each in order.lines)
    parcel = StorefrontParcel(
        external_id=f"F{len(order.parcels)}", carrier="UPS", tracking_number=None, tracking_url=None,
        shipped_at=order.updated_at, delivered_at=None, units=units,
    )  # fmt: skip
    return replace(order, lines=lines, parcels=(*order.parcels, parcel)) if any(units.values()) else order


def deliver(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    parcels = tuple(replace(each, delivered_at=order.updated_at) for each in order.parcels)
    return replace(order, parcels=parcels)


def take_back(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    lines = tuple(replace(each, returned=chance.randint(each.returned, each.shipped)) for each in order.lines)
    return replace(order, lines=lines)


def pay(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    payment = order.payments[0]
    captured = chance.randint(payment.captured.minor, payment.authorized.minor)
    return replace(order, payments=(replace(payment, captured=usd(captured)), *order.payments[1:]))


def pay_more(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    minor = chance.randint(0, 2_000)
    return replace(order, payments=(*order.payments, paid(minor, minor, external_id=f"T{len(order.payments) + 1}")))


def give_back(chance: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    payment = order.payments[0]
    refunded = chance.randint(payment.refunded.minor, payment.captured.minor)
    return replace(order, payments=(replace(payment, refunded=usd(refunded)), *order.payments[1:]))


def let_go(_: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    return replace(order, payments=(replace(order.payments[0], is_released=True), *order.payments[1:]))


def cancel(_: random.Random, order: StorefrontOrder) -> StorefrontOrder:
    return replace(order, canceled_at=order.updated_at)


THERE: tuple[Step, ...] = (add_line, cancel_units, order_more, pay, pay_more, give_back)
"""What a customer and a merchant do at the storefront of an order that is driven here."""
MIRRORED: tuple[Step, ...] = (*THERE, ship, ship, deliver, take_back)


def versions(chance: random.Random, steps: tuple[Step, ...]) -> list[StorefrontOrder]:
    """One later than the other. Letting go and canceling come last, if at all."""
    order = order_of(sold(1, "MUG", 3, 1_100, discount=50), sold(2, "LAMP", 2, tax=77), payments=(paid(6_000),))
    told = [order]
    ends: list[Step] = chance.sample([let_go, cancel], chance.randint(0, 2))
    for step in (*(chance.choice(steps) for _ in range(STEPS)), *ends):
        order = step(chance, later(order))
        told.append(order)
    return told


COUNTERS = "SELECT ordered, canceled, shipped, delivered, returned FROM order_lines ORDER BY position"
MONEY = "SELECT paid_minor, refunded_minor FROM orders"


@pytest.mark.parametrize("seed", range(100, 103))
async def test_a_mirror_is_as_the_last_version_says(mirrored: Storefront, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    told = versions(chance, MIRRORED)
    for place, order in enumerate(told):
        await mirrored.capture(order)
        if chance.random() < 0.3:
            await mirrored.capture(told[chance.randrange(place + 1)])
        assert await mirrored.rows(COUNTERS) == counted(order)
        captured, refunded = (
            sum(getattr(each, name).minor for each in order.payments) for name in ("captured", "refunded")
        )
        assert await mirrored.row(MONEY) == (captured, refunded)
        if place % 5 == 0:
            await mirrored.shop.require_sound()
    (events,) = await mirrored.row("SELECT count(*) FROM events")
    assert (await mirrored.capture(told[-1])).outcome is CaptureOutcome.UNCHANGED
    assert await mirrored.row("SELECT count(*) FROM events") == (events,)


def counted(order: StorefrontOrder) -> list[tuple[int, ...]]:
    arrived = [each.units for each in order.parcels if each.delivered_at]
    return [
        (
            line.quantity,
            line.quantity - line.shipped if order.canceled_at else line.canceled,
            line.shipped,
            sum(units.get(line.external_id, 0) for units in arrived),
            line.returned,
        )
        for line in order.lines
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_an_order_that_is_driven_here_holds_together(managed: Storefront, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    told = versions(chance, THERE)
    for place, order in enumerate(told):
        captured = await managed.capture(order)
        if chance.random() < 0.3:
            again = await managed.capture(told[chance.randrange(place + 1)])
            assert again.outcome is CaptureOutcome.UNCHANGED
        if chance.random() < 0.2:
            with suppress(Refused):
                await route_confirmed({"order_id": str(captured.order_id)}, managed.work)
        if chance.random() < 0.2:
            await begin(managed)
        if chance.random() < 0.3:
            await ask(managed)
        if place % 5 == 0:
            await managed.shop.require_sound()
    assert (await managed.capture(told[-1])).outcome is CaptureOutcome.UNCHANGED


async def begin(managed: Storefront) -> None:
    """One of its locations begins to pick."""
    for (id_,) in await managed.rows("SELECT id FROM fulfillment_orders WHERE status = 'OPEN' ORDER BY id LIMIT 1"):
        async with managed.work.writers.transaction(TESTER) as tx:
            await fulfillment_order_accept(tx, FulfillmentOrderAccept(fulfillment_order_id=id_), managed.work)


async def ask(managed: Storefront) -> None:
    """What waits for its gateway."""
    asked = await managed.rows(
        "SELECT payments.order_id, asked.id FROM payment_transactions asked JOIN payments ON payments.id = payment_id"
        " WHERE asked.status = 'PENDING' ORDER BY asked.at, asked.id"
    )
    for order_id, id_ in asked:
        with suppress(SourceUnavailable):
            await payment_settle({"order_id": str(order_id), "transaction_id": str(id_)}, managed.work)
