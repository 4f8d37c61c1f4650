"""Notifications from the store to a real SMTP server: what they say, and that each goes out once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.notifier import Notifier, NullNotifier
from app.connectors.registry import Registry
from app.connectors.smtp import SmtpNotifier, SmtpServer
from app.domain.actor import SYSTEM
from app.domain.notification import NotificationKind
from app.stores.engine import open_writers
from app.stores.jobs import Job
from app.stores.notifications import Content
from app.stores.transaction import Writers
from app.workflows.job_attempt import Ended, PickedJob, attempt
from app.workflows.jobs import JOBS, give_up
from app.workflows.notification_text import words
from app.workflows.notify import notification
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.work import Work
from tests.connectors.smtp_server import Server, listening

KIND = NotificationKind
AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
ORDER = """
INSERT INTO orders (number, management, status, fulfillment_status, payment_status, return_status, channel, currency,
                    subtotal_minor, discount_minor, shipping_minor, tax_minor, total_minor, placed_at,
                    contact_name, contact_email)
VALUES ('1001', 'MANAGED', 'CONFIRMED', 'UNFULFILLED', 'AUTHORIZED', 'NONE', 'web', 'EUR',
        19900, 1000, 490, 3000, 22390, $1, 'Ada <Lovelace>', 'ada@example.com') RETURNING id
"""
LINES = """
INSERT INTO order_lines (order_id, position, sku, title, currency, unit_price_minor, total_minor, ordered, canceled)
VALUES ($1, 1, 'A', 'Trail & Road Shoe', 'EUR', 9950, 19900, 3, 1), ($1, 2, 'B', 'Sock', 'EUR', 0, 0, 1, 1)
RETURNING id
"""
SHIPMENT = """
INSERT INTO shipments (number, status, order_id, tracking_number, tracking_url, estimated_delivery_at)
VALUES ('S-1', $2, $1, '1Z999', $3, $4) RETURNING id
"""


class Told(NamedTuple):
    order: UUID
    shipment: UUID
    refund: UUID


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=2)
    yield writers
    await writers.close()


@pytest.fixture
async def told(writers: Writers) -> Told:
    async with writers.transaction(SYSTEM) as tx:
        order = await tx.value(ORDER, AT)
        line = await tx.value(LINES, order)
        shipment = await tx.value(SHIPMENT, order, "IN_TRANSIT", "https://ups.example/?n=1&l=en", AT)
        await tx.run(
            "INSERT INTO shipment_lines (shipment_id, order_line_id, quantity) VALUES ($1, $2, 2)", shipment, line
        )
        await tx.run("INSERT INTO sources (key, name, kind) VALUES ('stripe', 'Stripe', 'PAYMENT')")
        payment = await tx.value(
            "INSERT INTO payments (order_id, status, gateway_key, method, currency, amount_minor)"
            " VALUES ($1, 'PARTIALLY_REFUNDED', 'stripe', 'card', 'EUR', 22390) RETURNING id",
            order,
        )
        refund = await tx.value(
            "INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency, at)"
            " VALUES ($1, 'REFUND', 'SUCCESS', 9950, 'EUR', $2) RETURNING id",
            payment,
            AT,
        )
    return Told(order, shipment, refund)


async def tell(writers: Writers, notifier: Notifier, kind: NotificationKind, order: UUID, subject: UUID) -> None:
    job = notification(kind, order, subject)
    await JOBS[job.name].run(job.data, Work(writers, Registry(()), Policy(), configured_routing(), notifier))


async def records(writers: Writers) -> list[tuple[Any, ...]]:
    async with writers.transaction(SYSTEM) as tx:
        sql = "SELECT kind, recipient, status, attempts, sent_at IS NOT NULL FROM notifications ORDER BY kind"
        return [tuple(row) for row in await tx.rows(sql)]


def smtp(address: str) -> SmtpNotifier:
    return SmtpNotifier(SmtpServer.parse(f"smtp://{address}"), "Shop <orders@shop.example>")


async def test_a_confirmation_lists_what_was_ordered_and_what_it_costs(writers: Writers, told: Told) -> None:
    server = Server()
    with listening(server) as address:
        await tell(writers, smtp(address), KIND.ORDER_CONFIRMED, told.order, told.order)
    (mail,) = server.taken
    assert mail["Message-ID"] == f"<order_confirmed.{told.order.hex}@shop.example>"
    assert mail["Subject"] == "Your order 1001 is confirmed"
    text, html = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]
    assert text == (
        "Hello Ada <Lovelace>,\n\nthank you for your order 1001 of 3 May 2026.\n\n  2 × Trail & Road Shoe\n\n"
        "Subtotal   199.00 EUR\nDiscount   -10.00 EUR\nShipping   4.90 EUR\nTax        30.00 EUR\n"
        "Total      223.90 EUR\n\nWe tell you as soon as it is on its way.\n"
    )
    assert "<p>Hello Ada &lt;Lovelace&gt;,</p>" in html
    assert "<li>2 × Trail &amp; Road Shoe</li>\n</ul>" in html
    assert "Sock" not in text + html
    assert await records(writers) == [("ORDER_CONFIRMED", "ada@example.com", "SENT", 1, True)]


async def test_a_shipment_is_told_with_its_link_and_a_refund_with_its_amount(writers: Writers, told: Told) -> None:
    server = Server()
    with listening(server) as address:
        await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
        await tell(writers, smtp(address), KIND.REFUNDED, told.order, told.refund)
    shipped, refunded = server.taken
    text, html = [part.get_content().replace("\r\n", "\n") for part in shipped.iter_parts()]
    assert text.endswith(
        "  2 × Trail & Road Shoe\n\nTracking number: 1Z999\nFollow it: https://ups.example/?n=1&l=en\n"
        "Expected on 3 May 2026.\n\n"
    )
    assert '<a href="https://ups.example/?n=1&amp;l=en">Follow it</a>' in html
    assert refunded["Subject"] == "99.50 EUR for your order 1001 are on their way back"


async def test_a_delivery_is_told_once_it_has_happened(writers: Writers, told: Told) -> None:
    server = Server()
    with listening(server) as address:
        await tell(writers, smtp(address), KIND.DELIVERED, told.order, told.shipment)
        assert (server.taken, await records(writers)) == ([], [])
        async with writers.transaction(SYSTEM) as tx:
            await tx.run("UPDATE shipments SET status = 'DELIVERED', delivered_at = $1", AT)
        await tell(writers, smtp(address), KIND.DELIVERED, told.order, told.shipment)
    (mail,) = server.taken
    text, _ = [part.get_content() for part in mail.iter_parts()]
    assert "shipment S-1 of your order 1001 was delivered on 3 May 2026:" in text


async def test_a_job_that_comes_twice_tells_once(writers: Writers, told: Told) -> None:
    server = Server()
    with listening(server) as address:
        for _ in range(2):
            await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
    assert len(server.taken) == 1
    assert await records(writers) == [("SHIPPED", "ada@example.com", "SENT", 1, True)]


async def test_what_the_server_puts_off_is_sent_by_the_next_attempt(writers: Writers, told: Told) -> None:
    server = Server()
    server.rcpt = "451 4.7.1 later"
    with listening(server) as address:
        with pytest.raises(SourceUnavailable):
            await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
        assert await records(writers) == [("SHIPPED", "ada@example.com", "SENDING", 1, False)]
        server.rcpt = "250 OK"
        await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
    assert [mail["Message-ID"] for mail in server.taken] == [f"<shipped.{told.shipment.hex}@shop.example>"]
    assert await records(writers) == [("SHIPPED", "ada@example.com", "SENT", 2, True)]


async def test_what_the_server_refuses_is_settled(writers: Writers, told: Told) -> None:
    server = Server()
    server.rcpt = "550 5.1.1 no such person"
    with listening(server) as address:
        with pytest.raises(SourceRefused):
            await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
        server.rcpt = "250 OK"
        await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
    assert server.taken == []
    assert await records(writers) == [("SHIPPED", "ada@example.com", "REFUSED", 1, False)]


async def test_without_a_server_or_an_address_nothing_is_sent_and_not_later_either(
    writers: Writers, told: Told
) -> None:
    server = Server()
    await tell(writers, NullNotifier(), KIND.SHIPPED, told.order, told.shipment)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE orders SET contact_email = NULL")
    with listening(server) as address:
        await tell(writers, smtp(address), KIND.SHIPPED, told.order, told.shipment)
        await tell(writers, smtp(address), KIND.REFUNDED, told.order, told.refund)
    assert server.taken == []
    assert await records(writers) == [
        ("REFUNDED", None, "SKIPPED", 1, False),
        ("SHIPPED", "ada@example.com", "SKIPPED", 1, False),
    ]


async def test_what_is_gone_or_never_happened_is_not_told(writers: Writers, told: Told) -> None:
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE orders SET status = 'CANCELED', canceled_at = $1", AT)
        await tx.run("UPDATE payment_transactions SET status = 'FAILURE'")
        await tx.run("UPDATE shipments SET status = 'CREATED'")
    server = Server()
    with listening(server) as address:
        for kind, subject in zip(KIND, (told.order, told.shipment, told.shipment, told.refund), strict=True):
            await tell(writers, smtp(address), kind, told.order, subject)
            await tell(writers, smtp(address), kind, told.order, uuid4())
    assert (server.taken, await records(writers)) == ([], [])


@pytest.mark.parametrize("url", [None, "javascript:alert(1)"])
def test_a_link_that_is_none_is_left_out(url: str | None) -> None:
    facts = {"number": "1", "shipment_number": "S-1", "tracking_url": url, "tracking_number": None, "expected_on": None}
    told = words(KIND.SHIPPED, Content(uuid4(), "a@b", "Ada", facts, [{"quantity": 1, "title": "Shoe"}]))
    assert "Follow it" not in told.text + told.html
    assert told.text.endswith("  1 × Shoe\n\n\n")


async def test_a_refusal_becomes_an_exception_of_the_order_and_an_outage_a_retry(writers: Writers, told: Told) -> None:
    server = Server()
    server.rcpt = "550 5.1.1 no such person"
    with listening(server) as address:
        work = Work(writers, Registry(()), Policy(), configured_routing(), smtp(address))
        refused = await attempted(notification(KIND.SHIPPED, told.order, told.shipment), work)
    put_off = await attempted(notification(KIND.REFUNDED, told.order, told.refund), work)
    assert (refused.outcome, put_off.outcome) == ("failed", "retried")
    async with writers.transaction(SYSTEM) as tx:
        raised = await tx.rows("SELECT order_id, category, status, message, attempts FROM order_exceptions")
    reason = "the mail server refuses the message or its recipient (550)"
    assert [tuple(row) for row in raised] == [(told.order, "notify.shipped", "OPEN", reason, 1)]


async def attempted(job: Job, work: Work) -> Ended:
    return await attempt(PickedJob(job.name, job.key, job.data, 1), JOBS[job.name], work, partial(give_up, work=work))
