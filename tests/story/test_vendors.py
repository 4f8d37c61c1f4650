"""The outside systems tell the same story as the store, in their own words."""

import json
import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from app.connectors.ups.activities import Tracked, tracking_record
from app.domain.fulfillment import ShipmentStatus
from app.sandbox.salesforce.objects import OBJECTS
from app.sandbox.story import Story
from tests.story.ledger import Row, by, ids

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "salesforce"
OBJECT_NAMES = ("Contact", "Case", "Task", "Event", "EmailMessage", "Account", "Opportunity")


def linked(story: Story, source_key: str) -> dict[str, Row]:
    """Customers by what that source calls them."""
    customers = ids(story.tables["customers"])
    return {
        row["external_id"]: customers[row["customer_id"]]
        for row in story.tables["customer_source_records"]
        if row["source_key"] == source_key
    }


@pytest.mark.parametrize("shop", ["shopify", "shopify_outlet"])
def test_a_shop_counts_the_orders_of_its_channel(story: Story, shop: str) -> None:
    customers = linked(story, shop)
    placed = [row for row in story.tables["orders"] if row["channel"] == shop and row["status"] != "DRAFT"]
    orders = by(placed, "customer_id")
    records = story.tables["customer_source_records"]
    merged = {row["external_id"] for row in records if row["linked_by"] == "match_proposal"}
    shoppers = story.sandbox.shopify[shop].customers
    told = {row["id"]: (row["numberOfOrders"], row["amountSpent"]["amount"]) for row in shoppers}
    assert len(told) == len(shoppers)
    for external_id, (count, amount) in told.items():
        # An account that was merged away in the store is still an account of its own in the shop.
        own = [] if external_id in merged else orders.get(customers[external_id]["id"], [])
        assert count == str(len(own))
        assert Decimal(amount) * 100 == sum(order["paid_minor"] - order["refunded_minor"] for order in own)


def test_every_shopper_of_a_shop_is_linked_and_every_linked_customer_shops(story: Story) -> None:
    for shop, data in story.sandbox.shopify.items():
        assert {row["id"] for row in data.customers} == linked(story, shop).keys()


def test_the_gateway_holds_what_the_store_says_it_does(story: Story) -> None:
    account = story.sandbox.stripe["stripe"]
    transactions = [row for row in story.tables["payment_transactions"] if row["status"] == "SUCCESS"]
    payments = {
        row["gateway_reference"]: ids(story.tables["payments"])[row["payment_id"]]
        for row in transactions
        if row["kind"] in ("AUTHORIZATION", "SALE", "CAPTURE", "VOID")
    }
    intents = {row["id"]: row for row in account.payment_intents}
    assert intents.keys() == payments.keys()
    assert len(payments) == len({payment["id"] for payment in payments.values()}) == len(account.payment_intents)
    for reference, payment in payments.items():
        intent = intents[reference]
        assert (intent["amount"], intent["amount_received"]) == (payment["amount_minor"], payment["captured_minor"])
        is_held = payment["status"] in ("AUTHORIZED", "PARTIALLY_CAPTURED")
        assert intent["amount_capturable"] == (payment["amount_minor"] - payment["captured_minor"]) * is_held
        assert (intent["status"] == "requires_capture") == is_held
    refunds = {row["gateway_reference"]: row["amount_minor"] for row in transactions if row["kind"] == "REFUND"}
    assert {row["id"]: row["amount"] for row in account.refunds} == refunds


def test_a_case_is_about_an_order_of_its_contact(story: Story) -> None:
    customers = linked(story, "salesforce")
    orders = {row["number"]: row for row in story.tables["orders"]}
    cases = story.sandbox.salesforce["salesforce"].cases
    assert len({row["Id"] for row in cases}) == len({row["CaseNumber"] for row in cases}) == len(cases)
    for case in cases:
        found = re.search(r"\b\d{4}\b", case["Subject"])
        assert found is not None
        assert orders[found[0]]["customer_id"] == customers[case["ContactId"]]["id"]
        assert case["IsClosed"] == (case["Status"] == "Closed") == (case["ClosedDate"] is not None)
        assert case["ClosedDate"] is None or case["CreatedDate"] <= case["ClosedDate"]


def test_activities_and_mails_belong_to_contacts_and_cases(story: Story) -> None:
    org = story.sandbox.salesforce["salesforce"]
    contacts, cases = {row["Id"] for row in org.contacts}, {row["Id"] for row in org.cases}
    assert contacts == linked(story, "salesforce").keys()
    assert {row["WhoId"] for row in (*org.tasks, *org.events)} <= contacts
    assert {row["ParentId"] for row in org.email_messages} == cases
    assert len(org.email_messages) == 2 * len(cases)


def test_opportunities_are_of_contacts_and_their_accounts(story: Story) -> None:
    org = story.sandbox.salesforce["salesforce"]
    accounts, contacts = {row["Id"] for row in org.accounts}, {row["Id"]: row for row in org.contacts}
    assert {row["AccountId"] for row in org.contacts} - {None} == accounts
    opportunities = {row["Id"]: row for row in org.opportunities}
    assert [row["OpportunityId"] for row in org.opportunity_contact_roles] == list(opportunities)
    for role in org.opportunity_contact_roles:
        assert contacts[role["ContactId"]]["AccountId"] == opportunities[role["OpportunityId"]]["AccountId"]


@pytest.mark.parametrize("name", OBJECT_NAMES)
def test_salesforce_rows_have_the_fields_of_salesforce(story: Story, name: str) -> None:
    rows = story.sandbox.salesforce["salesforce"].rows(name)
    used = {field for row in rows for field in row}
    assert all(len(row["Id"]) == 18 for row in rows)
    if not SPECS.is_dir():
        pytest.skip("needs ../shared/specs/salesforce, which is not here")
    standard = json.loads((SPECS / "standard-schema.json").read_text())[name]
    assert used <= {*standard["fields"], *standard["parentReferences"]}
    asked_for = {field for field in OBJECTS[name].fields if field in used}
    assert {"Id", "CreatedDate"} <= asked_for


def test_ada_is_known_everywhere_under_other_names(story: Story) -> None:
    ada = story.tables["customers"][0]
    records = [row for row in story.tables["customer_source_records"] if row["customer_id"] == ada["id"]]
    assert [(row["source_key"], row["external_id"], row["linked_by"]) for row in records] == [
        ("shopify", "gid://shopify/Customer/7104593002611", "first_record"),
        ("salesforce", "003Hs00000" + records[1]["external_id"][10:], "email"),
        ("sap", "0001000200", "name_and_address"),
        ("shopify_outlet", "gid://shopify/Customer/6288017449081", "phone_and_family_name"),
    ]
    assert (ada["number"], ada["email"], ada["company"]) == ("C100001", "ada.lovelace@example.com", None)
    assert ada["emails"] == ["ada.lovelace@example.com", "ada.king@example.org"]


def test_ada_has_an_order_of_every_kind(story: Story) -> None:
    ada = story.tables["customers"][0]
    hers = [row for row in story.tables["orders"] if row["customer_id"] == ada["id"]]
    assert [(row["channel"], row["status"], row["fulfillment_status"], row["return_status"]) for row in hers] == [
        ("shopify", "COMPLETED", "DELIVERED", "PARTIALLY_RETURNED"),
        ("shopify", "COMPLETED", "DELIVERED", "NONE"),
        ("shopify_outlet", "COMPLETED", "DELIVERED", "NONE"),
        ("shopify", "CANCELED", "UNFULFILLED", "NONE"),
        ("shopify", "COMPLETED", "DELIVERED", "PARTIALLY_RETURNED"),
        ("shopify_outlet", "COMPLETED", "DELIVERED", "NONE"),
        ("shopify", "COMPLETED", "DELIVERED", "IN_PROGRESS"),
        ("shopify", "PROCESSING", "FULFILLED", "NONE"),
        ("shopify", "PROCESSING", "UNFULFILLED", "NONE"),
    ]
    assert hers[0]["number"] == "1001"
    shipments = by(story.tables["shipments"], "order_id")[hers[0]["id"]]
    parcels = [row for row in shipments if row["fulfillment_order_id"]]
    assert [row["status"] for row in parcels] == ["DELIVERED", "DELIVERED"]
    assert len({row["location_id"] for row in parcels}) == 2


def test_ada_opened_four_cases_and_one_is_open(story: Story) -> None:
    org = story.sandbox.salesforce["salesforce"]
    contact = next(key for key, customer in linked(story, "salesforce").items() if customer["number"] == "C100001")
    numbers = [row["number"] for row in story.tables["orders"] if row["contact_email"] == "ada.lovelace@example.com"]
    hers = [case for case in org.cases if case["ContactId"] == contact]
    assert [case["Subject"] for case in hers] == [
        "Where is order 1001?",
        f"Exchange for a different size, order {numbers[4]}",
        f"Return label for order {numbers[6]}",
        f"Order {numbers[7]} has not moved",
    ]
    assert [case["IsClosed"] for case in hers] == [True, True, True, False]
    assert len([row for row in (*org.tasks, *org.events) if row["WhoId"] == contact]) == 4


def test_ups_tells_the_stores_events_by_the_same_ids(story: Story) -> None:
    """A parcel of the story that is tracked anew brings nothing new but its label."""
    parcels = {row["trackingNumber"]: row for row in story.sandbox.ups["ups"].parcels}
    shipments = [row for row in story.tables["shipments"] if row["carrier_key"] == "ups"]
    assert parcels.keys() == {row["tracking_number"] for row in shipments}
    stored = by(story.tables["tracking_events"], "shipment_id")
    for shipment in shipments:
        number = shipment["tracking_number"]
        package = {"trackingNumber": number, "activity": parcels[number]["activities"]}
        answer = {"trackResponse": {"shipment": [{"package": [package]}]}}
        record = tracking_record(msgspec.convert(answer, Tracked), number)
        assert record is not None
        told = {each.external_event_id: (each.at, each.status) for each in record.events}
        ours = {
            each["external_event_id"]: (each["at"].replace(microsecond=0), each["status"])
            for each in stored.get(shipment["id"], [])
        }
        new = [status for event_id, (_, status) in told.items() if event_id not in ours]
        assert {event_id: told[event_id] for event_id in ours} == ours
        assert set(new) <= {ShipmentStatus.LABEL_PURCHASED, ShipmentStatus.CANCELED}
