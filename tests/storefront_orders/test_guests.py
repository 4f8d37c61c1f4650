"""Orders of guests: a customer's once the customer is known, and has shown that the address is theirs."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.connectors.ports.feeds import CustomerRecord
from app.connectors.ports.storefront import StorefrontOrder, StorefrontParcel
from app.domain.actor import Actor, ActorKind
from app.workflows.customer_take_in import take_in_customer
from app.workflows.guest_orders_link import LINK, job_to_link, link_guest_orders
from app.workflows.order_capture import capture_order
from tests.storefront_orders.conftest import Storefront
from tests.storefront_orders.samples import PLACED, SHOP, later, order_of, paid, sold

ZOE = "zoe@example.com"
OWNERS = """SELECT (SELECT display_name FROM customers WHERE id = customer_id) FROM {} ORDER BY id"""
WAITING = """SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
              WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"""
QUEUED = "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1"


def zoe(hours: int = 0, **more: Any) -> CustomerRecord:
    said: dict[str, Any] = {
        "external_id": "C9",
        "emails": ("Zoe@Example.com",),
        "verified_emails": ("Zoe@Example.com",),
    }
    return CustomerRecord(updated_at=PLACED + timedelta(hours=hours), given_name="Zoe", **said | more)


async def copy(shop: Storefront, record: CustomerRecord) -> None:
    async with shop.work.writers.transaction(Actor(ActorKind.CONNECTOR, SHOP)) as tx:
        await take_in_customer(tx, SHOP, record, shop.work)


async def link(shop: Storefront) -> None:
    """Whatever was queued, twice."""
    for (customer_id,) in 2 * await shop.rows("SELECT id FROM customers"):
        await link_guest_orders(job_to_link(customer_id).data, shop.work)


async def queued(shop: Storefront) -> int:
    return int((await shop.row(QUEUED, LINK))[0])


async def owners(shop: Storefront, table: str = "orders") -> list[str | None]:
    return [name for (name,) in await shop.rows(OWNERS.format(table))]


async def test_who_becomes_known_gets_what_they_bought_before(managed: Storefront) -> None:
    await managed.capture(order_of(email="ZOE@example.com"))
    await managed.capture(order_of(external_id="1002", email="bob@example.com"))
    await copy(managed, zoe(external_id="C1", emails=("yan@example.com",), verified_emails=("yan@example.com",)))
    assert await queued(managed) == 0
    # The address that they are shown with is another one.
    await copy(managed, zoe(emails=("new@example.com", ZOE), verified_emails=(ZOE,)))
    assert (await queued(managed), await owners(managed)) == (1, [None, None])
    await link(managed)
    assert await owners(managed) == ["Zoe", None]
    linked = "SELECT data ->> 'rule', actor_kind FROM events WHERE type = 'order.customer_linked'"
    assert await managed.rows(linked) == [("verified_email", "SYSTEM")]
    assert await managed.row("SELECT version FROM orders WHERE customer_id IS NOT NULL") == (2,)
    answer = await managed.shop.ask("{ customers(first: 9) { nodes { email orders(first: 9) { nodes { number } } } } }")
    (number,) = await managed.row("SELECT number FROM orders WHERE contact_email = 'ZOE@example.com'")
    shown = {each["email"]: each["orders"]["nodes"] for each in answer.data["customers"]["nodes"]}
    assert shown == {"new@example.com": [{"number": number}], "yan@example.com": []}
    # There is nothing left to link.
    await copy(managed, zoe(1, emails=("new@example.com", ZOE), verified_emails=(ZOE,)))
    assert await queued(managed) == 1


async def test_parcels_and_returns_are_the_customers_too(mirrored: Storefront) -> None:
    await mirrored.capture(shipped(order_of(email=ZOE)))
    await copy(mirrored, zoe())
    await link(mirrored)
    assert [await owners(mirrored, table) for table in ("orders", "shipments", "returns")] == [["Zoe"]] * 3


async def test_an_address_that_nobody_verified_gives_nobody_an_order(managed: Storefront) -> None:
    await managed.capture(order_of(email=ZOE))
    await copy(managed, zoe(verified_emails=()))
    await link(managed)
    assert (await queued(managed), await owners(managed)) == (0, [None])
    await copy(managed, zoe(1))
    assert await queued(managed) == 1
    await link(managed)
    assert await owners(managed) == ["Zoe"]


async def test_an_address_of_two_customers_gives_neither_an_order(managed: Storefront) -> None:
    await managed.capture(order_of(email=ZOE))
    await copy(managed, zoe(external_id="C1", emails=("other@example.com",), verified_emails=()))
    await copy(managed, zoe())
    async with managed.work.writers.transaction(Actor(ActorKind.SYSTEM, "test")) as tx:
        await tx.run("UPDATE customers SET emails = emails || $1::text WHERE email <> $1", ZOE)
    await link(managed)
    assert await owners(managed) == [None]
    async with managed.work.writers.transaction(Actor(ActorKind.SYSTEM, "test")) as tx:
        await tx.run("UPDATE customers SET emails = ARRAY['other@example.com'] WHERE email <> $1", ZOE)
    await link(managed)
    assert await owners(managed) == ["Zoe"]


async def test_whoever_is_known_while_the_order_comes_in_finds_it(managed: Storefront) -> None:
    """Neither would see the other: the order looks for a customer who is not there yet, and the other way round."""
    async with managed.work.writers.transaction(Actor(ActorKind.CONNECTOR, SHOP)) as tx:
        await capture_order(tx, SHOP, order_of(email=ZOE), managed.work)
        copying = asyncio.create_task(copy(managed, zoe()))
        while not await managed.rows(WAITING):  # noqa: ASYNC110 - the lock tells nobody
            await asyncio.sleep(0.01)
        assert not copying.done()
    await copying
    assert await queued(managed) == 1


async def test_a_mirrors_parcels_follow_it_to_its_customer(mirrored: Storefront) -> None:
    order = shipped(order_of(email=None))
    await mirrored.capture(order)
    assert await owners(mirrored, "shipments") == [None]
    await mirrored.capture(later(order, customer_external_id="C9", email=ZOE))
    assert [await owners(mirrored, table) for table in ("orders", "shipments", "returns")] == [["Zoe Quist"]] * 3


def shipped(order: StorefrontOrder) -> StorefrontOrder:
    """Two mugs, of which one came back."""
    parcel = StorefrontParcel(
        external_id="F1", carrier=None, tracking_number=None, tracking_url=None, shipped_at=PLACED, delivered_at=None,
        units={"L1": 2},
    )  # fmt: skip
    lines = (sold(1, "MUG", 2, shipped=2, returned=1),)
    return replace(order, lines=lines, parcels=(parcel,), payments=(paid(2_500, 2_500),))
