"""Shopify's own: errors inside a 200, the cost bucket, ids in two forms, what a profile says."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.connectors.contract import SourceFailure, SourceGarbled, SourceRefused, SourceThrottled, SourceUnavailable
from app.connectors.ports.storefront import StorefrontProfileRecord, StorefrontProfileSource
from app.connectors.registry import Registry
from app.connectors.transport import HttpTransport
from app.domain.money import Money
from app.sandbox.data import ShopifyShop
from app.sandbox.shopify.wire import ShopifyApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import customer_gid, make_config, make_customer


def connect(http: HttpTransport, clock: FakeClock) -> StorefrontProfileSource:
    config = make_config("shopify", "http://shopify.test")
    connector = Registry([config], http=http, clock=clock.as_clock())["shopify"]
    assert isinstance(connector, StorefrontProfileSource)
    return connector


def answering(body: Mapping[str, Any]) -> HttpTransport:
    async def answer(request: httpx2.Request) -> httpx2.Response:
        is_token = request.url.path.endswith("/access_token")
        return httpx2.Response(200, json={"access_token": "t"} if is_token else body)

    return httpx2.MockTransport(answer)


async def profile(clock: FakeClock, **fields: Any) -> StorefrontProfileRecord:
    shop = ShopifyApp(ShopifyShop([make_customer(1, **fields)]), monotonic=clock.monotonic)
    connector = connect(httpx2.ASGITransport(shop.asgi), clock)
    record = (await connector.profiles(["1"], deadline=clock.monotonic() + 60))["1"]
    assert record is not None
    return record


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_an_id_is_a_number_or_a_gid(clock: FakeClock) -> None:
    shop = ShopifyApp(ShopifyShop([make_customer(1)]), monotonic=clock.monotonic)
    connector = connect(httpx2.ASGITransport(shop.asgi), clock)
    asked = ["1", customer_gid(1), "gid://shopify/Order/1", "one"]
    found = await connector.profiles(asked, deadline=clock.monotonic() + 60)
    assert {id_: record and record.external_id for id_, record in found.items()} == {
        "1": "1",
        customer_gid(1): customer_gid(1),
        "gid://shopify/Order/1": None,
        "one": None,
    }


@pytest.mark.parametrize(
    ("state", "accepts"),
    [("SUBSCRIBED", True), ("PENDING", False), ("NOT_SUBSCRIBED", False), ("UNSUBSCRIBED", False), ("INVALID", None)],
)
async def test_marketing_is_accepted_only_when_subscribed(clock: FakeClock, state: str, accepts: bool | None) -> None:
    address = {"emailAddress": "ada@example.com", "marketingState": state}
    record = await profile(clock, defaultEmailAddress=address)
    assert record.accepts_marketing is accepts


async def test_a_customer_without_an_address_has_neither_email_nor_consent(clock: FakeClock) -> None:
    record = await profile(clock, defaultEmailAddress=None)
    assert (record.email, record.accepts_marketing) == (None, None)


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [("1250.0", "JPY", Money(1250, "JPY")), ("0.0", "USD", Money(0, "USD")), ("1.234", "KWD", Money(1234, "KWD"))],
)
async def test_amounts_keep_their_currencys_digits(clock: FakeClock, amount: str, currency: str, money: Money) -> None:
    record = await profile(clock, amountSpent={"amount": amount, "currencyCode": currency})
    assert record.amount_spent == money


async def test_a_customer_that_makes_no_sense_is_garbled(clock: FakeClock) -> None:
    half_a_yen = {"amount": "1.5", "currencyCode": "JPY"}
    with pytest.raises(SourceGarbled, match=r"^shopify sent a customer that cannot be read$"):
        await profile(clock, amountSpent=half_a_yen)


async def test_a_throttled_query_waits_until_the_bucket_holds_its_cost(clock: FakeClock) -> None:
    shop = ShopifyApp(ShopifyShop([make_customer(1)]), monotonic=clock.monotonic)
    connector = connect(httpx2.ASGITransport(shop.asgi), clock)
    shop.bucket.take(1_850)  # 150 of 2000 are left, 100 come back each second
    numbers = [str(number) for number in range(100)]
    found = await connector.profiles(numbers, deadline=clock.monotonic() + 2)
    assert clock.pauses_s == [1.5]  # 100 customers cost 300
    assert [id_ for id_, record in found.items() if record] == ["1"]


async def test_a_wait_beyond_the_deadline_fails_at_once(clock: FakeClock) -> None:
    shop = ShopifyApp(ShopifyShop([make_customer(1)]), monotonic=clock.monotonic)
    connector = connect(httpx2.ASGITransport(shop.asgi), clock)
    shop.bucket.take(2_000)
    with pytest.raises(SourceThrottled, match=r"^shopify asks for fewer requests \(THROTTLED\)$") as throttled:
        await connector.profiles([str(number) for number in range(100)], deadline=clock.monotonic() + 2)
    assert throttled.value.retry_after_s == 3
    assert clock.pauses_s == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ACCESS_DENIED", SourceRefused),
        ("MAX_COST_EXCEEDED", SourceRefused),
        ("INTERNAL_SERVER_ERROR", SourceUnavailable),
        ("THROTTLED", SourceThrottled),
    ],
)
async def test_an_error_in_a_200_is_read_by_its_code(
    clock: FakeClock, code: str, expected: type[SourceFailure]
) -> None:
    body = {"data": {"nodes": []}, "errors": [{"message": "secret detail", "extensions": {"code": code}}]}
    with pytest.raises(SourceFailure) as failure:
        await connect(answering(body), clock).profiles(["1"], deadline=clock.monotonic() + 60)
    assert type(failure.value) is expected
    assert code in failure.value.message
    assert "secret detail" not in failure.value.message


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"nodes": [{"id": "1"}]}}, {"data": {"nodes": None}}])
async def test_an_answer_without_data_is_garbled(clock: FakeClock, body: dict[str, Any]) -> None:
    with pytest.raises(SourceGarbled):
        await connect(answering(body), clock).profiles(["1"], deadline=clock.monotonic() + 60)


async def test_what_would_be_throttled_waits_before_it_is_sent(clock: FakeClock) -> None:
    """Shopify says with each answer what its bucket holds; a document's cost is known once it was asked for."""
    shop = ShopifyApp(ShopifyShop([make_customer(1)]), monotonic=clock.monotonic)
    connector = connect(httpx2.ASGITransport(shop.asgi), clock)
    numbers = [str(number) for number in range(200)]
    await connector.profiles(numbers, deadline=clock.monotonic() + 60)  # 600 points each
    shop.bucket.take(1_900)
    await connector.profiles(["1"], deadline=clock.monotonic() + 60)  # so that it is told what is left
    with capture_logs() as logs:
        await connector.profiles(numbers, deadline=clock.monotonic() + 60)
    assert clock.pauses_s == [5.07]  # 94 are left of the 601 that are wanted, and 100 come back each second
    assert [entry["event"] for entry in logs if entry["event"] == "source failed"] == []
