"""What every payment gateway must do, whatever its vendor, over real HTTP: above all, nothing twice."""

from datetime import datetime

import pytest
from structlog.testing import capture_logs

from app.connectors.contract import SourceGarbled, SourceRefused, SourceTimedOut, SourceUnavailable
from app.connectors.manifest import load_manifests
from app.connectors.ports.payment import FailureCode, GatewayAnswer, PaymentGateway
from app.connectors.registry import Registry
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus
from app.sandbox.data import CLIENT_SECRET, STRIPE_SECRET_KEY
from app.sandbox.faults import Fault
from app.sandbox.shopify.checkout import Bought, Checkout
from app.sandbox.shopify.orders import Shop
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import make_config

GATEWAYS = ["shopify", "stripe"]
AUTHORIZING = ["stripe"]
"""Those that hold money for us. In the others it is held already when an order comes from there."""
GOOD, DECLINED = "pm_card_visa", "pm_card_chargeDeclined"
EUR_50 = Money(5_000, "EUR")
KINDS = [TransactionKind.AUTHORIZATION, TransactionKind.CAPTURE, TransactionKind.VOID, TransactionKind.REFUND]
every_gateway = pytest.mark.parametrize("source", GATEWAYS)
authorizing = pytest.mark.parametrize("till", AUTHORIZING, indirect=True)


def every(*kinds: TransactionKind) -> pytest.MarkDecorator:
    """Of these kinds, with every gateway that knows them."""
    cases = [
        (source, kind)
        for source in GATEWAYS
        for kind in kinds
        if kind is not TransactionKind.AUTHORIZATION or source in AUTHORIZING
    ]
    return pytest.mark.parametrize(("till", "kind"), cases, indirect=["till"])


every_kind = every(*KINDS)


SECRET = {"shopify": "client_secret", "stripe": "secret_key"}


class Till:
    """A gateway with a deadline from the test's clock, and a request of each kind."""

    first = TransactionKind.AUTHORIZATION
    """What its payments begin with."""

    def __init__(self, lab: Lab, source: str) -> None:
        gateway = lab.registry.payment_gateway(source)
        assert gateway is not None
        self.gateway: PaymentGateway = gateway
        self.lab, self.source = lab, source
        self.asked_at: datetime = lab.clock.now()
        self.reference = ""

    def deadline(self, timeout_s: float = 60) -> float:
        return self.lab.clock.monotonic() + timeout_s

    async def authorize(self, key: str = "a-1", *, amount: Money = EUR_50, token: str = GOOD) -> GatewayAnswer:
        metadata = {"order": "1001"}
        return await self.gateway.authorize(
            key, amount=amount, token=token, metadata=metadata, deadline=self.deadline()
        )

    async def prepare(self, kind: TransactionKind) -> None:
        """What comes before a request of that kind."""
        if kind is not TransactionKind.AUTHORIZATION:
            self.reference = (await self.authorize("before")).reference or ""
        if kind is TransactionKind.REFUND:
            await self.capture("before-2")

    async def capture(
        self, key: str = "c-1", *, amount: Money = EUR_50, is_final: bool = True, timeout_s: float = 60
    ) -> GatewayAnswer:
        return await self.gateway.capture(
            key,
            authorization_reference=self.reference,
            amount=amount,
            is_final=is_final,
            deadline=self.deadline(timeout_s),
        )

    async def ask(self, kind: TransactionKind, *, amount: Money = EUR_50, timeout_s: float = 60) -> GatewayAnswer:
        """Under one key."""
        about, deadline = self.reference, self.deadline(timeout_s)
        match kind:
            case TransactionKind.AUTHORIZATION:
                return await self.gateway.authorize("k", amount=amount, token=GOOD, metadata={}, deadline=deadline)
            case TransactionKind.CAPTURE:
                return await self.capture("k", amount=amount, timeout_s=timeout_s)
            case TransactionKind.VOID:
                return await self.gateway.void("k", authorization_reference=about, amount=amount, deadline=deadline)
            case _:
                return await self.gateway.refund("k", authorization_reference=about, amount=amount, deadline=deadline)

    async def look_up(self, kind: TransactionKind, key: str = "k") -> GatewayAnswer | None:
        about = None if kind is TransactionKind.AUTHORIZATION else self.reference
        return await self.gateway.look_up(
            key,
            kind=kind,
            amount=EUR_50,
            asked_at=self.asked_at,
            authorization_reference=about,
            deadline=self.deadline(),
        )

    def count(self, kind: TransactionKind, key: str = "k") -> int:
        """How often it was done."""
        effects = self.lab.sources[self.source].effects
        assert effects is not None
        return effects.shown().get(kind.lower(), {}).get(key, 0)

    def fail(self, fault: Fault, *, times: int | None = None) -> None:
        state = self.lab.sources[self.source].state
        state.fault, state.times_left = fault, times


class ShopTill(Till):
    """Of a shop, where a buyer's order holds the money. Before anything is done there, the order is looked at."""

    first = TransactionKind.CAPTURE
    looks = 1

    async def prepare(self, kind: TransactionKind) -> None:
        checkout = Checkout(lines=[Bought(title="Thing", unit_price="50.00")])
        self.reference = self._shop.place(checkout)["transactions"][0]["id"]
        if kind is TransactionKind.REFUND:
            await self.capture("before")
        # So that the token is there.
        await self.look_up(kind)
        # A capture is noted first, too.
        self.looks = 2 if kind is TransactionKind.CAPTURE else 1

    def count(self, kind: TransactionKind, key: str = "k") -> int:
        transactions = self._shop.nodes[self.reference]["order"]["transactions"]
        return sum(each["kind"] == kind.name for each in transactions)

    def fail(self, fault: Fault, *, times: int | None = None) -> None:
        super().fail(fault, times=times)
        # One request that is lost before anything was done is made good where it may be repeated.
        is_before = times is not None and fault in (Fault.ERROR_BEFORE, Fault.DOWN)
        self.lab.sources[self.source].state.spared = 0 if is_before or fault is Fault.CLEAR else self.looks

    @property
    def _shop(self) -> Shop:
        shop = self.lab.sources[self.source].app.shop
        assert isinstance(shop, Shop)
        return shop


TILLS = {"shopify": ShopTill, "stripe": Till}


@pytest.fixture(params=GATEWAYS)
def till(lab: Lab, request: pytest.FixtureRequest) -> Till:
    return TILLS[request.param](lab, request.param)


def test_every_vendor_that_takes_payments_is_here() -> None:
    assert {name for name, each in load_manifests().items() if "payments" in each.capabilities} == set(GATEWAYS)


@every_kind
async def test_a_request_is_done_once_however_often_it_is_sent(till: Till, kind: TransactionKind) -> None:
    await till.prepare(kind)
    first = await till.ask(kind)
    assert (first.status, first.amount) == (TransactionStatus.SUCCESS, EUR_50)
    assert await till.ask(kind) == first
    assert till.count(kind) == 1


@every_kind
@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.DROP_AFTER, Fault.DOWN])
async def test_one_lost_answer_is_made_good_unnoticed(till: Till, kind: TransactionKind, fault: Fault) -> None:
    await till.prepare(kind)
    till.fail(fault, times=1)
    assert (await till.ask(kind)).status is TransactionStatus.SUCCESS
    assert till.count(kind) == 1


@every_kind
@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.DROP_AFTER])
async def test_what_happened_unheard_is_found_by_its_key(till: Till, kind: TransactionKind, fault: Fault) -> None:
    await till.prepare(kind)
    till.fail(fault)
    with pytest.raises(SourceUnavailable):
        await till.ask(kind)
    till.fail(Fault.CLEAR)
    found = await till.look_up(kind)
    assert found is not None
    assert (found.status, found.amount) == (TransactionStatus.SUCCESS, EUR_50)
    assert await till.ask(kind) == found
    assert till.count(kind) == 1


@every_kind
async def test_what_happened_after_we_stopped_waiting_is_found(till: Till, kind: TransactionKind) -> None:
    await till.prepare(kind)
    till.fail(Fault.TIMEOUT_AFTER)
    with pytest.raises(SourceTimedOut):
        await till.ask(kind, timeout_s=0.5)
    till.fail(Fault.CLEAR)
    found = await till.look_up(kind)
    assert found is not None
    assert found.status is TransactionStatus.SUCCESS
    assert till.count(kind) == 1


@every_kind
@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.DOWN])
async def test_what_did_not_happen_is_not_found(till: Till, kind: TransactionKind, fault: Fault) -> None:
    await till.prepare(kind)
    till.fail(fault)
    with pytest.raises(SourceUnavailable):
        await till.ask(kind)
    till.fail(Fault.CLEAR)
    assert await till.look_up(kind) is None
    assert till.count(kind) == 0
    assert (await till.ask(kind)).status is TransactionStatus.SUCCESS
    assert till.count(kind) == 1


@every_kind
async def test_looking_up_changes_nothing(till: Till, kind: TransactionKind) -> None:
    await till.prepare(kind)
    assert await till.look_up(kind) is None
    assert till.count(kind) == 0


@every(TransactionKind.AUTHORIZATION, TransactionKind.CAPTURE, TransactionKind.REFUND)
async def test_a_key_is_not_taken_for_another_request(till: Till, kind: TransactionKind) -> None:
    await till.prepare(kind)
    await till.ask(kind, amount=Money(1_000, "EUR"))
    with pytest.raises(SourceRefused, match=f"^{till.source} has seen this key with another request$"):
        await till.ask(kind, amount=Money(1_001, "EUR"))
    found = await till.look_up(kind)
    assert found is not None
    assert found.amount == Money(1_000, "EUR")
    assert till.count(kind) == 1


@authorizing
async def test_a_declined_card_holds_nothing_and_is_found_declined(till: Till) -> None:
    answer = await till.authorize("k", token=DECLINED)
    assert (answer.status, answer.code, answer.message) == (
        TransactionStatus.FAILURE,
        FailureCode.DECLINED,
        "Your card was declined.",
    )
    assert answer.reference is not None
    assert await till.look_up(TransactionKind.AUTHORIZATION) == answer
    assert await till.authorize("k", token=DECLINED) == answer
    assert till.count(TransactionKind.AUTHORIZATION) == 0


async def test_an_authorization_is_captured_in_parts(till: Till) -> None:
    await till.prepare(TransactionKind.CAPTURE)
    first = await till.capture("c-1", amount=Money(2_000, "EUR"), is_final=False)
    second = await till.capture("c-2", amount=Money(2_500, "EUR"), is_final=True)
    assert [first.amount.minor, second.amount.minor] == [2_000, 2_500]
    assert await till.look_up(TransactionKind.CAPTURE, "c-1") == first
    assert await till.look_up(TransactionKind.CAPTURE, "c-2") == second
    third = await till.capture("c-3", amount=Money(1, "EUR"))
    assert (third.status, third.code) == (TransactionStatus.FAILURE, FailureCode.AUTHORIZATION_GONE)


async def test_no_more_is_captured_than_was_held(till: Till) -> None:
    await till.prepare(TransactionKind.CAPTURE)
    answer = await till.ask(TransactionKind.CAPTURE, amount=Money(5_001, "EUR"))
    assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.EXCEEDS_REMAINING)
    assert await till.look_up(TransactionKind.CAPTURE) is None
    assert (await till.capture("c-2")).status is TransactionStatus.SUCCESS


async def test_no_more_is_refunded_than_was_captured(till: Till) -> None:
    await till.prepare(TransactionKind.REFUND)
    for key, minor, code in [
        ("r-1", 3_000, None),
        ("r-2", 2_001, FailureCode.EXCEEDS_REMAINING),
        ("r-3", 2_000, None),
        ("r-4", 1, FailureCode.EXCEEDS_REMAINING),
    ]:
        amount = Money(minor, "EUR")
        answer = await till.gateway.refund(
            key, authorization_reference=till.reference, amount=amount, deadline=till.deadline()
        )
        assert (answer.code, answer.amount) == (code, amount)
        assert (await till.look_up(TransactionKind.REFUND, key) == answer) is (code is None)


async def test_what_was_captured_cannot_be_voided(till: Till) -> None:
    await till.prepare(TransactionKind.REFUND)
    answer = await till.ask(TransactionKind.VOID)
    assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.AUTHORIZATION_GONE)
    assert await till.look_up(TransactionKind.VOID) is None


@every(*KINDS[1:])
async def test_a_reference_nobody_knows_is_a_failure(till: Till, kind: TransactionKind) -> None:
    till.reference = "pi_of_nobody"
    answer = await till.ask(kind)
    assert (answer.status, answer.code) == (TransactionStatus.FAILURE, FailureCode.INVALID)
    assert await till.look_up(kind) is None


async def test_garbage_leaves_it_open(till: Till) -> None:
    await till.prepare(till.first)
    till.fail(Fault.GARBAGE, times=1)
    with pytest.raises(SourceGarbled):
        await till.ask(till.first)
    till.fail(Fault.CLEAR)
    found = await till.look_up(till.first)
    assert till.count(till.first) == (0 if found is None else 1)


async def test_a_deadline_already_passed_sends_nothing(till: Till) -> None:
    await till.prepare(till.first)
    before = till.lab.request_count(till.source)
    with pytest.raises(SourceTimedOut):
        await till.ask(till.first, timeout_s=0)
    assert till.lab.request_count(till.source) == before


@every_gateway
async def test_wrong_credentials_are_refused_without_retry(lab: Lab, source: str) -> None:
    config = make_config(source, f"{lab.base_url}/{source}", **{SECRET[source]: "wrong"})
    registry = Registry([config], clock=lab.clock.as_clock())
    gateway = registry.payment_gateway(source)
    assert gateway is not None
    with pytest.raises(SourceRefused, match=f"^{source} does not accept our credentials$"):
        await gateway.void("k", authorization_reference="1", amount=EUR_50, deadline=lab.clock.monotonic() + 60)
    await registry.close()
    assert lab.request_count(source) == 1


async def test_logs_hold_no_secret_and_no_token(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with capture_logs() as logs:
        await till.prepare(till.first)
        await till.ask(till.first)
        till.lab.sources[till.source].state.fault = Fault.ERROR_AFTER
        with pytest.raises(SourceUnavailable):
            await till.capture("k-2")
    assert {entry["event"] for entry in logs} >= {"source answered", "source failed"}
    for secret in (STRIPE_SECRET_KEY, CLIENT_SECRET, GOOD, "1001"):
        assert secret not in str(logs) + caplog.text
