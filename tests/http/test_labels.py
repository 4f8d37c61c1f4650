"""Labels: kept with their shipment, served to whoever knows the address, gone when voided."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from starlette.applications import Starlette

from app.domain.actor import SYSTEM
from app.http.labels import labels
from app.stores.engine import open_writers
from app.stores.labels import StoredLabel, carrier_reference, forget_label, keep_label
from app.stores.transaction import Writers

SHIPMENT = UUID("00000000-0000-0000-0000-00000000000a")
GIF, PDF = StoredLabel("image/gif", b"GIF89a\0"), StoredLabel("application/pdf", b"%PDF")
STORE = """
INSERT INTO orders (id, number, management, status, fulfillment_status, payment_status, return_status, channel,
                    currency, subtotal_minor, shipping_minor, tax_minor, total_minor, paid_minor, placed_at)
VALUES ('00000000-0000-0000-0000-000000000005', '1', 'MANAGED', 'PROCESSING', 'UNFULFILLED', 'PAID', 'NONE', 'web',
        'USD', 0, 0, 0, 0, 0, now())
"""
PARCEL = """
INSERT INTO shipments (id, number, status, order_id)
VALUES ('00000000-0000-0000-0000-00000000000a', '1-S1', 'CREATED', '00000000-0000-0000-0000-000000000005')
"""


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=2)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run(STORE)
        await tx.run(PARCEL)
    yield writers
    await writers.close()


@pytest.fixture
async def client(writers: Writers) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[labels(writers)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://junction") as client:
        yield client


async def keep(writers: Writers, label: StoredLabel = GIF, reference: str = "1Z1") -> str:
    async with writers.transaction(SYSTEM) as tx:
        return await keep_label(tx, SHIPMENT, label, carrier_reference=reference)


async def reference(writers: Writers) -> str | None:
    async with writers.transaction(SYSTEM) as tx:
        return await carrier_reference(tx, SHIPMENT)


async def test_a_label_is_served_as_the_carrier_drew_it(client: httpx2.AsyncClient, writers: Writers) -> None:
    url = await keep(writers)
    answer = await client.get(url)
    assert (answer.status_code, answer.content) == (200, GIF.content)
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


async def test_its_address_is_not_the_shipments_and_cannot_be_guessed(writers: Writers) -> None:
    url = await keep(writers)
    assert url.startswith("/labels/")
    assert len(url.removeprefix("/labels/")) == 32
    assert str(SHIPMENT) not in url


@pytest.mark.parametrize("secret", [str(SHIPMENT), "1-S1", "1Z1", "%00", "'; DROP TABLE shipments"])
async def test_nothing_else_finds_it(client: httpx2.AsyncClient, writers: Writers, secret: str) -> None:
    await keep(writers)
    answer = await client.get(f"/labels/{secret}")
    assert answer.status_code == 404
    assert GIF.content not in answer.content


async def test_a_label_found_again_stays_where_it_was(client: httpx2.AsyncClient, writers: Writers) -> None:
    first = await keep(writers)
    assert await keep(writers, PDF, "1Z2") == first
    answer = await client.get(first)
    assert (answer.content, answer.headers["Content-Type"]) == (PDF.content, "application/pdf")
    assert await reference(writers) == "1Z2"


async def test_a_voided_label_is_gone(client: httpx2.AsyncClient, writers: Writers) -> None:
    url = await keep(writers)
    assert await reference(writers) == "1Z1"
    async with writers.transaction(SYSTEM) as tx:
        await forget_label(tx, SHIPMENT)
    assert (await client.get(url)).status_code == 404
    assert await reference(writers) is None
