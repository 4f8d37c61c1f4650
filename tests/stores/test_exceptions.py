"""Order exceptions as jobs that failed for good raise them."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from app.connectors.registry import Registry
from app.domain.actor import SYSTEM
from app.stores.engine import open_writers
from app.stores.exceptions import raise_exception
from app.stores.transaction import Writers
from app.workflows.job_kind import FailedJob
from app.workflows.jobs import give_up
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.work import Work

ORDER = """
INSERT INTO orders (management, status, fulfillment_status, payment_status, return_status, channel, currency, placed_at)
VALUES ('MANAGED', 'CONFIRMED', 'UNFULFILLED', 'AUTHORIZED', 'NONE', 'web', 'USD', now()) RETURNING id
"""
TOLD = "SELECT category, status, message, suggested_action, attempts FROM order_exceptions WHERE order_id = $1"


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=2)
    yield writers
    await writers.close()


@pytest.fixture
async def order_id(writers: Writers) -> UUID:
    async with writers.transaction(SYSTEM) as tx:
        id_: UUID = await tx.value(ORDER)
        return id_


async def test_an_open_one_of_the_same_category_takes_the_new_message(writers: Writers, order_id: UUID) -> None:
    async with writers.transaction(SYSTEM) as tx:
        first = await raise_exception(
            tx,
            order_id,
            category="order.route",
            message="no location has it",
            suggested_action="orderRoute",
            attempts=2,
        )
        again = await raise_exception(
            tx, order_id, category="order.route", message="no location is open", suggested_action=None, attempts=3
        )
        assert again == first
        assert [tuple(row) for row in await tx.rows(TOLD, order_id)] == [
            ("order.route", "OPEN", "no location is open", None, 5)
        ]
        await tx.run("UPDATE order_exceptions SET status = 'RESOLVED', resolved_at = now()")
        later = await raise_exception(
            tx, order_id, category="order.route", message="no location has it", suggested_action=None, attempts=1
        )
        assert later != first
        assert len(await tx.rows(TOLD, order_id)) == 2


async def test_an_order_that_is_gone_has_none(writers: Writers) -> None:
    async with writers.transaction(SYSTEM) as tx:
        raised = await raise_exception(tx, uuid4(), category="c", message="m", suggested_action=None, attempts=1)
        assert (raised, await tx.value("SELECT count(*) FROM order_exceptions")) == (None, 0)


async def test_a_job_that_failed_for_good_raises_one_where_it_names_an_order(writers: Writers, order_id: UUID) -> None:
    work = Work(writers, Registry(()), Policy(), configured_routing())
    reason, action = "UPS does not ship there", "fulfillmentShip"
    await give_up(FailedJob("label.buy", "k", {"order_id": str(order_id)}, 4, reason, action), work)
    await give_up(FailedJob("jobs.tidy", "jobs.tidy", {}, 4, "broke", None), work)
    async with writers.transaction(SYSTEM) as tx:
        assert [tuple(row) for row in await tx.rows(TOLD, order_id)] == [("label.buy", "OPEN", reason, action, 4)]
        assert await tx.value("SELECT count(*) FROM order_exceptions") == 1
