"""Which change leads to which document: the rules, and the table that shows them to operators."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.inventory import MovementKind
from app.domain.order import (
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_summary import Line, OrderSummary
from app.domain.outgoing import Push, due_of_movement, due_of_order, due_of_transaction, head_of
from app.domain.payment import TransactionKind
from tests.architecture.source_tree import ROOT

ID = UUID(int=1)
S = OrderStatus


def make_order(status: OrderStatus, held_from: OrderStatus | None = None, **fields: Any) -> OrderSummary:
    order = OrderSummary(
        id=ID, version=1, number="1", management=OrderManagement.MANAGED, status=status,
        fulfillment_status=OrderFulfillmentStatus.UNFULFILLED, payment_status=OrderPaymentStatus.NOT_PAID,
        return_status=OrderReturnStatus.NONE, channel="web", customer_id=None, contact_name=None, contact_email=None,
        shipping_address=None, billing_address=None, shipping_method=None, currency="USD",
        placed_at=datetime(2026, 11, 1, tzinfo=UTC), held_from=held_from,
        lines=[Line(id=ID, position=1, product_id=None, sku="MUG", title="Mug", unit_price_minor=100, ordered=3)],
    )  # fmt: skip
    return replace(order, **fields)


def due(before: OrderSummary | None, after: OrderSummary) -> list[Push]:
    if before is not None:
        after.saved = {"lines": before.lines, "head": [head_of(before)]}
    return [each.push for each in due_of_order(after)]


@pytest.mark.parametrize(
    ("before", "after", "pushes"),
    [
        (None, (S.PENDING,), []),
        (None, (S.CONFIRMED,), [Push.ORDERS, Push.ANALYTICS]),
        ((S.PENDING,), (S.CONFIRMED,), [Push.ORDERS, Push.ANALYTICS]),
        ((S.ON_HOLD, S.PENDING), (S.CONFIRMED,), [Push.ORDERS, Push.ANALYTICS]),
        ((S.CONFIRMED,), (S.ON_HOLD, S.CONFIRMED), []),
        ((S.ON_HOLD, S.PROCESSING), (S.PROCESSING,), []),
        ((S.CONFIRMED,), (S.PROCESSING,), []),
        ((S.PROCESSING,), (S.COMPLETED,), []),
        ((S.PENDING,), (S.EXPIRED,), [Push.ORDERS]),
        ((S.PROCESSING,), (S.CANCELED,), [Push.ORDERS]),
        ((S.CANCELED,), (S.CANCELED,), []),
    ],
)
def test_an_order_is_due_when_it_binds_and_when_it_is_off(before: Any, after: Any, pushes: list[Push]) -> None:
    assert due(make_order(*before) if before else None, make_order(*after)) == pushes


def test_what_its_document_holds_makes_it_due_again_and_what_it_does_not_hold_does_not() -> None:
    before = make_order(S.PROCESSING)
    assert due(before, make_order(S.PROCESSING, contact_email="zoe@example.com")) == [Push.ORDERS]
    assert due(before, make_order(S.PROCESSING, shipping_minor=500)) == [Push.ORDERS]
    assert due(before, make_order(S.PROCESSING, lines=[replace(before.lines[0], canceled=1)])) == [Push.ORDERS]
    assert due(before, make_order(S.PROCESSING, lines=[replace(before.lines[0], reserved=3)])) == []
    assert due(before, make_order(S.PROCESSING, metadata={"gift": True})) == []


def test_an_order_that_is_driven_elsewhere_is_nobodys_business() -> None:
    assert due(make_order(S.PENDING), make_order(S.CONFIRMED, management=OrderManagement.UNMANAGED)) == []


def test_each_movement_that_changes_what_is_on_hand_is_due_unless_a_document_tells_it() -> None:
    told = {
        (kind, caused_by): each.unless
        for kind in MovementKind
        for caused_by in (None, "Shipment", "Return")
        for each in due_of_movement(kind, ID, caused_by)
    }
    always = {"RECEIPT", "ADJUSTMENT", "COUNT", "SHIP", "RETURN_RESTOCK", "TRANSFER_OUT", "TRANSFER_IN"}
    assert {kind for kind, _ in told} == always
    assert {key: unless for key, unless in told.items() if unless} == {
        (MovementKind.SHIP, "Shipment"): Push.SHIPMENTS,
        (MovementKind.RETURN_RESTOCK, "Shipment"): Push.SHIPMENTS,
        (MovementKind.RETURN_RESTOCK, "Return"): Push.RETURNS,
    }


def test_money_that_was_taken_is_an_invoice_and_money_given_back_a_fact() -> None:
    assert {kind.value: [each.push for each in due_of_transaction(kind, ID, ID)] for kind in TransactionKind} == {
        "AUTHORIZATION": [],
        "CAPTURE": [Push.INVOICES],
        "SALE": [Push.INVOICES],
        "VOID": [],
        "REFUND": [Push.ANALYTICS],
        "CHARGEBACK": [],
    }


def test_the_documentation_has_every_kind() -> None:
    text = (ROOT / "docs" / "connectors" / "pushing.md").read_text()
    assert re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE) == [push.value for push in Push]
