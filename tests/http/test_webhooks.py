"""Events from outside: which are taken in, and that each is taken in once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from starlette.applications import Starlette

from app.connectors.registry import Registry
from app.domain.actor import SYSTEM
from app.http.webhooks import webhooks
from app.sandbox.data import StripeAccount
from app.sandbox.stripe.account import Account
from app.sandbox.stripe.signature import signature
from app.sandbox.stripe.wire import StripeApp
from app.sandbox.webhook_sender import WebhookOrder
from app.stores.engine import open_writers
from app.stores.transaction import Writers
from tests.connectors.vendor_rows import make_config
from tests.serving import served

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
KEPT = "SELECT source_key, external_event_id, sent_at, body::text, processed_at FROM webhook_deliveries"
JOBS = "SELECT entrypoint, dedupe_key, convert_from(payload, 'UTF8')::jsonb::text FROM jobs.pgqueuer"
SENT = {"id": "evt_1", "type": "charge.refunded", "created": NOW_S - 60, "data": {"object": {"id": "ch_1"}}}
BODY = orjson.dumps(SENT)
BYTES_MAX = 10_000


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=3)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("INSERT INTO sources (key, name, kind) VALUES ('stripe', 'Stripe', 'PAYMENT')")
    yield writers
    await writers.close()


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    configs = [make_config("stripe", "http://stripe.test"), make_config("salesforce", "http://crm.test")]
    registry = Registry(configs)
    yield registry
    await registry.close()


@pytest.fixture
def told() -> list[tuple[str, str]]:
    """What was counted."""
    return []


@pytest.fixture
def app(registry: Registry, writers: Writers, told: list[tuple[str, str]]) -> Starlette:
    def hear(*what: str) -> None:
        told.append((what[0], what[1]))

    route = webhooks(registry.webhook_receiver, writers, body_bytes_max=BYTES_MAX, told=hear, now=lambda: NOW)
    return Starlette(routes=[route])


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://junction") as client:
        yield client


async def rows(writers: Writers, sql: str) -> list[tuple[Any, ...]]:
    async with writers.transaction(SYSTEM) as tx:
        return [tuple(row) for row in await tx.rows(sql)]


async def send(
    client: httpx2.AsyncClient, body: bytes = BODY, *, signed: str | None = None, source: str = "stripe"
) -> httpx2.Response:
    headers = {"Stripe-Signature": signature(body, NOW_S) if signed is None else signed}
    return await client.post(f"/webhooks/{source}", content=body, headers=headers)


async def test_an_event_is_kept_with_a_job(client: httpx2.AsyncClient, writers: Writers) -> None:
    answer = await send(client)
    assert (answer.status_code, answer.content) == (204, b"")
    [(source, event, sent_at, body, processed_at)] = await rows(writers, KEPT)
    assert (source, event, sent_at, processed_at) == ("stripe", "evt_1", NOW - timedelta(minutes=1), None)
    assert orjson.loads(body) == SENT
    assert await rows(writers, JOBS) == [
        ("webhook.process", "webhook.process:stripe:payment ch_1", '{"source": "stripe", "subject": "payment ch_1"}')
    ]


async def test_events_of_one_subject_share_a_job_and_one_without_has_its_own(
    client: httpx2.AsyncClient, writers: Writers
) -> None:
    for event in ({**SENT, "id": "evt_2"}, {**SENT, "id": "evt_3"}, {**SENT, "id": "evt_4", "data": None}):
        assert (await send(client, orjson.dumps(event))).status_code == 204
    [(alone,)] = await rows(writers, "SELECT id::text FROM webhook_deliveries WHERE subject = ''")
    assert sorted(key for _, key, _ in await rows(writers, JOBS)) == sorted(
        [f"webhook.process:{alone}", "webhook.process:stripe:payment ch_1"]
    )


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"note": "a\0b", "\0more": ["\0"]}, {"note": "ab", "more": [""]}),
        ({"count": 10**30}, {"count": 10**30}),
        ({"id": "evt\0_1", "data": {"object": {"id": "ch\0_1"}}}, {}),
    ],
)
async def test_whatever_the_sender_vouches_for_is_kept(
    client: httpx2.AsyncClient, writers: Writers, change: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert (await send(client, json.dumps({**SENT, **change}).encode())).status_code == 204
    [(_, event, _, body, _)] = await rows(writers, KEPT)
    assert (event, json.loads(body)) == ("evt_1", {**SENT, **kept})
    assert [key for _, key, _ in await rows(writers, JOBS)] == ["webhook.process:stripe:payment ch_1"]


async def test_an_event_sent_often_is_kept_once(
    client: httpx2.AsyncClient, writers: Writers, told: list[tuple[str, str]]
) -> None:
    answers = await asyncio.gather(*(send(client) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [204] * 5
    assert len(await rows(writers, KEPT)) == len(await rows(writers, JOBS)) == 1
    assert sorted(told) == [("stripe", "kept"), *[("stripe", "repeated")] * 4]


@pytest.mark.parametrize(
    ("signed", "reason"),
    [
        ("", "the signature is missing or malformed"),
        (signature(BODY, NOW_S, secret="whsec_guess"), "the signature is wrong"),
        (signature(BODY + b" ", NOW_S), "the signature is wrong"),
        (signature(BODY, NOW_S - 301), "the signature is more than 300 s old, or our clock is wrong"),
    ],
)
async def test_what_is_not_signed_is_not_kept_but_counted(
    client: httpx2.AsyncClient, writers: Writers, told: list[tuple[str, str]], signed: str, reason: str
) -> None:
    answer = await send(client, signed=signed)
    assert (answer.status_code, answer.json()) == (401, {"error": f"This is not from stripe: {reason}."})
    assert await rows(writers, KEPT) == await rows(writers, JOBS) == []
    assert told == [("stripe", "unauthentic")]


@pytest.mark.parametrize("source", ["salesforce", "nobody", ""])
async def test_only_sources_that_send_events_have_an_address(
    client: httpx2.AsyncClient, writers: Writers, told: list[tuple[str, str]], source: str
) -> None:
    assert (await send(client, source=source)).status_code == 404
    assert await rows(writers, KEPT) == told == []


async def test_nonsense_is_refused_though_it_is_signed(
    client: httpx2.AsyncClient, writers: Writers, told: list[tuple[str, str]]
) -> None:
    answer = await send(client, b"[]")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the event cannot be read: ")
    assert (await rows(writers, KEPT), told) == ([], [("stripe", "unreadable")])


async def test_a_body_has_its_limit(client: httpx2.AsyncClient, writers: Writers) -> None:
    answer = await send(client, orjson.dumps({**SENT, "more": "x" * BYTES_MAX}))
    assert (answer.status_code, answer.json()) == (413, {"error": "The body may have 10000 bytes at most."})
    assert await rows(writers, KEPT) == []


async def test_a_body_that_does_not_come_is_not_waited_for(registry: Registry, writers: Writers) -> None:
    route = webhooks(registry.webhook_receiver, writers, body_bytes_max=BYTES_MAX, timeout_s=0.02)
    transport = httpx2.ASGITransport(Starlette(routes=[route]))

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
        answer = await client.post("/webhooks/stripe", content=never())
    assert (answer.status_code, answer.json()["error"]) == (503, "Taking the event in took too long; send it again.")


async def test_only_a_post_is_an_event(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/webhooks/stripe")).status_code == 405


async def test_the_sandboxs_events_arrive_over_http_in_any_order_and_twice(app: Starlette, writers: Writers) -> None:
    async def not_a_second(_seconds: float) -> None:
        """Between attempts."""

    stripe = StripeApp(StripeAccount(), now=lambda: float(NOW_S), sleep=not_a_second)
    async with served(app) as address:
        order = WebhookOrder(f"{address}/webhooks/stripe", copies=2, is_held=True)
        await stripe.webhooks.set(order)
        pay(stripe.account)
        assert await stripe.webhooks.release(is_reversed=True) == 3
        await stripe.webhooks.close()
    kept = "SELECT body ->> 'type' FROM webhook_deliveries ORDER BY id"
    types = ["payment_intent.succeeded", "charge.captured", "payment_intent.amount_capturable_updated"]
    assert [type_ for (type_,) in await rows(writers, kept)] == types


def pay(account: Account) -> None:
    intent = account.create({"amount": 100, "currency": "usd", "payment_method": "pm_card_visa"}, "a-1")
    account.capture(intent["id"], {}, "c-1")
