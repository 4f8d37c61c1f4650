"""Track alerts: which are taken for true, what they say, and how parcels are subscribed to."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.connectors.ports.carrier import CarrierEvent, TrackingAlerts, TrackingRecord
from app.connectors.ports.checking import Checkable, Finding
from app.connectors.ports.webhook import TrackingTeller, Unauthentic, Unreadable, WebhookReceiver
from app.connectors.registry import Registry
from app.connectors.ups.activities import Tracked, tracking_record
from app.domain.fulfillment import ShipmentStatus
from app.sandbox.data import UPS_WEBHOOK_CREDENTIAL, UpsNetwork
from app.sandbox.ups import answers
from app.sandbox.ups.network import Network, Step
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import make_config, tracking_number

AT = datetime(2026, 11, 3, 12, 5, 10, tzinfo=UTC)
HEADERS = {"Authorization": f"Bearer {UPS_WEBHOOK_CREDENTIAL}", "User-Agent": "UPSPubSubTrackingService"}
ALERT: dict[str, Any] = {
    "trackingNumber": tracking_number(1),
    "localActivityDate": "20261103",
    "localActivityTime": "070509",
    "gmtOffset": "-05.00",
    "activityLocation": {"city": "Reno", "country": "US"},
    "activityStatus": {"type": "I", "code": "DP", "description": "Departed from Facility"},
}
EVENT = CarrierEvent(
    "20261103T120509Z-DP-IN_TRANSIT",
    datetime(2026, 11, 3, 12, 5, 9, tzinfo=UTC),
    ShipmentStatus.IN_TRANSIT,
    "Departed from Facility",
    "Reno",
    "US",
)


@pytest.fixture
def receiver(lab: Lab) -> WebhookReceiver:
    found = lab.registry.webhook_receiver("ups")
    assert found is not None
    return found


def body(**changes: Any) -> bytes:
    return json.dumps(ALERT | changes).encode()


def test_an_alert_says_what_tracking_would(receiver: WebhookReceiver) -> None:
    delivery = receiver.receive(HEADERS, body(), at=AT)
    assert (delivery.sent_at, delivery.subject) == (EVENT.at, f"parcel {tracking_number(1)}")
    assert delivery.body == ALERT
    assert isinstance(receiver, TrackingTeller)
    assert receiver.tracked(delivery.body) == TrackingRecord(tracking_number(1), (EVENT,), None)


@pytest.mark.parametrize(
    ("status", "delivered", "expected"),
    [
        ({"type": "I", "code": "OT"}, None, ShipmentStatus.OUT_FOR_DELIVERY),
        ({"type": "D", "code": "LD"}, None, ShipmentStatus.OUT_FOR_DELIVERY),
        ({"type": "D", "code": "FS"}, "20261103", ShipmentStatus.DELIVERED),
        ({"type": "X", "code": "WX"}, None, ShipmentStatus.DELAYED),
        ({"type": "MV", "code": "VM"}, None, ShipmentStatus.CANCELED),
        ({"type": "Q", "code": "YY"}, None, ShipmentStatus.IN_TRANSIT),
        ({"type": "D", "code": "FS", "descriptionCode": "011"}, None, ShipmentStatus.DELIVERED),
        ({"type": "D", "code": "LD", "descriptionCode": "021"}, None, ShipmentStatus.OUT_FOR_DELIVERY),
        ({"type": "I", "code": "PU", "descriptionCode": "038"}, None, ShipmentStatus.PICKED_UP),
        ({"type": "X", "code": "NH", "descriptionCode": 22}, None, ShipmentStatus.ATTEMPTED),
        ({"type": "X", "code": "RS", "descriptionCode": "034"}, None, ShipmentStatus.RETURNED_TO_SENDER),
        ({"type": "X", "code": "RS", "description": None, "descriptionCode": None}, None, ShipmentStatus.DELAYED),
    ],
)
def test_a_parcel_is_delivered_when_the_alert_has_a_delivery_date(
    receiver: WebhookReceiver, status: dict[str, str], delivered: str | None, expected: ShipmentStatus
) -> None:
    assert isinstance(receiver, TrackingTeller)
    record = receiver.tracked(ALERT | {"activityStatus": status, "actualDeliveryDate": delivered})
    assert record is not None
    assert [event.status for event in record.events] == [expected]


def test_the_same_alert_twice_is_one_event(receiver: WebhookReceiver) -> None:
    first = receiver.receive(HEADERS, body(), at=AT)
    again = receiver.receive(HEADERS, body(receivedBy="Ada"), at=AT)
    later = receiver.receive(HEADERS, body(localActivityTime="070510"), at=AT)
    other = receiver.receive(HEADERS, body(trackingNumber=tracking_number(2)), at=AT)
    assert first.external_event_id == again.external_event_id
    assert len({each.external_event_id for each in (first, later, other)}) == 3


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "the credential is missing or wrong"),
        (HEADERS | {"Authorization": "Bearer ups-webhook-sandbo"}, "the credential is missing or wrong"),
        (HEADERS | {"Authorization": UPS_WEBHOOK_CREDENTIAL}, "the credential is missing or wrong"),
        (HEADERS | {"Authorization": "Bearer schlüssel"}, "the credential is missing or wrong"),
        (HEADERS | {"User-Agent": "curl"}, "the sender does not call itself UPSPubSubTrackingService"),
    ],
)
def test_who_does_not_show_the_credential_is_not_ups(
    receiver: WebhookReceiver, headers: dict[str, str], reason: str
) -> None:
    with pytest.raises(Unauthentic, match=f"^{reason}$"):
        receiver.receive(headers, body(), at=AT)


async def test_without_a_credential_nothing_is_true(lab: Lab) -> None:
    registry = Registry([make_config("ups", f"{lab.base_url}/ups", webhook_credential="")], clock=lab.clock.as_clock())
    ups = registry.webhook_receiver("ups")
    assert ups is not None
    with pytest.raises(Unauthentic, match=r"^webhook_credential is not configured"):
        ups.receive({"Authorization": "Bearer ", "User-Agent": HEADERS["User-Agent"]}, body(), at=AT)
    assert isinstance(ups, TrackingAlerts)
    assert await ups.alert([tracking_number(1)], deadline=lab.clock.monotonic() + 60) == frozenset()
    assert lab.request_count("ups") == 0
    await registry.close()


@pytest.mark.parametrize(
    "wrong", [b"", b"[]", b'{"trackingNumber": "1Z"}', body(localActivityDate="tomorrow"), body(localActivityTime=None)]
)
def test_what_is_no_alert_cannot_be_read(receiver: WebhookReceiver, wrong: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^the alert cannot be read"):
        receiver.receive(HEADERS, wrong, at=AT)


def test_what_comes_both_ways_is_one_event(receiver: WebhookReceiver) -> None:
    assert isinstance(receiver, TrackingTeller)
    alerts: list[Mapping[str, Any]] = []
    row = {"trackingNumber": tracking_number(1), "service": "03", "activities": []}
    network = Network(UpsNetwork(parcels=[row]), tell=alerts.append)
    package = network.find(tracking_number(1))
    assert package is not None
    network.subscribe(tracking_number(1))
    for minute, step in enumerate(Step):
        network.move(package, step, AT + timedelta(minutes=minute))
    answer = {"trackResponse": {"shipment": [{"package": [answers.tracked(package)]}]}}
    record = tracking_record(msgspec.convert(answer, Tracked), tracking_number(1))
    assert record is not None
    told = [event for alert in alerts for event in (receiver.tracked(alert) or record).events]
    assert told == list(record.events)
    assert len({event.status for event in told}) == len(Step)


@pytest.mark.parametrize(
    "when",
    [
        {"localActivityDate": None, "gmtOffset": None, "gmtActivityDate": "20261103", "gmtActivityTime": "120509"},
        {"localActivityTime": "", "gmtActivityDate": "20261103", "gmtActivityTime": "120509"},
        {"gmtOffset": None, "gmtActivityDate": "20261103", "gmtActivityTime": "120509"},
        {"activityLocation": None},
    ],
)
def test_not_every_field_has_a_value(receiver: WebhookReceiver, when: dict[str, str | None]) -> None:
    assert receiver.receive(HEADERS, body(**when), at=AT).sent_at == EVENT.at


async def test_parcels_are_subscribed_to_in_as_few_requests_as_can_be(lab: Lab) -> None:
    ups = lab.registry["ups"]
    assert isinstance(ups, TrackingAlerts)
    numbers = [tracking_number(number) for number in range(1, 102)]
    accepted = await ups.alert([*numbers, "9400111", numbers[0]], deadline=lab.clock.monotonic() + 60)
    assert accepted == {tracking_number(1)}
    assert lab.request_count("ups") == 3
    assert ups.alerts_last.days == 14


async def test_a_check_says_whether_ups_lets_us_in(lab: Lab) -> None:
    ups = lab.registry["ups"]
    assert isinstance(ups, Checkable)
    alerts = Finding("track alerts", True, "On: parcels are subscribed to, and UPS is to show webhook_credential.")
    good = Finding("credentials", True, "UPS gave a token.")
    assert await ups.check(deadline=lab.clock.monotonic() + 60) == (good, alerts)
    credential = {"webhook_credential": UPS_WEBHOOK_CREDENTIAL}
    config = make_config("ups", f"{lab.base_url}/ups", client_secret="wrong", **credential)
    registry = Registry([config], clock=lab.clock.as_clock())
    wrong = registry["ups"]
    assert isinstance(wrong, Checkable)
    bad = "UPS does not accept client_id and client_secret: look at the app in the Developer Portal."
    assert await wrong.check(deadline=lab.clock.monotonic() + 60) == (Finding("credentials", False, bad), alerts)
    await registry.close()
