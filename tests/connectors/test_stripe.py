"""Stripe's own: its minor units, parts of a capture, cards that want more, statuses that come later, its lists."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from app.connectors.contract import SourceFailure, SourceGarbled, SourceRefused, SourceThrottled, SourceUnavailable
from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.connectors.registry import Registry
from app.connectors.stripe.amounts import Inexpressible, from_stripe, to_stripe
from app.connectors.stripe.client import StripeConnector
from app.connectors.stripe.mapping import capture_note
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus
from app.sandbox.data import StripeAccount
from app.sandbox.stripe.objects import payment_intent
from app.sandbox.stripe.wire import StripeApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import make_config

USD_10 = Money(1_000, "USD")
WEEK = timedelta(days=7)
VISA = "pm_card_visa"


class Shop:
    """A connector to a sandboxed account in this process."""

    def __init__(self, account: StripeAccount | None = None, http: httpx2.AsyncBaseTransport | None = None) -> None:
        self.clock = FakeClock()
        self.app = StripeApp(account or StripeAccount(), now=lambda: self.clock.now().timestamp())
        self.http = http or httpx2.ASGITransport(self.app.asgi)

    def connector(self, **settings: str) -> StripeConnector:
        config = make_config("stripe", "http://stripe.test", **settings)
        found = Registry([config], http=self.http, clock=self.clock.as_clock())["stripe"]
        assert isinstance(found, StripeConnector)
        return found

    async def authorize(
        self, token: str = VISA, *, key: str = "a-1", amount: Money = USD_10, **settings: str
    ) -> GatewayAnswer:
        deadline = self.clock.monotonic() + 60
        return await self.connector(**settings).authorize(
            key, amount=amount, token=token, metadata={"order": "1001"}, deadline=deadline
        )

    async def capture(self, reference: str | None, amount: Money, *, is_final: bool, **settings: str) -> GatewayAnswer:
        return await self.connector(**settings).capture(
            f"c-{amount.minor}",
            authorization_reference=reference or "",
            amount=amount,
            is_final=is_final,
            deadline=self.clock.monotonic() + 60,
        )

    async def refund(self, reference: str | None) -> GatewayAnswer:
        deadline = self.clock.monotonic() + 60
        return await self.connector().refund(
            "r-1", authorization_reference=reference or "", amount=USD_10, deadline=deadline
        )

    async def look_up(
        self, kind: TransactionKind, key: str, reference: str | None = None, *, since: timedelta = timedelta()
    ) -> GatewayAnswer | None:
        return await self.connector().look_up(
            key,
            kind=kind,
            amount=USD_10,
            asked_at=self.clock.now() - since,
            authorization_reference=reference,
            deadline=self.clock.monotonic() + 60,
        )


@pytest.mark.parametrize(
    ("money", "stripe"),
    [
        (Money(1_250, "USD"), 1_250),
        (Money(1_250, "JPY"), 1_250),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(12_300, "MGA"), 123),
        (Money(5_120, "KWD"), 5_120),
    ],
)
def test_amounts_are_stripes_minor_units(money: Money, stripe: int) -> None:
    assert to_stripe(money) == stripe
    assert from_stripe(stripe, money.currency.lower()) == money


@pytest.mark.parametrize("money", [Money(12_301, "MGA"), Money(5_124, "KWD")])
async def test_an_amount_that_stripe_cannot_express_is_not_sent(money: Money) -> None:
    with pytest.raises(Inexpressible):
        to_stripe(money)
    shop = Shop()
    answer = await shop.authorize(amount=money)
    expected = f"stripe cannot take {money.amount} {money.currency}: the amount is too fine"
    assert (answer.status, answer.code, answer.message) == (TransactionStatus.FAILURE, FailureCode.INVALID, expected)
    assert shop.app.account.intents == {}


@pytest.mark.parametrize(("amount", "currency"), [(550, "isk"), (1, "ugx")])
def test_half_a_krona_is_no_amount(amount: int, currency: str) -> None:
    with pytest.raises(ValueError, match="finer than the smallest unit"):
        from_stripe(amount, currency)


async def test_an_authorization_says_when_it_lapses() -> None:
    shop = Shop()
    answer = await shop.authorize()
    created = datetime.fromtimestamp(int(shop.clock.now().timestamp()), UTC)
    assert answer.expires_at == created + WEEK
    [intent] = shop.app.account.intents.values()
    assert intent["metadata"] == {"junction_key": "a-1", "order": "1001"}


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        ("pm_card_chargeDeclined", "generic_decline", "Your card was declined."),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds", "Your card has insufficient funds."),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "Your card has expired."),
    ],
)
async def test_a_decline_has_stripes_words_for_the_cardholder(token: str, code: str, message: str) -> None:
    shop = Shop()
    answer = await shop.authorize(token)
    [intent] = shop.app.account.intents
    failure = TransactionStatus.FAILURE
    assert answer == GatewayAnswer(failure, USD_10, intent, FailureCode.DECLINED, message, code)


async def test_a_card_that_wants_its_owner_is_no_decline() -> None:
    shop = Shop()
    answer = await shop.authorize("pm_card_authenticationRequired")
    assert (answer.status, answer.code) == (TransactionStatus.ACTION_REQUIRED, None)
    assert answer.message == "The card's bank wants the customer to confirm the payment."
    assert await shop.look_up(TransactionKind.AUTHORIZATION, "a-1") == answer


async def test_a_developers_message_is_not_shown_to_clients() -> None:
    answer = await Shop().authorize("pm_nobody")
    assert (answer.code, answer.decline_code) == (FailureCode.INVALID, "resource_missing")
    assert answer.message == "The payment gateway does not accept the request."


async def test_a_saved_card_comes_with_its_customer() -> None:
    shop = Shop()
    await shop.authorize("cus_7:pm_card_visa")
    [intent] = shop.app.account.intents.values()
    assert (intent["customer"], intent["payment_method"]) == ("cus_7", "pm_card_visa")


async def test_without_the_feature_a_part_is_not_captured_since_the_rest_would_be_lost() -> None:
    shop = Shop()
    held = await shop.authorize(multicapture="no")
    answer = await shop.capture(held.reference, Money(400, "USD"), is_final=False, multicapture="no")
    assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.ONE_CAPTURE_ONLY)
    assert shop.app.account.intents[held.reference or ""]["amount_capturable"] == 1_000

    last = await shop.capture(held.reference, Money(401, "USD"), is_final=True, multicapture="no")
    assert last.status is TransactionStatus.SUCCESS
    assert shop.app.account.intents[held.reference or ""]["amount_capturable"] == 0


async def test_a_part_that_stripe_refuses_after_all_is_told_apart() -> None:
    """The account is configured to have the feature, which it lost, or the card's network does not take part."""
    shop = Shop(StripeAccount(multicapture=False))
    held = await shop.authorize()
    answer = await shop.capture(held.reference, Money(400, "USD"), is_final=False)
    assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.ONE_CAPTURE_ONLY)
    intent = shop.app.account.intents[held.reference or ""]
    assert (intent["amount_capturable"], intent["amount_received"]) == (1_000, 0)
    assert capture_note("c-400") not in intent["metadata"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, FailureCode.EXCEEDS_REMAINING), ("amount_too_small", FailureCode.INVALID)],
    ids=["of the amount", "of its smallness"],
)
async def test_an_amount_that_is_complained_of_may_be_too_small(code: str | None, expected: FailureCode) -> None:
    error = {"type": "invalid_request_error", "param": "amount", "message": "…", "code": code}
    shop = Shop(http=httpx2.MockTransport(lambda _: httpx2.Response(400, json={"error": error})))
    answer = await shop.refund("pi_1")
    assert (answer.status, answer.code, answer.decline_code) == (TransactionStatus.FAILURE, expected, code)


async def test_a_lapsed_authorization_is_gone_and_so_is_void() -> None:
    shop = Shop()
    held = await shop.authorize()
    shop.clock.now_s += (WEEK + timedelta(seconds=1)).total_seconds()
    answer = await shop.capture(held.reference, USD_10, is_final=True)
    assert answer.code is FailureCode.AUTHORIZATION_GONE
    voided = await shop.look_up(TransactionKind.VOID, "v-1", held.reference)
    assert voided == GatewayAnswer(TransactionStatus.SUCCESS, USD_10, held.reference)
    found = await shop.look_up(TransactionKind.AUTHORIZATION, "a-1", since=WEEK + timedelta(minutes=1))
    assert found is not None
    assert found.code is FailureCode.AUTHORIZATION_GONE


async def test_a_void_of_what_is_void_has_done_what_was_asked() -> None:
    shop = Shop()
    held = await shop.authorize()
    deadline = shop.clock.monotonic() + 60
    for key in ("v-1", "v-2"):
        answer = await shop.connector().void(
            key, authorization_reference=held.reference or "", amount=USD_10, deadline=deadline
        )
        assert answer == GatewayAnswer(TransactionStatus.SUCCESS, USD_10, held.reference)
    assert shop.app.effects.shown()["void"] == {"v-1": 1}


@pytest.mark.parametrize(
    ("token", "at_first", "later"),
    [
        ("pm_card_pendingRefund", TransactionStatus.PENDING, TransactionStatus.SUCCESS),
        ("pm_card_refundFail", TransactionStatus.SUCCESS, TransactionStatus.FAILURE),
    ],
)
async def test_a_refunds_fate_may_change_later(
    token: str, at_first: TransactionStatus, later: TransactionStatus
) -> None:
    shop = Shop()
    held = await shop.authorize(token)
    await shop.capture(held.reference, USD_10, is_final=True)
    assert (await shop.refund(held.reference)).status is at_first
    shop.app.account.settle_refunds()
    found = await shop.look_up(TransactionKind.REFUND, "r-1", held.reference)
    assert found is not None
    assert found.status is later


async def test_a_request_still_being_carried_out_is_not_carried_out_again() -> None:
    shop = Shop()
    await shop.authorize()
    answered = shop.app.keys["a-1"].answer
    shop.app.keys["a-1"].answer = None
    with pytest.raises(SourceUnavailable, match=r"^stripe is still at work on the request \(idempotency_key_in_use\)$"):
        await shop.authorize()
    assert shop.clock.pauses_s == [0.05, 0.1]
    shop.app.keys["a-1"].answer = answered
    assert (await shop.authorize()).status is TransactionStatus.SUCCESS
    assert len(shop.app.account.intents) == 1


async def test_a_capture_that_is_noted_and_not_seen_in_the_money_is_open() -> None:
    shop = Shop()
    held = await shop.authorize()
    shop.app.account.intents[held.reference or ""]["metadata"][capture_note("c-9")] = "900 c-9"
    found = await shop.look_up(TransactionKind.CAPTURE, "c-9", held.reference)
    assert found == GatewayAnswer(TransactionStatus.PENDING, Money(900, "USD"), held.reference)


def past_intents(count: int, *, created: int) -> StripeAccount:
    intent = {"amount": 100, "currency": "usd", "created": created, "status": "succeeded", "metadata": {}}
    first = {**intent, "id": "pi_first", "metadata": {"junction_key": "old"}}
    return StripeAccount([payment_intent(**first), *(payment_intent(**intent) for _ in range(count - 1))])


@pytest.mark.parametrize(("count", "is_found"), [(2_000, True), (2_001, False)])
async def test_payments_are_looked_through_page_by_page_up_to_a_bound(count: int, is_found: bool) -> None:
    shop = Shop(past_intents(count, created=int(FakeClock().now().timestamp())))
    if is_found:
        found = await shop.look_up(TransactionKind.AUTHORIZATION, "old")
        assert found is not None
        assert found.reference == "pi_first"
    else:
        with pytest.raises(SourceUnavailable, match="too many payments since"):
            await shop.look_up(TransactionKind.AUTHORIZATION, "old")


async def test_payments_from_long_before_are_not_looked_at() -> None:
    shop = Shop(past_intents(1, created=int(FakeClock().now().timestamp()) - 301))
    assert await shop.look_up(TransactionKind.AUTHORIZATION, "old") is None
    found = await shop.look_up(TransactionKind.AUTHORIZATION, "old", since=timedelta(seconds=1))
    assert found is not None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            httpx2.Response(429, json={"error": {"type": "invalid_request_error", "code": "rate_limit"}}),
            SourceThrottled,
        ),
        (httpx2.Response(402, text="<html>"), SourceGarbled),
        (httpx2.Response(200, json={"id": "pi_1", "status": "requires_capture"}), SourceGarbled),
    ],
    ids=["throttled", "no JSON", "fields missing"],
)
async def test_answers_that_say_nothing_of_the_payment(answer: httpx2.Response, expected: type[SourceFailure]) -> None:
    shop = Shop(http=httpx2.MockTransport(lambda _: httpx2.Response(answer.status_code, content=answer.content)))
    with pytest.raises(SourceFailure) as failure:
        await shop.authorize()
    assert type(failure.value) is expected


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx2.Response(404, text="<html>"), r"^stripe refused the request \(HTTP 404\)$"),
        (
            httpx2.Response(400, json={"error": {"type": "invalid_request_error", "code": "parameter_unknown"}}),
            r"^stripe refused the request \(HTTP 400 parameter_unknown\)$",
        ),
    ],
    ids=["of somebody on the way", "of the question"],
)
async def test_a_complaint_does_not_say_that_a_payment_is_unknown(answer: httpx2.Response, message: str) -> None:
    shop = Shop(http=httpx2.MockTransport(lambda _: httpx2.Response(answer.status_code, content=answer.content)))
    with pytest.raises(SourceRefused, match=message):
        await shop.look_up(TransactionKind.CAPTURE, "c-1", "pi_1")


async def test_only_what_has_an_object_can_be_looked_up() -> None:
    with pytest.raises(ValueError, match="a CAPTURE is found by its authorization"):
        await Shop().look_up(TransactionKind.CAPTURE, "c-1")
    with pytest.raises(ValueError, match="a CHARGEBACK is not asked of a gateway"):
        await Shop().look_up(TransactionKind.CHARGEBACK, "d-1", "pi_1")
