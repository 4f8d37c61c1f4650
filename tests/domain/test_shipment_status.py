"""Where a parcel is follows from the carrier's clock, never from the order in which its reports arrive."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fulfillment import ShipmentStatus as S
from app.domain.shipment_lifecycle import Report, shipment_status

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def told(hour: int, status: S) -> Report:
    return Report(NOON + timedelta(hours=hour), status)


@pytest.mark.parametrize(
    ("current", "reports", "status"),
    [
        (S.LABEL_PURCHASED, [], S.LABEL_PURCHASED),
        (
            S.LABEL_PURCHASED,
            [told(0, S.PICKED_UP), told(5, S.OUT_FOR_DELIVERY), told(2, S.IN_TRANSIT)],
            S.OUT_FOR_DELIVERY,
        ),
        (S.LABEL_PURCHASED, [told(0, S.DELIVERED)], S.DELIVERED),
        (S.DELIVERED, [told(3, S.DELIVERED), told(9, S.IN_TRANSIT), told(9, S.LOST)], S.DELIVERED),
        (S.DELIVERED, [told(3, S.DELIVERED), told(4, S.RETURNED_TO_SENDER)], S.RETURNED_TO_SENDER),
        (S.DELIVERED, [told(3, S.DELIVERED), told(2, S.RETURNED_TO_SENDER)], S.DELIVERED),
        (S.DELIVERED, [told(3, S.DELIVERED), told(3, S.RETURNED_TO_SENDER)], S.DELIVERED),
        (S.DELIVERED, [told(9, S.IN_TRANSIT)], S.DELIVERED),
        (S.IN_TRANSIT, [told(1, S.IN_TRANSIT), told(1, S.PICKED_UP)], S.IN_TRANSIT),
        (S.LOST, [told(1, S.LOST), told(30, S.IN_TRANSIT)], S.IN_TRANSIT),
        (S.ATTEMPTED, [told(1, S.ATTEMPTED), told(2, S.OUT_FOR_DELIVERY)], S.OUT_FOR_DELIVERY),
        (S.CANCELED, [told(1, S.PICKED_UP)], S.CANCELED),
        (S.IN_TRANSIT, [told(1, S.IN_TRANSIT), told(2, S.CANCELED), told(2, S.CREATED)], S.IN_TRANSIT),
    ],
)
def test_the_latest_by_the_carriers_clock_counts(current: S, reports: list[Report], status: S) -> None:
    assert shipment_status(current, reports) is status
    assert shipment_status(current, reports[::-1]) is status


reports = st.lists(st.builds(told, st.integers(0, 6), st.sampled_from(S)), max_size=8)
ours = st.sampled_from((S.CREATED, S.LABEL_PURCHASED, S.CANCELED))


@given(ours, reports, st.data())
def test_any_order_of_arrival_and_any_repetition_gives_the_same_status(
    current: S, sent: list[Report], data: st.DataObject
) -> None:
    expected = shipment_status(current, sent)
    again = data.draw(st.lists(st.sampled_from(sent), max_size=4)) if sent else []
    kept: list[Report] = []
    for report in data.draw(st.permutations(sent + again)):
        kept.append(report)
        current = shipment_status(current, kept)
    assert current is expected


@given(ours, reports, st.lists(st.builds(told, st.integers(0, 9), st.sampled_from(S)), max_size=4))
def test_only_a_later_return_to_sender_takes_a_delivery_back(
    current: S, before: list[Report], late: list[Report]
) -> None:
    status = shipment_status(current, before)
    if status is S.DELIVERED:
        delivered_at = max(report.at for report in before if report.status is S.DELIVERED)
        is_returned = any(report.status is S.RETURNED_TO_SENDER and report.at > delivered_at for report in late)
        after = shipment_status(status, before + late)
        assert after is S.DELIVERED or (after is S.RETURNED_TO_SENDER and is_returned)
