"""connectorSync queues what a source is configured for; the connector tells how it went."""

from dataclasses import replace
from typing import Any

import pytest

from app.connectors.ports.feeds import Feed
from app.domain.actor import SYSTEM
from app.domain.refusals import Refused
from app.stores.sync_runs import begin, fail, finish, let_go
from app.workflows.connector_sync import ConnectorSync, connector_sync
from tests.fixtures_shop import Shop
from tests.workflows.fake_source import FakeOutside, FakeSource

JOBS = "SELECT dedupe_key, convert_from(payload, 'UTF8')::jsonb ->> 'full' AS full FROM jobs.pgqueuer ORDER BY 1"
CONNECTOR = "connector { source { key } lastSyncAt lastError }"


async def jobs(shop: Shop) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await shop.rows(JOBS)]


async def test_it_is_queued_once(shop: Shop) -> None:
    payload = await shop.do("connectorSync", CONNECTOR, connectorKey="stripe")
    assert payload["connector"] == {"source": {"key": "stripe"}, "lastSyncAt": None, "lastError": None}
    await shop.do("connectorSync", "", connectorKey="stripe")
    assert await jobs(shop) == [("source.sync:stripe:events", "false")]
    await shop.do("connectorSync", "", connectorKey="stripe", full=True)
    assert await jobs(shop) == [("source.sync:stripe:events", "false"), ("source.sync:stripe:events:full", "true")]


async def test_a_replayed_call_answers_with_the_connector(shop: Shop) -> None:
    answers = [
        await shop.attempt("connectorSync", CONNECTOR, key="k", connectorKey="stripe", full=True) for _ in range(2)
    ]
    assert [each["replayed"] for each in answers] == [False, True]
    assert answers[0]["connector"] == answers[1]["connector"] == {
        "source": {"key": "stripe"}, "lastSyncAt": None, "lastError": None,
    }  # fmt: skip
    assert len(await jobs(shop)) == 1


async def test_a_dry_run_shows_the_connector_and_queues_nothing(shop: Shop) -> None:
    payload = await shop.attempt("connectorSync", CONNECTOR, dry_run=True, connectorKey="stripe")
    assert payload["connector"]["source"] == {"key": "stripe"}
    assert await jobs(shop) == []


async def test_what_cannot_be_copied_is_refused(shop: Shop) -> None:
    payload = await shop.attempt("connectorSync", CONNECTOR, connectorKey="elsewhere")
    assert (payload["connector"], told(payload)) == (
        None,
        ("NOT_FOUND", 'no connector has the key "elsewhere"', ["input", "connectorKey"]),
    )
    off = FakeOutside(FakeSource(), enabled=False)
    nothing = FakeOutside(FakeSource(), sync=frozenset())
    for outside, reason in (
        (off, "web is switched off; enable it where sources are configured"),
        (nothing, "nothing is copied from web; name what is to be with sync where sources are configured"),
    ):
        async with shop.application.work.writers.rehearsal(SYSTEM) as tx:
            with pytest.raises(Refused, match=f"^{reason}$"):
                await connector_sync(
                    tx, ConnectorSync(connector_key="web"), replace(shop.application.work, outside=outside)
                )
            assert await tx.value("SELECT count(*) FROM jobs.pgqueuer") == 0


async def test_the_connector_tells_why_copying_failed(shop: Shop) -> None:
    async with shop.application.work.writers.transaction(SYSTEM) as tx:
        run = await begin(tx, "stripe", Feed.EVENTS, full=False)
        assert run is not None
        await let_go(tx, run, "stripe is asleep")
    query = "{ connectors { source { key } lastError } }"
    told = {each["source"]["key"]: each["lastError"] for each in (await shop.ask(query)).data["connectors"]}
    assert told == {"salesforce": None, "stripe": "stripe is asleep"}
    async with shop.application.work.writers.transaction(SYSTEM) as tx:
        await fail(tx, "stripe", Feed.EVENTS, "stripe is dead", full=False)
    answer = await shop.ask(query)
    told = {each["source"]["key"]: each["lastError"] for each in answer.data["connectors"]}
    assert told == {"salesforce": None, "stripe": "stripe is dead"}
    assert len(answer.statements) == 2


async def test_a_full_run_that_failed_is_told_of_until_one_succeeds(shop: Shop) -> None:
    query = "{ connectors { source { key } lastError } }"
    for full in (True, False):
        async with shop.application.work.writers.transaction(SYSTEM) as tx:
            run = await begin(tx, "stripe", Feed.EVENTS, full=full)
            assert run is not None
            await (fail(tx, "stripe", Feed.EVENTS, "too much", full=True) if full else finish(tx, run, [Feed.EVENTS]))
    told = {each["source"]["key"]: each["lastError"] for each in (await shop.ask(query)).data["connectors"]}
    assert told == {"salesforce": None, "stripe": "too much"}
    async with shop.application.work.writers.transaction(SYSTEM) as tx:
        run = await begin(tx, "stripe", Feed.EVENTS, full=True)
        assert run is not None
        await finish(tx, run, [Feed.EVENTS])
    told = {each["source"]["key"]: each["lastError"] for each in (await shop.ask(query)).data["connectors"]}
    assert told == {"salesforce": None, "stripe": None}


async def test_there_is_no_full_run_of_what_is_only_forgotten(shop: Shop) -> None:
    """From the beginning there would be nothing to forget, and what changed since the last run would not be told."""
    outside = FakeOutside(FakeSource(), sync=frozenset({Feed.CASES, Feed.CUSTOMERS}))
    async with shop.application.work.writers.rehearsal(SYSTEM) as tx:
        command = ConnectorSync(connector_key="web", full=True)
        await connector_sync(tx, command, replace(shop.application.work, outside=outside))
        queued = [tuple(row.values()) for row in await tx.rows(JOBS)]
    assert queued == [("source.sync:web:cases", "false"), ("source.sync:web:customers:full", "true")]


def told(payload: Any) -> tuple[str, str, list[str]]:
    (error,) = payload["userErrors"]
    return error["code"], error["message"], error["field"]
