"""Every request we send, and every answer of the sandbox, is one of Stripe's published API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from app.connectors.ports.payment import PaymentGateway
from app.connectors.registry import Registry
from app.domain.money import Money
from app.domain.payment import TransactionKind
from app.sandbox.data import StripeAccount
from app.sandbox.stripe.account import Account
from app.sandbox.stripe.objects import VERSION
from app.sandbox.stripe.wire import StripeApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import make_config
from tests.specifications import stripe
from tests.specifications.recorder import exchange_of

pytestmark = pytest.mark.skipif(not stripe.FILE.exists(), reason="needs ../shared/specs/stripe, which is not here")
Json = dict[str, Any]


class Recorder(httpx2.AsyncBaseTransport):
    def __init__(self, app: StripeApp) -> None:
        self._http = httpx2.ASGITransport(app.asgi)
        self.exchanges: list[tuple[httpx2.Request, httpx2.Response]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._http.handle_async_request(request)
        await response.aread()
        self.exchanges.append((request, response))
        return response


EUR = Money(5_000, "EUR")


async def everything(gateway: PaymentGateway, deadline: float) -> None:
    """Each request that we can send, and each kind of answer to it."""

    async def authorize(key: str, token: str) -> str:
        answer = await gateway.authorize(key, amount=EUR, token=token, metadata={"order": "1"}, deadline=deadline)
        return answer.reference or ""

    async def look_up(kind: TransactionKind, key: str, about: str) -> None:
        await gateway.look_up(
            key, kind=kind, amount=EUR, asked_at=FakeClock().now(), authorization_reference=about, deadline=deadline
        )

    held = await authorize("a-1", "cus_1:pm_card_visa")
    for token in ("pm_card_chargeDeclined", "pm_card_authenticationRequired", "pm_nobody"):
        await authorize(f"a-{token}", token)
    part, rest = Money(2_000, "EUR"), Money(3_000, "EUR")
    for key, amount, is_final in (("c-1", part, False), ("c-2", EUR, True), ("c-3", rest, True), ("c-4", part, True)):
        await gateway.capture(key, authorization_reference=held, amount=amount, is_final=is_final, deadline=deadline)
    for key, amount in (("r-1", part), ("r-2", EUR)):
        await gateway.refund(key, authorization_reference=held, amount=amount, deadline=deadline)
    other = await authorize("a-2", "pm_card_visa")
    for key in ("v-1", "v-2"):
        await gateway.void(key, authorization_reference=other, amount=EUR, deadline=deadline)
    for kind, key in (("AUTHORIZATION", "a-1"), ("CAPTURE", "c-1"), ("VOID", "v-1"), ("REFUND", "r-1")):
        await look_up(TransactionKind(kind), key, held)
        await look_up(TransactionKind(kind), key, "pi_nobody")


async def exchanges() -> list[tuple[httpx2.Request, httpx2.Response]]:
    clock = FakeClock()
    recorder = Recorder(StripeApp(StripeAccount(), now=lambda: clock.now().timestamp()))
    registry = Registry([make_config("stripe", "http://stripe.test")], http=recorder, clock=clock.as_clock())
    gateway = registry.payment_gateway("stripe")
    assert gateway is not None
    await everything(gateway, clock.monotonic() + 60)
    await registry.close()
    return recorder.exchanges


async def test_requests_and_answers_are_as_the_specification_says() -> None:
    sent = await exchanges()
    operations = {(request.method, request.url.path.rpartition("/")[2]) for request, _ in sent}
    assert len(sent) == 21
    assert operations >= {("POST", "payment_intents"), ("POST", "capture"), ("POST", "cancel"), ("POST", "refunds")}
    assert {response.status_code for _, response in sent} == {200, 400, 402, 404}
    assert [found for each in sent for found in stripe.violations(exchange_of(*each))] == []


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("amount=x&currency=eur", "'x' is not of type 'integer'"),
        ("amount=1", "'currency' is a required property"),
        ("amount=1&currency=eur&capture=manual", "Additional properties are not allowed ('capture' was unexpected)"),
    ],
)
def test_a_wrong_request_is_not(form: str, message: str) -> None:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": "k",
        "Stripe-Version": VERSION,
    }
    request = httpx2.Request("POST", "http://stripe.test/v1/payment_intents", content=form, headers=headers)
    refused = httpx2.Response(400, json={"error": {"type": "invalid_request_error"}})
    assert [each.reason for each in stripe.violations(exchange_of(request, refused))] == [message]


def test_what_is_excused_is_not_in_the_file() -> None:
    text = stripe.FILE.read_text()
    assert [path for path in stripe.NEWER if f'"{path[-1]}"' in text] == []
    assert stripe.specification()["info"]["version"] == VERSION


def test_events_of_the_sandbox_could_be_stripes() -> None:
    events: list[Mapping[str, Any]] = []
    account = Account(StripeAccount(), now=lambda: datetime(2026, 11, 1, tzinfo=UTC).timestamp(), tell=events.append)
    for card in ("pm_card_createDispute", "pm_card_pendingRefund"):
        intent = account.create({"amount": 100, "currency": "usd", "payment_method": card}, "a")
        account.capture(intent["id"], {}, "c")
        account.refund({"payment_intent": intent["id"]}, "r")
    account.settle_refunds()
    held = account.create({"amount": 100, "currency": "usd", "payment_method": "pm_card_visa"}, "a")
    account.cancel(held["id"], "v")
    told = {event["type"]: event for event in events}
    assert told.keys() == {
        "charge.captured",
        "charge.dispute.created",
        "charge.refund.updated",
        "charge.refunded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.succeeded",
    }
    assert [found for event in told.values() for found in stripe.event_violations(dict(event))] == []
