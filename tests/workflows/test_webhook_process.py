"""An event in the inbox is acted on once, and waits where nobody can act on it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.connectors.ports.webhook import Delivery
from app.connectors.registry import Registry
from app.domain.actor import SYSTEM
from app.sandbox.data import StripeAccount
from app.sandbox.stripe.account import Account
from app.stores.engine import open_writers
from app.stores.transaction import Writers
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.webhook_process import tidy_webhooks, webhook_process
from app.workflows.webhook_receive import webhook_receive
from app.workflows.work import Work
from tests.connectors.vendor_rows import make_config

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=3)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("INSERT INTO sources (key, name, kind) VALUES ('stripe', 'Stripe', 'PAYMENT')")
    yield writers
    await writers.close()


@pytest.fixture
async def work(writers: Writers) -> AsyncIterator[Work]:
    registry = Registry([make_config("stripe", "http://stripe.test")])
    yield Work(writers, registry, Policy(), configured_routing())
    await registry.close()


def authorized() -> dict[str, Any]:
    events: list[dict[str, Any]] = []
    account = Account(StripeAccount(), now=NOW.timestamp, tell=events.append)
    account.create({"amount": 100, "currency": "usd", "payment_method": "pm_card_visa"}, "a-1")
    return events[0]


async def received(writers: Writers, body: Mapping[str, Any]) -> dict[str, str]:
    """The data of a job for this event alone."""
    assert await webhook_receive("stripe", Delivery(body["id"], NOW, body), writers)
    async with writers.transaction(SYSTEM) as tx:
        sql = "SELECT id::text FROM webhook_deliveries WHERE external_event_id = $1"
        return {"delivery_id": await tx.value(sql, body["id"])}


async def waiting_count(writers: Writers) -> int:
    async with writers.transaction(SYSTEM) as tx:
        waits = "SELECT count(*) FROM webhook_deliveries WHERE processed_at IS NULL AND failed_at IS NULL"
        count: int = await tx.value(waits)
        return count


async def test_an_event_about_a_payment_of_others_is_done_with(work: Work) -> None:
    job = await received(work.writers, authorized())
    await webhook_process(job, work)
    await webhook_process(job, work)
    assert await waiting_count(work.writers) == 0


async def test_an_event_of_no_concern_is_done_with(work: Work) -> None:
    await webhook_process(await received(work.writers, {**authorized(), "type": "customer.created"}), work)
    assert await waiting_count(work.writers) == 0


async def test_an_event_that_cannot_be_read_is_put_aside_with_its_body(work: Work) -> None:
    event = {**authorized(), "id": "evt_9", "data": {"object": {}}}
    await webhook_process(await received(work.writers, event), work)
    assert await waiting_count(work.writers) == 0
    async with work.writers.transaction(SYSTEM) as tx:
        row = await tx.row(
            "SELECT failure, body::text, processed_at FROM webhook_deliveries WHERE failed_at IS NOT NULL"
        )
    assert row is not None
    assert row["failure"].startswith("stripe: the event evt_9 cannot be read: ")
    assert (orjson.loads(row["body"]), row["processed_at"]) == (event, None)


async def test_an_event_of_a_source_that_was_switched_off_waits(work: Work) -> None:
    job = await received(work.writers, authorized())
    without = replace(work, outside=Registry(()))
    with pytest.raises(NotWorthRetrying, match=r"^no enabled source is called stripe; its event waits in the inbox$"):
        await webhook_process(job, without)
    assert await waiting_count(work.writers) == 1
    await webhook_process(job, work)
    assert await waiting_count(work.writers) == 0


async def test_what_waited_for_its_source_is_acted_on_once_that_is_back(work: Work) -> None:
    job = await received(work.writers, authorized())
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")  # As it is gone when it has failed for good.
    queued = "SELECT dedupe_key FROM jobs.pgqueuer"
    without = replace(work, outside=Registry(()))

    async def tidied(work: Work) -> list[str]:
        await tidy_webhooks({}, work)
        async with work.writers.transaction(SYSTEM) as tx:
            return [row[0] for row in await tx.rows(queued)]

    assert await tidied(work) == []
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE webhook_deliveries SET received_at = received_at - $1::interval", timedelta(days=1))
    assert await tidied(without) == []
    (key,) = await tidied(work)
    assert key.startswith("webhook.process:")
    await webhook_process(job, work)
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")
    assert await tidied(work) == []


async def test_events_are_forgotten_once_nobody_sends_them_again(work: Work) -> None:
    for number in "123":
        await received(work.writers, {**authorized(), "id": f"evt_{number}"})
    processed = "UPDATE webhook_deliveries SET processed_at = now() - $2::interval WHERE external_event_id = $1"
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run(processed, "evt_1", timedelta(days=46))
        await tx.run(processed, "evt_2", timedelta(days=44))
    await tidy_webhooks({}, work)
    async with work.writers.transaction(SYSTEM) as tx:
        kept = await tx.rows("SELECT external_event_id FROM webhook_deliveries ORDER BY 1")
    assert [row[0] for row in kept] == ["evt_2", "evt_3"]
