"""What UPS's activities mean: when, what, and how they are told apart."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.connectors.ports.carrier import TrackingRecord
from app.connectors.ups.activities import BY_STATUS_CODE, Status, Tracked, shipment_status, tracking_record
from app.domain.fulfillment import ShipmentStatus
from tests.connectors.vendor_rows import make_activity, tracking_number

NUMBER = tracking_number(1)
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def tracked(*packages: dict[str, Any]) -> TrackingRecord | None:
    answer = {"trackResponse": {"shipment": [{"inquiryNumber": NUMBER, "package": list(packages)}]}}
    return tracking_record(msgspec.convert(answer, Tracked), NUMBER)


def record(**package: Any) -> TrackingRecord:
    found = tracked({"trackingNumber": NUMBER} | package)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "status_code", "description", "status"),
    [
        ("M", "003", "Shipper created a label", "LABEL_PURCHASED"),
        ("P", "", "Pickup Scan", "PICKED_UP"),
        ("I", "038", "Pickup Scan", "PICKED_UP"),
        ("I", "005", "Departed from Facility", "IN_TRANSIT"),
        ("I", "021", "Out For Delivery Today", "OUT_FOR_DELIVERY"),
        ("X", "022", "The receiver was not available for delivery.", "ATTEMPTED"),
        ("X", "024", "The receiver was not available for the final attempt.", "ATTEMPTED"),
        ("X", "048", "Severe weather conditions have delayed delivery.", "DELAYED"),
        ("X", "013", "The package was lost. We will notify the sender.", "LOST"),
        ("I", "005", "Nothing was lost", "IN_TRANSIT"),
        ("X", "013", "A glossy box was damaged", "DELAYED"),
        ("D", "011", "DELIVERED", "DELIVERED"),
        ("RS", "", "Returned to Sender", "RETURNED_TO_SENDER"),
        ("X", "034", "Returned to Sender", "RETURNED_TO_SENDER"),
        ("MV", "007", "Shipment information voided", "CANCELED"),
        ("W", "", "Warehouse Scan", "IN_TRANSIT"),
        ("", "", "", "IN_TRANSIT"),
    ],
)
def test_the_finest_known_code_decides(kind: str, status_code: str, description: str, status: str) -> None:
    assert shipment_status(Status(kind, "ZZ", description, status_code)) == ShipmentStatus[status]


def test_every_known_code_is_three_digits() -> None:
    assert all(len(code) == 3 and code.isdecimal() for code in BY_STATUS_CODE)


@pytest.mark.parametrize(
    "when",
    [
        {"date": "20261103", "time": "070000", "gmtOffset": "-05:00"},
        {"date": "20261103", "time": "70000", "gmtOffset": "-05.00"},
        {"date": "20261103", "time": "173000", "gmtOffset": "+05:30"},
        {"date": "20261103", "time": "070000", "gmtDate": "20261103", "gmtTime": "120000"},
        {"date": "20261103", "time": "070000", "gmtOffset": "-05:00", "gmtDate": "20261103", "gmtTime": "70000"},
        {"date": "20261103", "time": "12:00:00"},
    ],
    ids=["offset", "no leading zero", "ahead", "Greenwich", "the offset before Greenwich", "neither"],
)
def test_times_are_in_utc(when: dict[str, str]) -> None:
    activity = {"status": {"type": "I", "code": "DP"}} | when
    [event] = record(activity=[activity]).events
    assert event.at == NOON
    assert event.external_event_id == "20261103T120000Z-DP-IN_TRANSIT"


def test_an_event_is_told_apart_by_when_and_what() -> None:
    scan = make_activity("2026-11-03T07:00:00")
    elsewhere = scan | {"location": {"address": {"city": "Boise", "countryCode": "US"}, "slic": "8371"}}
    renamed = make_activity("2026-11-03T07:00:00", description="Departed", statusCode="005")
    later = make_activity("2026-11-03T07:00:01")
    other = make_activity("2026-11-03T07:00:00", code="AR")
    better = make_activity("2026-11-03T07:00:00", statusCode="034")
    ids = [record(activity=[each]).events[0].external_event_id for each in (scan, elsewhere, renamed)]
    assert ids == ["20261103T120000Z-DP-IN_TRANSIT"] * 3
    told = {record(activity=[each]).events[0].external_event_id for each in (scan, later, other, better)}
    assert len(told) == 4


def test_events_are_told_oldest_first() -> None:
    events = record(activity=[make_activity("2026-11-03T09:00:00"), make_activity("2026-11-02T09:00:00")]).events
    assert [event.at.day for event in events] == [2, 3]


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ({"deliveryDate": [{"type": "SDD", "date": "20261105"}]}, "2026-11-05T23:59:00"),
        (
            {"deliveryDate": [{"type": "SDD", "date": "20261105"}, {"type": "RDD", "date": "20261106"}]},
            "2026-11-06T23:59:00",
        ),
        (
            {
                "deliveryDate": [{"type": "SDD", "date": "20261105"}],
                "deliveryTime": {"type": "EDW", "startTime": "140000", "endTime": "180000"},
                "activity": [make_activity("2026-11-03T09:00:00")],
            },
            "2026-11-05T23:00:00",
        ),
        (
            {"deliveryDate": [{"type": "SDD", "date": "20261105"}], "deliveryTime": {"type": "EOD"}},
            "2026-11-05T23:59:00",
        ),
        ({"deliveryDate": [{"type": "DEL", "date": "20261104"}]}, None),
        ({}, None),
    ],
    ids=["scheduled", "rescheduled", "in a window, by the newest offset", "by the end of the day", "delivered", "none"],
)
def test_the_estimate_is_the_scheduled_delivery(package: dict[str, Any], expected: str | None) -> None:
    estimate = record(**package).estimated_delivery_at
    assert estimate == (None if expected is None else datetime.fromisoformat(expected).replace(tzinfo=UTC))


def test_of_several_packages_the_one_that_was_asked_for_is_told() -> None:
    mine = {"trackingNumber": NUMBER, "activity": [make_activity("2026-11-03T09:00:00")]}
    other = {"trackingNumber": tracking_number(2), "activity": []}
    found = tracked(other, mine)
    assert found is not None
    assert len(found.events) == 1
    assert tracked(other, {"trackingNumber": tracking_number(3)}) is None
    assert tracked() is None


@pytest.mark.parametrize("wrong", [{"time": "noon"}, {"gmtOffset": "EST"}, {"date": "20261303"}])
def test_a_time_that_is_none_is_an_error(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        record(activity=[make_activity("2026-11-03T09:00:00") | wrong])
