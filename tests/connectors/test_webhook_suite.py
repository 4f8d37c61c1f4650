"""What every receiver of events must do, whatever its vendor: take its word and nobody else's, and each event once."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.datastructures import Headers as AnyCase
from structlog.testing import capture_logs

from app.connectors.manifest import load_manifests
from app.connectors.ports.payment import PaymentGateway
from app.connectors.ports.webhook import ChangeTeller, TrackingTeller, Unauthentic, Unreadable, WebhookReceiver
from app.connectors.registry import Registry
from app.sandbox.data import CLIENT_SECRET, STRIPE_WEBHOOK_SECRET, UPS_WEBHOOK_CREDENTIAL
from app.sandbox.shopify.webhooks import signature as shopify_signature
from app.sandbox.stripe.signature import signature
from tests.connectors.vendor_rows import make_config, tracking_number

AT = datetime(2026, 11, 3, 12, 5, 10, tzinfo=UTC)
Headers = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """An event as the vendor sends it."""

    event: dict[str, Any]
    sent: Callable[[bytes, datetime, str], Headers]
    """The headers of a body, at a time, with a secret."""
    secret: str
    setting: str
    """Where the secret is configured."""
    is_signed: bool = True
    """Whether the headers prove the very bytes."""
    tolerance: timedelta | None = timedelta(minutes=5)
    """How far the time of sending may lie from now; None where the headers do not tell it."""
    is_kept_whole: bool = True
    """Whether all of it is kept, and not only what says what it is about."""


def _stripe(body: bytes, at: datetime, secret: str) -> Headers:
    return {"Stripe-Signature": signature(body, int(at.timestamp()), secret=secret)}


def _ups(_body: bytes, _at: datetime, secret: str) -> Headers:
    return {"Authorization": f"Bearer {secret}", "User-Agent": "UPSPubSubTrackingService"}


def _shopify(body: bytes, at: datetime, secret: str) -> Headers:
    return {
        "X-Shopify-Topic": "orders/updated",
        "X-Shopify-Hmac-Sha256": shopify_signature(body, secret=secret),
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Triggered-At": at.isoformat(),
        "X-Shopify-Shop-Domain": "acme.myshopify.com",
    }


INTENT = {
    "id": "pi_1",
    "status": "succeeded",
    "amount": 100,
    "amount_received": 100,
    "currency": "eur",
    "created": 1_793_000_000,
}
SAMPLES: Mapping[str, Sample] = {
    "stripe": Sample(
        event={
            "id": "evt_1",
            "type": "payment_intent.succeeded",
            "created": 1_793_000_000,
            "data": {"object": INTENT},
        },
        sent=_stripe,
        secret=STRIPE_WEBHOOK_SECRET,
        setting="webhook_secret",
    ),
    "shopify": Sample(
        event={"id": 820982911946154508, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508"},
        sent=_shopify,
        secret=CLIENT_SECRET,
        setting="client_secret",
        tolerance=timedelta(hours=5),
        is_kept_whole=False,
    ),
    "ups": Sample(
        event={
            "trackingNumber": tracking_number(1),
            "localActivityDate": "20261103",
            "localActivityTime": "070509",
            "gmtOffset": "-05.00",
            "activityStatus": {"type": "I", "code": "DP", "description": "Departed"},
        },
        sent=_ups,
        secret=UPS_WEBHOOK_CREDENTIAL,
        setting="webhook_credential",
        is_signed=False,
        tolerance=None,
    ),
}
TELLING = {"X-Shopify-Topic", "X-Shopify-Webhook-Id", "X-Shopify-Shop-Domain"}
"""Headers that say something and prove nothing."""
every_vendor = pytest.mark.parametrize("vendor", SAMPLES)
every_signing_vendor = pytest.mark.parametrize("vendor", [name for name, each in SAMPLES.items() if each.is_signed])
every_timing_vendor = pytest.mark.parametrize("vendor", [name for name, each in SAMPLES.items() if each.tolerance])


def receiver_of(vendor: str) -> WebhookReceiver:
    """Of a source that nobody asks anything."""
    sample = SAMPLES[vendor]
    config = make_config(vendor, f"http://{vendor}.test", **{sample.setting: sample.secret})
    receiver = Registry([config]).webhook_receiver(vendor)
    assert receiver is not None
    return receiver


def encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def test_every_vendor_that_sends_events_is_here() -> None:
    sending = {name for name, manifest in load_manifests().items() if "webhooks" in manifest.capabilities}
    assert sending == SAMPLES.keys()


@every_vendor
def test_what_the_vendor_sent_is_taken_whole(vendor: str) -> None:
    sample = SAMPLES[vendor]
    body = encoded(sample.event | {"note": "Zoë 🧵"})
    delivery = receiver_of(vendor).receive(sample.sent(body, AT, sample.secret), body, at=AT)
    assert delivery.external_event_id
    assert delivery.subject
    if sample.is_kept_whole:
        assert delivery.body == sample.event | {"note": "Zoë 🧵"}


@every_vendor
def test_header_names_may_be_spelled_in_any_way(vendor: str) -> None:
    """By a server, whose headers know no case."""
    sample = SAMPLES[vendor]
    body = encoded(sample.event)
    sent = sample.sent(body, AT, sample.secret)
    for spelled in ({name.lower(): value for name, value in sent.items()}, {k.upper(): v for k, v in sent.items()}):
        headers = AnyCase(spelled)
        assert receiver_of(vendor).receive(headers, body, at=AT).external_event_id


@every_vendor
def test_a_second_delivery_is_the_same_event(vendor: str) -> None:
    sample, receiver = SAMPLES[vendor], receiver_of(vendor)
    body, later = encoded(sample.event), AT + timedelta(minutes=4)
    first = receiver.receive(sample.sent(body, AT, sample.secret), body, at=AT)
    again = receiver.receive(sample.sent(body, later, sample.secret), body, at=later)
    assert (first.external_event_id, first.body, first.subject) == (again.external_event_id, again.body, again.subject)


@every_vendor
@pytest.mark.parametrize("secret", ["", "wrong", "Zoë"])
def test_who_does_not_know_the_secret_is_not_believed(vendor: str, secret: str) -> None:
    sample = SAMPLES[vendor]
    body = encoded(sample.event)
    with pytest.raises(Unauthentic) as refused:
        receiver_of(vendor).receive(sample.sent(body, AT, secret), body, at=AT)
    assert sample.secret not in str(refused.value)


@every_vendor
def test_without_any_proof_nothing_is_believed(vendor: str) -> None:
    sample = SAMPLES[vendor]
    body = encoded(sample.event)
    proofs = sample.sent(body, AT, sample.secret)
    for missing in proofs:
        left = {name: value for name, value in proofs.items() if name != missing}
        if missing not in TELLING:
            with pytest.raises(Unauthentic):
                receiver_of(vendor).receive(left, body, at=AT)
    with pytest.raises(Unauthentic):
        receiver_of(vendor).receive({}, body, at=AT)


@every_signing_vendor
def test_a_body_that_was_changed_on_its_way_is_not_believed(vendor: str) -> None:
    sample = SAMPLES[vendor]
    body = encoded(sample.event)
    headers = sample.sent(body, AT, sample.secret)
    for changed in (body + b" ", body.replace(b"1", b"2", 1), b""):
        with pytest.raises(Unauthentic):
            receiver_of(vendor).receive(headers, changed, at=AT)


@every_timing_vendor
@pytest.mark.parametrize(("tolerances", "is_taken"), [(-0.9, True), (0.9, True), (-1.1, False), (1.1, False)])
def test_clocks_may_differ_and_old_deliveries_are_not_played_again(
    vendor: str, tolerances: float, is_taken: bool
) -> None:
    sample = SAMPLES[vendor]
    assert sample.tolerance is not None
    body = encoded(sample.event)
    headers = sample.sent(body, AT + sample.tolerance * tolerances, sample.secret)
    if is_taken:
        assert receiver_of(vendor).receive(headers, body, at=AT).external_event_id
        return
    with pytest.raises(Unauthentic):
        receiver_of(vendor).receive(headers, body, at=AT)


@every_vendor
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_what_is_authentic_and_no_event_is_unreadable(vendor: str, body: bytes) -> None:
    sample = SAMPLES[vendor]
    with pytest.raises(Unreadable):
        receiver_of(vendor).receive(sample.sent(body, AT, sample.secret), body, at=AT)


@every_vendor
def test_it_says_something_that_is_acted_on(vendor: str) -> None:
    sample, receiver = SAMPLES[vendor], receiver_of(vendor)
    body = encoded(sample.event)
    event = receiver.receive(sample.sent(body, AT, sample.secret), body, at=AT).body
    said: list[object] = []
    if isinstance(receiver, PaymentGateway):
        said += receiver.reports(event)
    if isinstance(receiver, ChangeTeller):
        said += receiver.changes(event)
    if isinstance(receiver, TrackingTeller):
        said.append(receiver.tracked(event))
    assert any(said)


@every_vendor
def test_neither_logs_nor_the_receiver_show_the_secret(vendor: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sample, receiver = SAMPLES[vendor], receiver_of(vendor)
    body = encoded(sample.event)
    with capture_logs() as logs:
        receiver.receive(sample.sent(body, AT, sample.secret), body, at=AT)
        with pytest.raises(Unauthentic):
            receiver.receive(sample.sent(body, AT, "wrong"), body, at=AT)
    assert sample.secret not in str(logs) + caplog.text + repr(receiver)
