"""The story visits every state and tells the same each time."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from app.domain.customer import ConsentChannel, CustomerKind, MatchProposalStatus
from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.inventory import LocationKind, MovementKind
from app.domain.order import (
    ExceptionStatus,
    HoldReason,
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.domain.returns import Disposition, ReturnReason, ReturnStatus
from app.models import Base
from app.sandbox.story import Story, end_of, tell
from app.sandbox.story.scenarios import SCENARIOS
from tests.story.conftest import NOW
from tests.story.ledger import by


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("customers", "kind", CustomerKind),
        ("consents", "channel", ConsentChannel),
        ("match_proposals", "status", MatchProposalStatus),
        ("locations", "kind", LocationKind),
        ("inventory_movements", "kind", MovementKind),
        ("orders", "management", OrderManagement),
        ("orders", "status", OrderStatus),
        ("orders", "fulfillment_status", OrderFulfillmentStatus),
        ("orders", "payment_status", OrderPaymentStatus),
        ("orders", "return_status", OrderReturnStatus),
        ("order_changes", "kind", OrderChangeKind),
        ("holds", "reason", HoldReason),
        ("order_exceptions", "status", ExceptionStatus),
        ("payments", "status", PaymentStatus),
        ("payment_transactions", "kind", TransactionKind),
        ("payment_transactions", "status", TransactionStatus),
        ("fulfillment_orders", "status", FulfillmentOrderStatus),
        ("shipments", "status", ShipmentStatus),
        ("returns", "status", ReturnStatus),
        ("return_lines", "reason", ReturnReason),
        ("return_dispositions", "disposition", Disposition),
    ],
)
def test_every_word_occurs(story: Story, table: str, column: str, words: type[StrEnum]) -> None:
    assert {str(row[column]) for row in story.tables[table]} == set(words)


def test_what_may_be_absent_is_there_for_some(story: Story) -> None:
    some = {
        "line2": sum("line2" in row["shipping_address"] for row in story.tables["orders"]),
        "metadata": sum(row["metadata"] is not None for row in story.tables["orders"]),
        "note": sum(row["note"] is not None for row in story.tables["return_lines"]),
        "pickup": sum(row["pickup_location_id"] is not None for row in story.tables["customers"]),
    }
    assert some == {"line2": 160, "metadata": 295, "note": 52, "pickup": 8}


def test_customers_read_the_language_of_their_country_and_pick_up_in_their_city(story: Story) -> None:
    cities = {row["id"]: row["address"]["city"] for row in story.tables["locations"]}
    for row in story.tables["customers"]:
        address = row["addresses"][0]
        assert row["locale"] in {None, f"en-{address['country']}", f"{address['country'].lower()}-{address['country']}"}
        if row["pickup_location_id"]:
            assert address["city"] == cities[row["pickup_location_id"]]


def test_every_table_but_those_computed_from_others_is_told(story: Story) -> None:
    computed = {"customer_scores", "segments", "segment_members"}
    told = {name for name, rows in story.tables.items() if rows}
    assert told <= set(Base.metadata.tables)
    assert computed.isdisjoint(told)


def test_the_same_seed_and_end_tell_the_same_story(story: Story) -> None:
    assert tell(NOW) == story
    assert tell(NOW, seed=1).tables["orders"] != story.tables["orders"]
    assert tell(NOW + timedelta(days=1)).tables["orders"] != story.tables["orders"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_are_played_to_the_end(seed: int) -> None:
    assert len(tell(NOW, seed=seed).tables["orders"]) == 875


def test_it_can_end_at_any_time_of_any_day() -> None:
    assert len(tell(datetime(2028, 2, 29, 17, 45, 3, tzinfo=UTC)).tables["orders"]) == 875


def test_the_end_is_read_off_the_first_customer(story: Story) -> None:
    first = story.tables["customers"][0]
    assert first["number"] == "C100001"
    assert end_of(first["created_at"]) == story.now == NOW


def test_rows_of_a_table_have_the_same_columns_and_ids_of_their_own(story: Story) -> None:
    seen: set[object] = set()
    for rows in story.tables.values():
        assert len({tuple(row) for row in rows}) <= 1
        for row in rows:
            if "id" in row:
                assert row["id"].version == 7
                assert row["id"] not in seen
                seen.add(row["id"])


def test_events_count_within_their_subject_and_agree_with_versions(story: Story) -> None:
    rows = {row["id"]: row for table in ("orders", "customers", "returns") for row in story.tables[table]}
    for subject_id, events in by(story.tables["events"], "subject_id").items():
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        assert rows[subject_id]["version"] == len(events)
    assert [event["at"] for event in story.tables["events"]] == sorted(event["at"] for event in story.tables["events"])


def test_the_last_word_of_the_log_is_the_order_s_status(story: Story) -> None:
    """Of the words that name a lifecycle state."""
    states = {
        "order.drafted": "DRAFT",
        "order.placed": "PENDING",
        "order.held": "ON_HOLD",
        "order.confirmed": "CONFIRMED",
        "order.routed": "PROCESSING",
        "order.exchanged": "PROCESSING",
        "order.completed": "COMPLETED",
        "order.mirrored": "COMPLETED",
        "order.canceled": "CANCELED",
        "order.expired": "EXPIRED",
    }
    logs = by(story.tables["events"], "subject_id")
    for order in story.tables["orders"]:
        said = [states[event["type"]] for event in logs[order["id"]] if event["type"] in states]
        assert said[-1] == order["status"]


def test_mail_and_telephone_reach_nobody(story: Story) -> None:
    text = json.dumps(story.tables, default=str) + json.dumps(story.sandbox, default=str)
    assert set(re.findall(r"@([\w.-]+\w)", text)) == {"example.com", "example.org"}
    phones = {phone for row in story.tables["customers"] for phone in row["phones"]}
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone) for phone in phones)


def test_an_open_hold_stands_on_what_is_on_hold(story: Story) -> None:
    standing = [row for row in story.tables["holds"] if row["released_at"] is None]
    held_orders = {row["order_id"] for row in standing if row["fulfillment_order_id"] is None}
    held_requests = {row["fulfillment_order_id"] for row in standing} - {None}
    assert held_orders == {row["id"] for row in story.tables["orders"] if row["status"] == "ON_HOLD"}
    assert held_requests == {row["id"] for row in story.tables["fulfillment_orders"] if row["status"] == "ON_HOLD"}


def test_scenarios_have_names_of_their_own() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)


def test_how_many_of_what(story: Story) -> None:
    counts = Counter({name: len(rows) for name, rows in story.tables.items()})
    assert (counts["sources"], counts["locations"], counts["products"]) == (9, 6, 60)
    assert (counts["customers"], counts["orders"], counts["match_proposals"]) == (321, 875, 12)
