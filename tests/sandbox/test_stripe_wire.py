"""The sandboxed Stripe, asked as any client would: keys, and events to one address."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.sandbox.app import close_sandbox, create_sandbox, send_events_to
from app.sandbox.data import STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, SandboxData, StripeAccount
from app.sandbox.server import serve_sandbox
from app.sandbox.stripe.objects import VERSION
from app.sandbox.stripe.signature import signature
from app.sandbox.stripe.wire import StripeApp
from tests.serving import served

HEADERS = {"Authorization": f"Bearer {STRIPE_SECRET_KEY}", "Stripe-Version": VERSION}
TOKEN = {"Authorization": "Bearer control"}
FORM = {
    "amount": "100",
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "payment_method_types[]": "card",
    "confirm": "true",
    "off_session": "true",
}
ClientOf = Callable[[ASGIApp], httpx2.AsyncClient]
Row = dict[str, Any]


def keyed(key: str) -> dict[str, str]:
    return {**HEADERS, "Idempotency-Key": key}


async def create(client: httpx2.AsyncClient, key: str | None = None, **form: str) -> httpx2.Response:
    headers = keyed(key) if key else HEADERS
    return await client.post("/v1/payment_intents", data={**FORM, **form}, headers=headers)


async def test_a_key_replays_the_answer_and_a_declined_one_too(client_of: ClientOf) -> None:
    app = StripeApp(StripeAccount())
    client = client_of(app.asgi)
    for key, card, status in (("k-1", "pm_card_visa", 200), ("k-2", "pm_card_chargeDeclined", 402)):
        first = await create(client, key, payment_method=card)
        again = await create(client, key, payment_method=card)
        assert (first.status_code, again.status_code) == (status, status)
        assert again.content == first.content
        assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(app.account.intents) == 2
    assert app.effects.shown() == {"authorization": {"k-1": 1}}


async def test_a_key_goes_with_one_request(client_of: ClientOf) -> None:
    app = StripeApp(StripeAccount())
    client = client_of(app.asgi)
    await create(client, "k")
    other = await create(client, "k", amount="101")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    elsewhere = await client.post("/v1/refunds", data=FORM, headers=keyed("k"))
    assert (elsewhere.status_code, elsewhere.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(app.account.intents) == 1


async def test_a_request_that_is_not_in_order_leaves_its_key_free(client_of: ClientOf) -> None:
    app = StripeApp(StripeAccount())
    client = client_of(app.asgi)
    wrong = await create(client, "k", amount="1.5")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "parameter_invalid_integer")
    assert (await create(client, "k")).status_code == 200


async def test_without_a_key_everything_is_done_again(client_of: ClientOf) -> None:
    app = StripeApp(StripeAccount())
    client = client_of(app.asgi)
    await create(client)
    await create(client)
    assert len(app.account.intents) == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer sk_other"}, 401), ({"Authorization": HEADERS["Authorization"]}, 400)],
    ids=["no key", "another key", "no version"],
)
async def test_it_wants_the_secret_key_and_its_version(
    client_of: ClientOf, headers: dict[str, str], status: int
) -> None:
    app = StripeApp(StripeAccount())
    answer = await client_of(app.asgi).post("/v1/payment_intents", data=FORM, headers=headers)
    assert answer.status_code == status
    assert app.account.intents == {}


async def test_the_key_may_come_as_a_user_without_a_password(client_of: ClientOf) -> None:
    ask = client_of(StripeApp(StripeAccount()).asgi).get
    version = {"Stripe-Version": VERSION}
    answer = await ask("/v1/payment_intents", headers=version, auth=(STRIPE_SECRET_KEY, ""))
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert (await ask("/v1/payment_intents", headers=version, auth=("sk_other", ""))).status_code == 401


async def test_cards_alone_need_no_return_url(client_of: ClientOf) -> None:
    client = client_of(StripeApp(StripeAccount()).asgi)
    form = {name: value for name, value in FORM.items() if name != "payment_method_types[]"}
    answer = await client.post("/v1/payment_intents", data=form, headers=HEADERS)
    assert answer.status_code == 400
    assert "return_url" in answer.json()["error"]["message"]


async def test_a_customer_who_is_there_is_asked(client_of: ClientOf) -> None:
    client = client_of(StripeApp(StripeAccount()).asgi)
    answer = await create(client, payment_method="pm_card_authenticationRequired", off_session="false")
    assert (answer.status_code, answer.json()["status"]) == (200, "requires_action")


class Inbox:
    """An address that events come to."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        """To answer with, before 200."""
        self.arrived = asyncio.Event()
        self.app = Starlette(routes=[Route("/webhooks/stripe", self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        self.received.append((await request.body(), request.headers["Stripe-Signature"]))
        self.arrived.set()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
async def client(naps: list[float]) -> AsyncIterator[httpx2.AsyncClient]:
    async def nap(seconds: float) -> None:
        naps.append(seconds)

    sandbox = create_sandbox(SandboxData(stripe={"stripe": StripeAccount()}), control_token="control", sleep=nap)
    running = await serve_sandbox(sandbox)
    async with httpx2.AsyncClient(base_url=running.base_url) as opened:
        yield opened
    await close_sandbox(sandbox)
    await running.close()


@pytest.fixture
async def inbox() -> Inbox:
    return Inbox()


async def control(client: httpx2.AsyncClient, path: str, body: Row) -> httpx2.Response:
    return await client.post(f"/_control/sources/stripe/{path}", json=body, headers=TOKEN)


async def pay(client: httpx2.AsyncClient, key: str) -> None:
    answer = await client.post("/stripe/v1/payment_intents", data=FORM, headers=keyed(key))
    assert answer.status_code == 200


async def test_an_event_comes_signed(client: httpx2.AsyncClient, inbox: Inbox) -> None:
    async with served(inbox.app) as address:
        await control(client, "webhooks", {"url": f"{address}/webhooks/stripe"})
        await pay(client, "k")
        await inbox.arrived.wait()
    [(body, signed)] = inbox.received
    assert signed == signature(body, int(signed.partition("t=")[2].partition(",")[0]), secret=STRIPE_WEBHOOK_SECRET)
    assert b'"type":"payment_intent.amount_capturable_updated"' in body
    assert b'"idempotency_key":"k"' in body


async def test_all_sources_send_their_events_to_one_server(inbox: Inbox) -> None:
    sandbox = create_sandbox(SandboxData(stripe={"stripe": StripeAccount()}), control_token="control")
    async with served(inbox.app) as address, served(sandbox) as vendors, httpx2.AsyncClient(base_url=vendors) as client:
        await send_events_to(sandbox, address)
        await pay(client, "k")
        await inbox.arrived.wait()
        await close_sandbox(sandbox)
    assert len(inbox.received) == 1


async def test_events_held_come_later_twice_and_in_another_order(client: httpx2.AsyncClient, inbox: Inbox) -> None:
    async with served(inbox.app) as address:
        await control(client, "webhooks", {"url": f"{address}/webhooks/stripe", "is_held": True, "copies": 2})
        for key in ("k-1", "k-2"):
            await pay(client, key)
        assert inbox.received == []
        released = await control(client, "webhooks/release", {"is_reversed": True})
        assert released.json() == {"released": 2}
    keys = [body.partition(b'"idempotency_key":"')[2][:3] for body, _ in inbox.received]
    assert keys == [b"k-2", b"k-2", b"k-1", b"k-1"]
    assert len({body for body, _ in inbox.received}) == 2


async def test_an_event_that_was_not_taken_comes_again(
    client: httpx2.AsyncClient, inbox: Inbox, naps: list[float]
) -> None:
    inbox.statuses = [500, 503]
    async with served(inbox.app) as address:
        order = {"url": f"{address}/webhooks/stripe", "is_held": True, "delay_ms": 1_500}
        await control(client, "webhooks", order)
        await pay(client, "k")
        await control(client, "webhooks/release", {})
    assert len(inbox.received) == 3
    assert naps == [1.5, 0.5, 1.0]


@pytest.mark.parametrize("body", [{}, {"url": None, "copies": 0}, {"url": None, "speed": 1}])
async def test_a_webhook_order_that_makes_no_sense_is_refused(client: httpx2.AsyncClient, body: Row) -> None:
    assert (await control(client, "webhooks", body)).status_code == 400


async def test_control_wants_its_token_here_too(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/_control/sources/stripe/webhooks", json={"url": None})).status_code == 401


async def test_effects_are_counted_by_key(client: httpx2.AsyncClient) -> None:
    for key in ("k-1", "k-2", "k-1"):
        await pay(client, key)
    shown = (await client.get("/_control/effects", headers=TOKEN)).json()
    assert shown == {"sources": {"stripe": {"authorization": {"k-1": 1, "k-2": 1}}}}
