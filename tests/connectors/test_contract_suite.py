"""What every connector must do, whatever its vendor. A new capability joins by a line in OFFERS."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.connectors import reads
from app.connectors.contract import (
    CircuitState,
    Page,
    Read,
    SourceGarbled,
    SourceRefused,
    SourceThrottled,
    SourceTimedOut,
    SourceUnavailable,
    Window,
)
from app.connectors.manifest import load_manifests
from app.connectors.ports.carrier import CarrierEvent, TrackingRecord
from app.connectors.ports.crm import CaseRecord, InteractionKind, InteractionRecord
from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.reads import Cases, ErpAccounts, ErpDocuments, Interactions, Stock, StorefrontProfiles, Tracking
from app.connectors.registry import Registry
from app.domain.fulfillment import ShipmentStatus
from app.domain.money import Money
from app.sandbox.data import CLIENT_SECRET
from app.sandbox.faults import Fault
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import contact_id, make_config, record_id, tracking_number


@dataclass(frozen=True)
class Offer:
    source: str
    question: Read[Any]
    known_id: str
    value: object
    """What the source says of `known_id`."""
    unknown_ids: Sequence[str]
    """One more than fits into one request."""
    nothing: object
    """What the source says of these."""
    requests_per_chunk: int


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFERS = [
    Offer(
        source="salesforce",
        question=Cases(Window(first=1)),
        known_id=contact_id(1),
        value=Page(
            (
                CaseRecord(
                    external_id=record_id("500", 2),
                    number="00000002",
                    subject="Help",
                    status="Closed",
                    priority=None,
                    channel=None,
                    opened_at=at("2026-10-02T08:00:00"),
                    closed_at=at("2026-10-03T09:30:00"),
                    url=f"BASE/salesforce/{record_id('500', 2)}",
                ),
            ),
            has_next=True,
        ),
        unknown_ids=[contact_id(number) for number in range(1_000, 1_201)],
        nothing=Page((), has_next=False),
        requests_per_chunk=1,
    ),
    Offer(
        source="salesforce",
        question=Interactions(Window(first=3)),
        known_id=contact_id(1),
        value=Page(
            (
                InteractionRecord(
                    record_id("00U", 1), InteractionKind.MEETING, at("2026-10-02T09:00:00"), "Met", None, "Linus"
                ),
                InteractionRecord(
                    record_id("02s", 1),
                    InteractionKind.EMAIL,
                    at("2026-10-01T10:00:00"),
                    "Re: Help",
                    "Where is it?",
                    None,
                ),
                InteractionRecord(
                    record_id("00T", 1),
                    InteractionKind.CALL,
                    at("2026-10-01T09:00:00"),
                    "Called",
                    "On delivery",
                    "Grace",
                ),
            ),
            has_next=False,
        ),
        unknown_ids=[contact_id(number) for number in range(1_000, 1_201)],
        nothing=Page((), has_next=False),
        requests_per_chunk=2,
    ),
    Offer(
        source="shopify",
        question=StorefrontProfiles(),
        known_id="1",
        value=StorefrontProfileRecord(
            "1", "ada@example.com", 3, Money(12050, "USD"), accepts_marketing=True, created_at=at("2025-03-04T05:06:07")
        ),
        unknown_ids=[str(number) for number in range(1_000, 1_251)],
        nothing=None,
        requests_per_chunk=1,
    ),
    Offer(
        source="sap",
        question=ErpAccounts(),
        known_id="0000000001",
        value=ErpAccountRecord(
            external_id="0000000001",
            name="Partner 1",
            credit_limit=None,
            balance=None,
            payment_terms="NT30",
            blocked=False,
        ),
        unknown_ids=[str(number) for number in range(1_000, 1_051)],
        nothing=None,
        requests_per_chunk=1,
    ),
    Offer(
        source="sap",
        question=ErpDocuments(),
        known_id="J-1",
        value=(
            ErpDocumentRecord("17", "sales order", "open", Money(12050, "USD"), at("2026-10-02T00:00:00")),
            ErpDocumentRecord("80000001", "delivery", "completed", None, at("2026-10-03T00:00:00")),
            ErpDocumentRecord("4980000001", "goods movement", None, None, at("2026-10-04T00:00:00")),
            ErpDocumentRecord("90000001", "invoice", "posted", Money(13135, "USD"), at("2026-10-04T10:15:00")),
            ErpDocumentRecord("60000001", "return", "in process", None, at("2026-10-20T00:00:00")),
        ),
        unknown_ids=["J-2", *(f"J-{number}" for number in range(1_000, 1_050))],
        nothing=(),
        requests_per_chunk=3,
    ),
    Offer(
        source="sap",
        question=Stock(),
        known_id="ESP-1",
        value=(StockLevel("1010/101A", 15),),
        unknown_ids=[f"SKU-{number}" for number in range(1_000, 1_051)],
        nothing=(),
        requests_per_chunk=1,
    ),
    Offer(
        source="shopify",
        question=Stock(),
        known_id="MUG",
        value=(StockLevel("65740079290", 10),),
        unknown_ids=[f"SKU-{number}" for number in range(21)],
        nothing=(),
        requests_per_chunk=1,
    ),
    Offer(
        source="ups",
        question=Tracking(),
        known_id=tracking_number(1),
        value=TrackingRecord(
            tracking_number(1),
            (
                CarrierEvent(
                    "20261102T233000Z-PU-PICKED_UP",
                    at("2026-11-02T23:30:00"),
                    ShipmentStatus.PICKED_UP,
                    "Somewhere",
                    "Reno",
                    "US",
                ),
                CarrierEvent(
                    "20261103T120509Z-DP-IN_TRANSIT",
                    at("2026-11-03T12:05:09"),
                    ShipmentStatus.IN_TRANSIT,
                    "Somewhere",
                    "Reno",
                    "US",
                ),
            ),
            at("2026-11-06T04:59:00"),
        ),
        unknown_ids=[tracking_number(number) for number in (1_000, 1_001)],
        nothing=None,
        requests_per_chunk=1,
    ),
]
PATIENCE_S = {"shopify": 10.0}
"""Of vendors that tell otherwise than by Retry-After how long to wait: 1,000 points at 100 a second."""
WITH_TOKENS = {name for name, each in load_manifests().items() if each.auth.kind.endswith("oauth2_client_credentials")}
"""Vendors of which a token is fetched first. The others know their client by what stands in every request."""


def each_of(offers: Sequence[Offer]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("offer", offers, ids=lambda offer: f"{offer.source}-{offer.question.capability}")


every_offer = each_of(OFFERS)
every_offer_with_tokens = each_of([offer for offer in OFFERS if offer.source in WITH_TOKENS])


async def ask(lab: Lab, offer: Offer, ids: Sequence[str], *, timeout_s: float = 60) -> Mapping[str, Any]:
    connector = lab.registry[offer.source]
    return await offer.question.ask(connector, ids, deadline=lab.clock.monotonic() + timeout_s)


async def ask_warm(lab: Lab, offer: Offer) -> int:
    """A first question, so that the token is there; answers how many requests it took."""
    await ask(lab, offer, [offer.known_id])
    return lab.request_count(offer.source)


def test_whatever_a_vendor_is_read_for_in_batches_is_offered_here() -> None:
    questions = {vars(each).get("capability") for each in vars(reads).values() if isinstance(each, type)}
    assert {(offer.source, offer.question.capability) for offer in OFFERS} == {
        (name, capability) for name, each in load_manifests().items() for capability in each.capabilities & questions
    }


@every_offer
async def test_answers_for_every_id_asked(lab: Lab, offer: Offer) -> None:
    unknown_id = offer.unknown_ids[0]
    answer = await ask(lab, offer, [unknown_id, offer.known_id, "no such' id\\"])
    shown = str(answer[offer.known_id]).replace(lab.base_url, "BASE")
    assert shown == str(offer.value)
    assert answer[unknown_id] == answer["no such' id\\"] == offer.nothing
    assert len(answer) == 3


@every_offer
async def test_asks_nothing_for_no_ids(lab: Lab, offer: Offer) -> None:
    assert await ask(lab, offer, []) == {}
    assert lab.request_count(offer.source) == 0


@every_offer
async def test_one_batch_is_one_request_for_each_chunk_of_ids(lab: Lab, offer: Offer) -> None:
    token = int(offer.source in WITH_TOKENS)
    await ask(lab, offer, offer.unknown_ids[:-1])
    assert lab.request_count(offer.source) == token + offer.requests_per_chunk
    answer = await ask(lab, offer, offer.unknown_ids)
    assert lab.request_count(offer.source) == token + 3 * offer.requests_per_chunk
    assert answer == dict.fromkeys(offer.unknown_ids, offer.nothing)


@every_offer
async def test_a_slow_source_times_out_at_the_deadline(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    lab.sources[offer.source].state.fault = Fault.SLOW
    with pytest.raises(SourceTimedOut, match=f"^{offer.source} did not answer in time$"):
        await ask(lab, offer, [offer.known_id], timeout_s=0.02)


@every_offer
async def test_a_deadline_already_passed_sends_nothing(lab: Lab, offer: Offer) -> None:
    with pytest.raises(SourceTimedOut):
        await ask(lab, offer, [offer.known_id], timeout_s=0)
    assert lab.request_count(offer.source) == 0


@every_offer
async def test_a_dead_source_is_tried_three_times(lab: Lab, offer: Offer) -> None:
    lab.sources[offer.source].state.fault = Fault.DOWN
    with pytest.raises(SourceUnavailable, match=f"^{offer.source} broke off the connection$"):
        await ask(lab, offer, [offer.known_id])
    assert lab.request_count(offer.source) == 3
    assert lab.clock.pauses_s == [0.05, 0.1]


@every_offer
async def test_a_source_that_comes_back_is_read(lab: Lab, offer: Offer) -> None:
    warm = await ask_warm(lab, offer)
    state = lab.sources[offer.source].state
    state.fault = Fault.DOWN
    lab.clock.while_asleep = lambda: setattr(state, "fault", Fault.CLEAR)
    answer = await ask(lab, offer, [offer.unknown_ids[0]])
    assert answer == {offer.unknown_ids[0]: offer.nothing}
    assert lab.request_count(offer.source) == warm + 2 * offer.requests_per_chunk


@every_offer
async def test_garbage_is_not_asked_for_again(lab: Lab, offer: Offer) -> None:
    warm = await ask_warm(lab, offer)
    lab.sources[offer.source].state.fault = Fault.GARBAGE
    with pytest.raises(SourceGarbled, match=f"^{offer.source} sent an answer that cannot be read$"):
        await ask(lab, offer, [offer.known_id])
    assert lab.request_count(offer.source) <= warm + offer.requests_per_chunk
    assert lab.clock.pauses_s == []


@every_offer
async def test_wrong_credentials_are_refused_without_retry(lab: Lab, offer: Offer) -> None:
    config = make_config(offer.source, f"{lab.base_url}/{offer.source}", client_secret="wrong")
    registry = Registry([config], clock=lab.clock.as_clock())
    with pytest.raises(SourceRefused, match=f"^{offer.source} does not accept our credentials$"):
        await offer.question.ask(registry[offer.source], [offer.known_id], deadline=lab.clock.monotonic() + 60)
    await registry.close()
    # Requests side by side ask for a token one after the other: each may be refused once.
    assert 1 <= lab.request_count(offer.source) <= offer.requests_per_chunk


@every_offer_with_tokens
async def test_an_expired_token_is_renewed_once(lab: Lab, offer: Offer) -> None:
    warm = await ask_warm(lab, offer)
    lab.sources[offer.source].app.tokens.expire_all()
    answer = await ask(lab, offer, [offer.known_id])
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)
    refused, renewed = offer.requests_per_chunk, 1
    assert lab.request_count(offer.source) == warm + refused + renewed + offer.requests_per_chunk


@every_offer_with_tokens
async def test_a_token_that_is_never_accepted_is_not_renewed_twice(lab: Lab, offer: Offer) -> None:
    lab.sources[offer.source].app.tokens.lifetime_s = 0
    with pytest.raises(SourceRefused, match="does not accept our credentials") as refused:
        await ask(lab, offer, [offer.known_id])
    assert refused.value.status == 401
    assert lab.request_count(offer.source) <= 2 * (1 + offer.requests_per_chunk)


@every_offer
async def test_the_circuit_opens_and_closes(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    source = lab.sources[offer.source]
    source.state.fault = Fault.DOWN
    while lab.registry.circuit(offer.source) is CircuitState.CLOSED:
        with pytest.raises(SourceUnavailable):
            await ask(lab, offer, [offer.known_id])
    assert lab.registry.circuit(offer.source) is CircuitState.OPEN

    asked_while_open = source.state.request_count
    with pytest.raises(SourceUnavailable, match="is not asked for a while"):
        await ask(lab, offer, [offer.known_id], timeout_s=1)
    assert source.state.request_count == asked_while_open

    source.state.fault = Fault.CLEAR
    lab.clock.now_s += 5
    half_open = lab.registry.circuit(offer.source)
    assert half_open is CircuitState.HALF_OPEN
    answer = await ask(lab, offer, [offer.unknown_ids[0]])
    assert answer == {offer.unknown_ids[0]: offer.nothing}
    closed = lab.registry.circuit(offer.source)
    assert closed is CircuitState.CLOSED


@every_offer
async def test_logs_hold_no_secret_and_no_customer(lab: Lab, offer: Offer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither ours nor the HTTP client's own."""
    caplog.set_level(logging.DEBUG)
    source = lab.sources[offer.source]
    with capture_logs() as logs:
        await ask(lab, offer, [offer.known_id])
        for fault in (Fault.GARBAGE, Fault.DOWN):
            source.state.fault = fault
            with pytest.raises((SourceGarbled, SourceUnavailable)):
                await ask(lab, offer, [offer.known_id])
    assert {entry["event"] for entry in logs} >= {"source answered", "source failed"}
    text = str(logs) + caplog.text
    tokens = source.app.tokens.issued if offer.source in WITH_TOKENS else ()
    for secret in (CLIENT_SECRET, *tokens, "SELECT", "ada@example.com", contact_id(1)):
        assert secret not in text


@every_offer_with_tokens
async def test_questions_side_by_side_share_one_token(lab: Lab, offer: Offer) -> None:
    await asyncio.gather(*(ask(lab, offer, [offer.known_id]) for _ in range(5)))
    assert len(lab.sources[offer.source].app.tokens.issued) == 1


@every_offer
async def test_an_answer_that_breaks_off_is_asked_for_again(lab: Lab, offer: Offer) -> None:
    warm = await ask_warm(lab, offer)
    lab.sources[offer.source].state.fault = Fault.TRUNCATED
    lab.sources[offer.source].state.times_left = 1
    answer = await ask(lab, offer, [offer.known_id])
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)
    assert lab.request_count(offer.source) == warm + offer.requests_per_chunk + 1


@every_offer
async def test_an_answer_that_always_breaks_off_is_a_source_out_of_order(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    lab.sources[offer.source].state.fault = Fault.TRUNCATED
    with pytest.raises(SourceUnavailable, match=f"^{offer.source} broke off the connection$"):
        await ask(lab, offer, [offer.known_id])


@every_offer
async def test_values_of_the_wrong_type_are_not_taken_for_an_answer(lab: Lab, offer: Offer) -> None:
    warm = await ask_warm(lab, offer)
    lab.sources[offer.source].state.fault = Fault.MISTYPED
    with pytest.raises(SourceGarbled, match=f"^{offer.source} sent "):
        await ask(lab, offer, [offer.known_id])
    assert lab.request_count(offer.source) <= warm + offer.requests_per_chunk


@every_offer
async def test_a_source_that_asks_for_patience_is_given_it(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    state = lab.sources[offer.source].state
    state.fault, state.times_left, state.retry_after_s = Fault.THROTTLED, 1, 2
    answer = await ask(lab, offer, [offer.known_id])
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)
    assert lab.clock.pauses_s == [PATIENCE_S.get(offer.source, 2.0)]
    assert lab.registry.circuit(offer.source) is CircuitState.CLOSED


@every_offer
async def test_a_source_that_does_not_say_how_long_is_given_a_short_pause(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    state = lab.sources[offer.source].state
    state.fault, state.times_left, state.retry_after_s = Fault.THROTTLED, 1, None
    answer = await ask(lab, offer, [offer.known_id])
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)
    assert lab.clock.pauses_s == [PATIENCE_S.get(offer.source, 0.05)]


@every_offer
async def test_patience_ends_with_the_deadline(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    state = lab.sources[offer.source].state
    state.fault, state.retry_after_s = Fault.THROTTLED, 120
    with pytest.raises(SourceThrottled, match=f"^{offer.source} asks for fewer requests"):
        await ask(lab, offer, [offer.known_id])
    assert sum(lab.clock.pauses_s) < 60
    assert lab.registry.circuit(offer.source) is CircuitState.CLOSED


@every_offer
async def test_an_error_of_the_source_is_tried_again(lab: Lab, offer: Offer) -> None:
    warm = await ask_warm(lab, offer)
    for fault in (Fault.ERROR_BEFORE, Fault.ERROR_AFTER):
        state = lab.sources[offer.source].state
        state.fault, state.times_left = fault, 1
        answer = await ask(lab, offer, [offer.known_id])
        assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)
    assert lab.request_count(offer.source) == warm + 2 * (offer.requests_per_chunk + 1)


@every_offer_with_tokens
async def test_a_token_that_expires_under_way_is_renewed(lab: Lab, offer: Offer) -> None:
    await ask_warm(lab, offer)
    state = lab.sources[offer.source].state
    state.fault, state.times_left = Fault.EXPIRED_TOKEN, 1
    answer = await ask(lab, offer, [offer.known_id])
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)


@every_offer
async def test_a_huge_batch_is_answered_whole(lab: Lab, offer: Offer) -> None:
    """Ten times what fits into one request, and the one that is known in the middle of it."""
    count = 10 * len(offer.unknown_ids)
    unknown = [f"{offer.unknown_ids[0][:-4]}{number:04d}" for number in range(count)]
    ids = list(dict.fromkeys([*unknown[: count // 2], offer.known_id, *unknown[count // 2 :]]))
    answer = await ask(lab, offer, ids)
    assert list(answer) == ids
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)


@every_offer
@pytest.mark.parametrize("odd", ["", "Zoë 🧵", "' OR '1'='1", "x" * 5_000, "\u202e\x00", "gid://shopify/Order/1"])
async def test_ids_that_nobody_has_are_unknown_and_hurt_no_others(lab: Lab, offer: Offer, odd: str) -> None:
    answer = await ask(lab, offer, [odd, offer.known_id])
    assert answer[odd] == offer.nothing
    assert str(answer[offer.known_id]).replace(lab.base_url, "BASE") == str(offer.value)
