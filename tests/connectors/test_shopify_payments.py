"""Money of a shop's orders, where it differs from other gateways: notes of captures, refunds by capture, currencies."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.connectors.shopify.captures import NOTE_LIVES, write_notes
from app.connectors.shopify.held import next_there_minor
from app.connectors.shopify.payment_mapping import PaymentOrder
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus
from app.sandbox.shopify.checkout import Bought
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.payments import DECLINING
from tests.connectors.shopify_shop import Storefront, open_shop


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def shop() -> Storefront:
    return open_shop()


def place(shop: Storefront, **checkout: Any) -> Object:
    """For 100.00, authorized unless it says otherwise."""
    order = shop.place(Bought(sku="MUG", quantity=4), **checkout)
    first: Object = order["transactions"][0]
    return first


async def capture(shop: Storefront, held: Object, key: str, minor: int, *, final: bool = False) -> GatewayAnswer:
    return await shop.connector.capture(
        key, authorization_reference=held["id"], amount=usd(minor), is_final=final, deadline=shop.deadline
    )


async def refund(shop: Storefront, held: Object, key: str, minor: int) -> GatewayAnswer:
    return await shop.connector.refund(
        key, authorization_reference=held["id"], amount=usd(minor), deadline=shop.deadline
    )


async def look_up(shop: Storefront, held: Object, kind: TransactionKind, key: str) -> GatewayAnswer | None:
    return await shop.connector.look_up(
        key,
        kind=kind,
        amount=usd(1),
        asked_at=shop.clock.now(),
        authorization_reference=held["id"],
        deadline=shop.deadline,
    )


def amounts(held: Object, kind: str) -> list[str]:
    transactions = held["order"]["transactions"]
    return [each["amountSet"]["presentmentMoney"]["amount"] for each in transactions if each["kind"] == kind]


def notes(held: Object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(held["order"]["metafields"][("$app:junction", "captures")]["value"])
    return found


def rewrite(held: Object, change: dict[str, dict[str, Any]]) -> None:
    metafield = held["order"]["metafields"][("$app:junction", "captures")]
    metafield["value"] = json.dumps({key: note | change.get(key, {}) for key, note in notes(held).items()})


async def test_two_captures_of_one_amount_are_told_apart(shop: Storefront) -> None:
    held = place(shop)
    first = await capture(shop, held, "one", 4_000)
    second = await capture(shop, held, "two", 4_000)
    assert amounts(held, "CAPTURE") == ["40.00", "40.00"]
    assert await look_up(shop, held, TransactionKind.CAPTURE, "one") == first
    assert await look_up(shop, held, TransactionKind.CAPTURE, "two") == second
    assert await capture(shop, held, "two", 4_000) == second
    assert amounts(held, "CAPTURE") == ["40.00", "40.00"]


async def test_a_capture_is_found_among_many(shop: Storefront) -> None:
    held = place(shop)
    part = {"id": held["order"]["id"], "parentTransactionId": held["id"], "amount": "0.50", "finalCapture": False}
    for _ in range(85):
        shop.shop.capture(part)
    done = await capture(shop, held, "one", 1_000)
    assert done.status is TransactionStatus.SUCCESS
    assert await capture(shop, held, "one", 1_000) == done
    assert amounts(held, "CAPTURE") == ["0.50"] * 85 + ["10.00"]


async def test_while_one_capture_is_open_there_is_no_other(shop: Storefront) -> None:
    held = place(shop)
    await capture(shop, held, "one", 4_000)
    del held["order"]["transactions"][-1]  # as if it had never come
    assert await look_up(shop, held, TransactionKind.CAPTURE, "one") is None
    with pytest.raises(SourceUnavailable, match=r"^shopify is still at work on a capture$"):
        await capture(shop, held, "two", 4_000)
    assert amounts(held, "CAPTURE") == []
    await capture(shop, held, "one", 4_000)
    await capture(shop, held, "two", 4_000)
    assert amounts(held, "CAPTURE") == ["40.00", "40.00"]


async def test_a_note_that_nothing_came_of_is_forgotten_after_a_day(shop: Storefront) -> None:
    held = place(shop)
    await capture(shop, held, "one", 4_000)
    del held["order"]["transactions"][-1]
    rewrite(held, {"one": {"at": (datetime.now(UTC) - NOTE_LIVES - timedelta(minutes=1)).isoformat()}})
    done = await capture(shop, held, "two", 4_000)
    assert done.status is TransactionStatus.SUCCESS
    # The capture is not taken for the one that nothing came of.
    assert await look_up(shop, held, TransactionKind.CAPTURE, "one") is None
    assert await look_up(shop, held, TransactionKind.CAPTURE, "two") == done


async def test_somebody_elses_note_meanwhile_stops_us(shop: Storefront) -> None:
    held = place(shop)
    await capture(shop, held, "one", 1_000)
    seen = PaymentOrder(
        id=held["order"]["id"], presentment_currency_code="USD", transactions=[], refunds=[], metafield=None
    )
    with pytest.raises(SourceUnavailable, match=r"did not take the note of a capture \(STALE_OBJECT\)$"):
        await write_notes(shop.connector._api, seen, {}, deadline=shop.deadline)
    assert list(notes(held)) == ["one"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"authorizationExpiresAt": "2026-10-01T00:00:00Z"}, FailureCode.AUTHORIZATION_GONE),
        ({"gateway": DECLINING}, FailureCode.DECLINED),
    ],
    ids=["expired", "declined"],
)
async def test_a_capture_that_was_refused_leaves_no_note(
    shop: Storefront, change: dict[str, str], code: FailureCode
) -> None:
    held = place(shop)
    await capture(shop, held, "one", 1_000)
    as_it_was = dict(held)
    held |= change
    refused = await capture(shop, held, "two", 2_000)
    assert (refused.status, refused.code) == (TransactionStatus.FAILURE, code)
    assert list(notes(held)) == ["one"]
    held |= as_it_was
    # Nothing stands in the way of the next attempt, which has a key of its own.
    assert (await capture(shop, held, "three", 2_000)).status is TransactionStatus.SUCCESS


@pytest.mark.parametrize(
    ("final", "minor", "code"),
    [(False, 4_000, FailureCode.ONE_CAPTURE_ONLY), (True, 4_000, None), (False, 10_000, None)],
    ids=["the rest would be lost", "the last", "all of it"],
)
async def test_what_can_be_captured_once_is_captured_once(
    shop: Storefront, final: bool, minor: int, code: FailureCode | None
) -> None:
    held = place(shop, multi_capturable=False)
    answer = await capture(shop, held, "one", minor, final=final)
    assert answer.code == code
    again = await capture(shop, held, "two", 1)
    assert again.code == (code or FailureCode.AUTHORIZATION_GONE)


async def test_a_sale_is_refunded_and_neither_captured_nor_voided(shop: Storefront) -> None:
    held = place(shop, payment="sale")
    assert (await capture(shop, held, "one", 1_000)).code is FailureCode.AUTHORIZATION_GONE
    voided = await shop.connector.void(
        "v", authorization_reference=held["id"], amount=usd(10_000), deadline=shop.deadline
    )
    assert voided.code is FailureCode.AUTHORIZATION_GONE
    answer = await refund(shop, held, "r", 2_500)
    assert (answer.status, answer.amount) == (TransactionStatus.SUCCESS, usd(2_500))
    assert held["order"]["refunds"][0]["note"] == "junction:r 25.00 USD"
    assert await look_up(shop, held, TransactionKind.REFUND, "r") == answer


async def test_a_refund_is_spread_over_the_captures_the_earliest_first(shop: Storefront) -> None:
    held = place(shop)
    await capture(shop, held, "one", 3_000)
    await capture(shop, held, "two", 7_000)
    assert (await refund(shop, held, "a", 2_000)).amount == usd(2_000)
    answer = await refund(shop, held, "b", 5_000)
    assert (answer.status, answer.amount) == (TransactionStatus.SUCCESS, usd(5_000))
    assert amounts(held, "REFUND") == ["20.00", "10.00", "40.00"]
    assert await look_up(shop, held, TransactionKind.REFUND, "b") == answer


@pytest.mark.parametrize(("status", "told"), [("PENDING", "PENDING"), ("FAILURE", "FAILURE")])
async def test_a_refund_is_what_its_transactions_are(shop: Storefront, status: str, told: str) -> None:
    held = place(shop, payment="sale")
    await refund(shop, held, "r", 2_500)
    held["order"]["transactions"][-1]["status"] = status
    answer = await look_up(shop, held, TransactionKind.REFUND, "r")
    assert answer is not None
    assert answer.status.name == told


async def test_the_buyers_currency_is_asked_for_and_adds_up(shop: Storefront) -> None:
    held = place(shop, presentment_currency="EUR", presentment_rate="0.913")
    assert held["amountSet"]["presentmentMoney"] == {"amount": "91.30", "currencyCode": "EUR"}
    for key in ("one", "two"):
        assert (await capture(shop, held, key, 3_333)).status is TransactionStatus.SUCCESS
    assert (await capture(shop, held, "three", 3_334)).status is TransactionStatus.SUCCESS
    assert amounts(held, "CAPTURE") == ["30.43", "30.43", "30.44"]
    assert (await refund(shop, held, "r", 10_000)).status is TransactionStatus.SUCCESS
    assert amounts(held, "REFUND") == ["30.43", "30.43", "30.44"]


@pytest.mark.parametrize(("currency", "rate"), [("EUR", "0.5"), ("JPY", "149.37")], ids=["coarser", "finer"])
async def test_what_shopify_rounds_on_the_way_back_is_known_again(shop: Storefront, currency: str, rate: str) -> None:
    held = place(shop, presentment_currency=currency, presentment_rate=rate)
    for key, minor in (("one", 3_333), ("two", 3_333), ("three", 3_334)):
        captured = await capture(shop, held, key, minor)
        assert captured == GatewayAnswer(TransactionStatus.SUCCESS, usd(minor), held["id"])
        assert await look_up(shop, held, TransactionKind.CAPTURE, key) == captured
        assert await capture(shop, held, key, minor) == captured
    for key, minor in (("a", 3_335), ("b", 3_335), ("c", 3_330)):
        refunded = await refund(shop, held, key, minor)
        assert (refunded.status, refunded.amount) == (TransactionStatus.SUCCESS, usd(minor))
        assert await look_up(shop, held, TransactionKind.REFUND, key) == refunded
        assert await refund(shop, held, key, minor) == refunded
    assert len(amounts(held, "CAPTURE")) == 3
    for kind in ("CAPTURE", "REFUND"):
        assert str(sum(map(Decimal, amounts(held, kind)))) == held["amountSet"]["presentmentMoney"]["amount"]
    assert (await refund(shop, held, "d", 1)).code is FailureCode.EXCEEDS_REMAINING


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_parts_come_to_the_whole_in_the_buyers_currency(own: int, there: int, cuts: list[int]) -> None:
    ends = sorted({each % own for each in cuts} | {own})
    before = gone = 0
    for end in ends:
        part = next_there_minor(own, there, before, end - before, there - gone)
        assert 0 <= part <= there - gone
        before, gone = end, gone + part
    assert gone == there


async def test_a_refund_that_is_still_being_carried_out_did_not_fail(shop: Storefront) -> None:
    held = place(shop, payment="sale")
    done = await refund(shop, held, "r", 2_500)
    order = held["order"]
    made, given_back = order["refunds"].pop(), order["transactions"].pop()
    shop.app.keys.are_slow = True
    with pytest.raises(SourceUnavailable, match=r"^shopify is still at work \(IDEMPOTENCY_CONCURRENT_REQUEST\)$"):
        await refund(shop, held, "r", 2_500)
    shop.app.keys.are_slow = False
    with pytest.raises(SourceRefused, match=r"^shopify has seen this key with another request$"):
        await refund(shop, held, "r", 2_400)
    order["refunds"].append(made)
    order["transactions"].append(given_back)
    assert await refund(shop, held, "r", 2_500) == done
    assert amounts(held, "REFUND") == ["25.00"]


async def test_a_key_with_another_amount_is_refused(shop: Storefront) -> None:
    held = place(shop)
    await capture(shop, held, "one", 4_000)
    await refund(shop, held, "r", 1_000)
    for asked in (capture(shop, held, "one", 4_001), refund(shop, held, "r", 1_001)):
        with pytest.raises(SourceRefused, match=r"^shopify has seen this key with another request$"):
            await asked
    assert (amounts(held, "CAPTURE"), amounts(held, "REFUND")) == (["40.00"], ["10.00"])


async def test_another_currency_than_the_shops_is_invalid(shop: Storefront) -> None:
    held = place(shop)
    answer = await shop.connector.capture(
        "k", authorization_reference=held["id"], amount=Money(100, "EUR"), is_final=True, deadline=shop.deadline
    )
    assert answer.code is FailureCode.INVALID
    assert amounts(held, "CAPTURE") == []


async def test_money_is_authorized_in_the_checkout_alone(shop: Storefront) -> None:
    answer = await shop.connector.authorize("k", amount=usd(1), token="t", metadata={}, deadline=shop.deadline)
    assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.INVALID)
    assert answer.message is not None
    assert answer.message.endswith("take a further payment through another gateway.")
    assert shop.connector.reports({"topic": "orders/paid"}) == ()


async def test_what_has_expired_is_let_go_of(shop: Storefront) -> None:
    held = place(shop)
    held["authorizationExpiresAt"] = "2026-10-01T00:00:00Z"
    voided = await shop.connector.void(
        "v", authorization_reference=held["id"], amount=usd(10_000), deadline=shop.deadline
    )
    assert voided == GatewayAnswer(TransactionStatus.SUCCESS, usd(10_000), held["id"])
    assert amounts(held, "VOID") == []


async def test_what_was_let_go_of_at_the_shop_is_void(shop: Storefront) -> None:
    held = place(shop)
    shop.shop.cancel(held["order"]["id"])
    voided = await shop.connector.void(
        "v", authorization_reference=held["id"], amount=usd(10_000), deadline=shop.deadline
    )
    assert voided == GatewayAnswer(TransactionStatus.SUCCESS, usd(10_000), held["id"])
    assert amounts(held, "VOID") == ["100.00"]
