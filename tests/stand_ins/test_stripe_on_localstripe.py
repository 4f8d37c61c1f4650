"""localstripe, a Stripe by somebody else with its own state, carries out what we ask, and signs what it tells us."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.connectors.ports.payment import FailureCode, PaymentGateway
from app.connectors.ports.webhook import Unauthentic
from app.connectors.registry import Registry
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus
from app.sandbox.data import STRIPE_WEBHOOK_SECRET
from app.sandbox.server import serve_sandbox
from tests.connectors.vendor_rows import make_config
from tests.stand_ins.program import free_port, running

SECRET_KEY = "sk_test_12345"
PROGRAM = Path(__file__).parent / "localstripe_on_loopback.py"
GOOD, DECLINED = "4242424242424242", "4000000000000341"
EUR_50 = Money(5_000, "EUR")
FOREVER = float("inf")
NOT_KNOWN = ("final_capture", "cancellation_reason", "metadata")
"""Of Stripe's parameters localstripe does not know these where an intent is captured or canceled."""


class Simplified(httpx2.AsyncHTTPTransport):
    """Leaves out the parameters that localstripe does not know, and nothing else."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST" and request.url.path.endswith(("/capture", "/cancel")):
            form = parse_qsl(request.content.decode())
            known = [(name, value) for name, value in form if name.partition("[")[0] not in NOT_KNOWN]
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            request = httpx2.Request(request.method, request.url, headers=headers, content=urlencode(known))
        return await super().handle_async_request(request)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("localstripe") / "log"
    with running([sys.executable, "-W", "ignore", str(PROGRAM), str(port)], port, log) as address:
        yield address


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[tuple[PaymentGateway, Registry]]:
    registry = Registry([make_config("stripe", address, secret_key=SECRET_KEY)], http=Simplified())
    gateway = registry.payment_gateway("stripe")
    assert gateway is not None
    yield gateway, registry
    await registry.close()


async def card(address: str, number: str) -> str:
    form = {
        "type": "card",
        "card[number]": number,
        "card[exp_month]": "12",
        "card[exp_year]": "2030",
        "card[cvc]": "123",
    }
    async with httpx2.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {SECRET_KEY}"}) as client:
        made = await client.post("/v1/payment_methods", data=form)
    token: str = made.json()["id"]
    return token


async def hold(gateway: PaymentGateway, token: str, key: str = "a") -> str:
    answer = await gateway.authorize(key, amount=EUR_50, token=token, metadata={"order": "1001"}, deadline=FOREVER)
    assert (answer.status, answer.amount) == (TransactionStatus.SUCCESS, EUR_50)
    assert answer.reference is not None
    return answer.reference


async def test_money_is_held_taken_and_given_back(address: str) -> None:
    token = await card(address, GOOD)
    async with connected(address) as (gateway, _):
        held = await hold(gateway, token)
        taken = await gateway.capture("c", authorization_reference=held, amount=EUR_50, is_final=True, deadline=FOREVER)
        assert (taken.status, taken.reference) == (TransactionStatus.SUCCESS, held)
        part = Money(2_000, "EUR")
        given = await gateway.refund("r", authorization_reference=held, amount=part, deadline=FOREVER)
        assert (given.status, given.amount) == (TransactionStatus.SUCCESS, part)
        found = await gateway.look_up(
            "r",
            kind=TransactionKind.REFUND,
            amount=part,
            asked_at=datetime.now(UTC),
            authorization_reference=held,
            deadline=FOREVER,
        )
        assert found == given


async def test_what_is_held_can_be_let_go_of(address: str) -> None:
    token = await card(address, GOOD)
    async with connected(address) as (gateway, _):
        held = await hold(gateway, token)
        gone = await gateway.void("v", authorization_reference=held, amount=EUR_50, deadline=FOREVER)
        assert gone.status is TransactionStatus.SUCCESS
        found = await gateway.look_up(
            "v",
            kind=TransactionKind.VOID,
            amount=EUR_50,
            asked_at=datetime.now(UTC),
            authorization_reference=held,
            deadline=FOREVER,
        )
        assert found == gone


async def test_a_declined_card_is_a_failure(address: str) -> None:
    token = await card(address, DECLINED)
    async with connected(address) as (gateway, _):
        answer = await gateway.authorize("a", amount=EUR_50, token=token, metadata={}, deadline=FOREVER)
    # Why, localstripe does not say as Stripe does: it calls every error an invalid request.
    assert answer.status is TransactionStatus.FAILURE


async def test_a_card_nobody_knows_is_a_failure(address: str) -> None:
    async with connected(address) as (gateway, _):
        answer = await gateway.authorize("a", amount=EUR_50, token="pm_nobody", metadata={}, deadline=FOREVER)
        assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.INVALID)


async def test_its_signature_is_taken_and_another_is_not(address: str) -> None:
    received: asyncio.Queue[tuple[Headers, bytes]] = asyncio.Queue()

    async def take(request: Request) -> Response:
        await received.put((request.headers, await request.body()))
        return Response(status_code=204)

    here = await serve_sandbox(Starlette(routes=[Route("/webhooks/stripe", take, methods=["POST"])]))
    where: dict[str, Any] = {"url": f"{here.base_url}/webhooks/stripe", "secret": STRIPE_WEBHOOK_SECRET}
    async with httpx2.AsyncClient(base_url=address) as client:
        await client.post("/_config/webhooks/ours", json=where)
    token = await card(address, GOOD)
    async with connected(address) as (gateway, registry):
        held = await hold(gateway, token)
        await gateway.capture("c", authorization_reference=held, amount=EUR_50, is_final=True, deadline=FOREVER)
        headers, body = await received.get()
        while b"payment_intent.succeeded" not in body or held.encode() not in body:
            headers, body = await received.get()
        receiver = registry.webhook_receiver("stripe")
        assert receiver is not None
        delivery = receiver.receive(headers, body, at=datetime.now(UTC))
        [report] = gateway.reports(delivery.body)
        # How much was received, localstripe leaves out.
        assert (report.kind, report.authorization_reference) == (TransactionKind.CAPTURE, held)
        with pytest.raises(Unauthentic, match=r"^the signature is wrong$"):
            receiver.receive(headers, body.replace(b"5000", b"5001"), at=datetime.now(UTC))
    await here.close()
