"""A sandboxed Salesforce over HTTP, copied into the store: contacts become customers, changed cases are read anew."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.contract import SourceState, Window
from app.connectors.freshness import LiveReads
from app.connectors.ports.feeds import Feed
from app.connectors.reads import Cases
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.domain.actor import SYSTEM
from app.sandbox.app import create_sandbox
from app.sandbox.data import CLIENT_ID, CLIENT_SECRET, SalesforceOrg, SandboxData
from app.sandbox.salesforce.records import Records
from app.sandbox.server import serve_sandbox
from app.stores.engine import create_connections, open_writers
from app.stores.readings import StoredReadings
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.source_sync import source_sync, sync_job
from app.workflows.work import Work
from tests.connectors.vendor_rows import contact_id, make_case, make_contact, record_id

ORG = SalesforceOrg(
    contacts=[
        make_contact(1)
        | {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@example.com", "AccountId": record_id("001", 1)},
        make_contact(2) | {"FirstName": "Bob", "LastName": "Ross", "Email": "bob@example.com"},
    ],
    accounts=[{"Id": record_id("001", 1), "Name": "Analytical Engines"}],
    cases=[make_case(1, contact=1, created="2026-10-01T08:00:00")],
)
CUSTOMERS = "SELECT given_name, family_name, company, email FROM customers ORDER BY email"
GONE = "SELECT external_id FROM synced_records WHERE gone_at IS NOT NULL"
MAX_AGE = timedelta(hours=1)


@dataclass
class Copying:
    work: Work
    reads: LiveReads
    records: Records

    async def sync(self, feed: Feed) -> None:
        await source_sync(sync_job("crm", feed, full=False).data, self.work)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.work.writers.rehearsal(SYSTEM) as tx:
            return [tuple(row) for row in await tx.rows(sql)]

    async def cases(self) -> tuple[list[str], SourceState]:
        """Statuses of Ada's, and how they were come by."""
        question = Cases(Window(first=5))
        reading = (await self.reads.read(question, {"crm": [contact_id(1)]}, max_age=MAX_AGE))["crm", contact_id(1)]
        assert reading.value is not None
        return [case.status for case in reading.value.items], reading.status.state


@pytest.fixture
async def copying(migrated_database: str) -> AsyncIterator[Copying]:
    sandbox = create_sandbox(SandboxData(salesforce={"crm": ORG}), control_token="control")
    running = await serve_sandbox(sandbox)
    config = SourceConfig(
        "crm",
        "salesforce",
        "Our CRM",
        f"{running.base_url}/crm",
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        sync=frozenset({Feed.CUSTOMERS, Feed.CASES}),
    )
    registry = Registry([config])
    writers = await open_writers(migrated_database, connections_max=3)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("INSERT INTO sources (key, name, kind) VALUES ('crm', 'Our CRM', 'CRM')")
        await tx.run("INSERT INTO connectors (source_key) VALUES ('crm')")
    connections = create_connections(migrated_database, connections_max=1, statement_timeout_s=5)
    reads = LiveReads(registry, StoredReadings(connections, writers))
    work = Work(writers, registry, Policy(), configured_routing(), memory=reads)
    yield Copying(work, reads, sandbox.state.sources["crm"].app.records)
    await reads.close()
    await connections.close()
    await writers.close()
    await registry.close()
    await running.close()


async def test_contacts_become_customers_and_follow_their_changes(copying: Copying) -> None:
    await copying.sync(Feed.CUSTOMERS)
    ada, bob = ("Ada", "Lovelace", "Analytical Engines", "ada@example.com"), ("Bob", "Ross", None, "bob@example.com")
    assert await copying.rows(CUSTOMERS) == [ada, bob]

    copying.records.change("Contact", contact_id(2), {"LastName": "Rossi"})
    copying.records.change("Contact", contact_id(1), {"IsDeleted": True})
    await copying.sync(Feed.CUSTOMERS)
    assert await copying.rows(CUSTOMERS) == [ada, ("Bob", "Rossi", None, "bob@example.com")]
    assert await copying.rows(GONE) == [(contact_id(1),)]


async def test_a_changed_case_is_read_anew_and_an_unchanged_one_is_not(copying: Copying) -> None:
    await copying.sync(Feed.CASES)
    assert await copying.cases() == (["New"], SourceState.FRESH)
    await copying.sync(Feed.CASES)
    assert await copying.cases() == (["New"], SourceState.CACHED)

    copying.records.change("Case", record_id("500", 1), {"Status": "Working"})
    assert await copying.cases() == (["New"], SourceState.CACHED)
    await copying.sync(Feed.CASES)
    assert await copying.cases() == (["Working"], SourceState.FRESH)
