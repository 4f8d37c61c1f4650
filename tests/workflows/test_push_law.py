"""Whatever fails, and in whichever order things happen: in the end a source has everything once, as it is here."""

from collections.abc import AsyncIterator, Callable
from random import Random

import pytest

from app.connectors.ports.sinks import Written
from app.domain.actor import SYSTEM
from app.domain.outgoing import Push
from app.workflows.exception_resolve import ExceptionResolve, exception_resolve
from app.workflows.push_again import push_again
from tests.workflows.office import Fate, Office, Sink, down, lost, open_office, refused, throttled
from tests.workflows.shop import Shop

STEPS = 24
"""Long enough that of ten stories three fail where a document can be lost behind its order."""
ROUNDS_MAX = 30


def half_done(sink: Sink, do: Callable[[], Written]) -> Written:
    do()
    return refused(sink, do)


class Story:
    """Steps chosen at random; the same ones for the same seed."""

    def __init__(self, shop: Shop, office: Office, seed: int) -> None:
        self._shop, self._office = shop, office
        self._random = Random(seed)  # noqa: S311 - nothing secret about it
        self.parcels = [{"LAMP": 1}, {"LAMP": 1}, {"LAMP": 1}, {"SOFA": 1}]
        """Still to be sent."""

    async def step(self) -> None:
        steps = [self.change, self.rename, self.ship, self.tell, self.tell, self.fail, self.fail]
        await self._random.choice([*steps, self.resolve, self.retry])()

    async def rename(self) -> None:
        """Nobody is told, as when a customer is linked to one at the source."""
        await self._shop.run("UPDATE orders SET contact_name = $1", f"Ada {self._random.randint(1, 2)}")

    async def change(self) -> None:
        await self.rename()
        data = {"source": "erp", "subject_type": "Order", "subject_id": str(self._office.order_id)}
        await self._office.requeue("push.orders", {**data, "order_id": str(self._office.order_id)})

    async def ship(self) -> None:
        if self.parcels:
            await self._office.ship("1-F1", self.parcels.pop())

    async def tell(self) -> None:
        await self._office.tell(only=self._random.choice(["push.%", "push.orders", "push.shipments"]))

    async def fail(self) -> None:
        """A new order is made or not, and never half."""
        is_there = await self._shop.value("SELECT EXISTS (SELECT FROM order_references)")
        fates: list[Fate] = [lost, down, refused, throttled, *[half_done] * is_there]
        self._office.sink.fates.append(self._random.choice(fates))

    async def resolve(self) -> None:
        for (exception_id,) in await self._shop.rows("SELECT id FROM order_exceptions WHERE status = 'OPEN'"):
            await self._office.commit(exception_resolve, ExceptionResolve(exception_id=exception_id, retry=True))

    async def retry(self) -> None:
        await push_again("erp", self._office.work.writers, SYSTEM)

    async def end(self) -> None:
        """Nothing fails any more, and a person has tried again what was given up."""
        self._office.sink.fates = []
        for _ in range(ROUNDS_MAX):
            await self.retry()
            await self._office.tell()
            if not await self._office.waiting():
                return
        raise AssertionError("it never ends")


@pytest.fixture
async def office(shop: Shop, migrated_database: str) -> AsyncIterator[Office]:
    async with open_office(shop, migrated_database, {Push.ORDERS, Push.SHIPMENTS}) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(10))
async def test_a_source_ends_up_with_everything_once(shop: Shop, office: Office, seed: int) -> None:
    story = Story(shop, office, seed)
    await office.begin_all()
    await story.ship()
    for _ in range(STEPS):
        await story.step()
    await story.end()
    assert office.sink.done() == {"orders": [1], "shipments": [1] * (4 - len(story.parcels))}
    assert set(await office.documents()) == {("ORDERS", False, True, False), ("SHIPMENTS", False, True, False)}
    assert await shop.value("SELECT count(*) FROM order_exceptions WHERE status = 'OPEN'") == 0
    await story.change()
    await story.end()
    (told,) = office.sink.of("orders")
    assert told.contact_name == await shop.value("SELECT contact_name FROM orders")
