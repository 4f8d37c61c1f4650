"""The laws of money and quantity: every row of the story must obey them."""

from app.domain.order import OrderManagement
from app.sandbox.story import Story
from tests.story.ledger import Row, by, ids, sums

_OUTGOING_WITHOUT_UNITS = ("CREATED", "CANCELED")


def managed(story: Story) -> list[Row]:
    return [order for order in story.tables["orders"] if order["management"] is OrderManagement.MANAGED]


def test_an_order_is_the_sum_of_its_lines(story: Story) -> None:
    lines = by(story.tables["order_lines"], "order_id")
    for order in story.tables["orders"]:
        own = lines[order["id"]]
        assert order["subtotal_minor"] == sum(
            line["unit_price_minor"] * (line["ordered"] - line["canceled"]) for line in own
        )
        assert order["discount_minor"] == sum(line["discount_minor"] for line in own)
        assert order["tax_minor"] == sum(line["tax_minor"] for line in own)
        assert order["total_minor"] == sum(line["total_minor"] for line in own) + order["shipping_minor"]
        assert {line["currency"] for line in own} == {order["currency"]}


def test_a_line_is_its_price_times_what_is_now_ordered(story: Story) -> None:
    for line in story.tables["order_lines"]:
        gross = line["unit_price_minor"] * (line["ordered"] - line["canceled"])
        assert line["total_minor"] == gross - line["discount_minor"] + line["tax_minor"]


def test_an_order_is_the_sum_of_its_changes(story: Story) -> None:
    amounts = sums(story.tables["order_changes"], "order_id", "amount_minor")
    totals = sums(story.tables["orders"], "id", "total_minor")
    assert amounts == totals


def test_units_now_ordered_are_the_sum_of_changes_and_what_came_back(story: Story) -> None:
    deltas = sums(story.tables["order_change_lines"], "order_line_id", "quantity_delta")
    kept = sums(story.tables["order_lines"], "id", lambda line: line["ordered"] - line["canceled"] - line["returned"])
    assert deltas == kept


def test_an_order_is_paid_what_its_payments_captured(story: Story) -> None:
    orders = {order["id"]: order for order in managed(story)}
    payments = story.tables["payments"]
    assert sums(payments, "order_id", "captured_minor") == sums(orders.values(), "id", "paid_minor")
    assert sums(payments, "order_id", "refunded_minor") == sums(orders.values(), "id", "refunded_minor")
    assert all(payment["currency"] == orders[payment["order_id"]]["currency"] for payment in payments)


def test_a_payment_is_the_sum_of_its_successful_transactions(story: Story) -> None:
    succeeded = [row for row in story.tables["payment_transactions"] if row["status"] == "SUCCESS"]
    for column, kinds in {
        "authorized_minor": ("AUTHORIZATION", "SALE"),
        "captured_minor": ("CAPTURE", "SALE"),
        "refunded_minor": ("REFUND", "CHARGEBACK"),
    }.items():
        moved = sums([row for row in succeeded if row["kind"] in kinds], "payment_id", "amount_minor")
        assert moved == sums(story.tables["payments"], "id", column), column


def test_shipped_and_delivered_units_are_those_in_parcels(story: Story) -> None:
    lines = [line for line in story.tables["order_lines"] if line["order_id"] in ids(managed(story))]
    outgoing = {
        row["id"]: row
        for row in story.tables["shipments"]
        if row["fulfillment_order_id"] and row["status"] not in _OUTGOING_WITHOUT_UNITS and not row["given_up_at"]
    }
    packed = [row for row in story.tables["shipment_lines"] if row["shipment_id"] in outgoing]
    delivered = [row for row in packed if outgoing[row["shipment_id"]]["status"] == "DELIVERED"]
    assert sums(packed, "order_line_id", "quantity") == sums(lines, "id", "shipped")
    assert sums(delivered, "order_line_id", "quantity") == sums(lines, "id", "delivered")


def test_allocated_and_worked_units_are_those_of_live_fulfillment_orders(story: Story) -> None:
    status = {row["id"]: row["status"] for row in story.tables["fulfillment_orders"]}
    rows = story.tables["fulfillment_order_lines"]
    waiting = [row for row in rows if status[row["fulfillment_order_id"]] in ("SCHEDULED", "OPEN", "ON_HOLD")]
    worked = [row for row in rows if status[row["fulfillment_order_id"]] == "IN_PROGRESS"]
    lines = story.tables["order_lines"]
    assert sums(waiting, "order_line_id", "quantity") == sums(lines, "id", "allocated")
    left = sums(worked, "order_line_id", lambda row: row["quantity"] - row["shipped"])
    assert left == sums(lines, "id", "in_fulfillment")


def test_returned_units_are_those_of_returns(story: Story) -> None:
    status = {row["id"]: row["status"] for row in story.tables["returns"]}
    rows, lines = story.tables["return_lines"], story.tables["order_lines"]
    awaited = [
        row for row in rows
        if status[row["return_id"]] in ("REQUESTED", "OPEN", "IN_TRANSIT", "PARTIALLY_RECEIVED", "RECEIVED")
    ]  # fmt: skip
    assert sums(rows, "order_line_id", "received") == sums(lines, "id", "returned")
    assert sums(awaited, "order_line_id", lambda row: row["quantity"] - row["received"]) == sums(
        lines, "id", "return_requested"
    )
    restocked = [row for row in story.tables["return_dispositions"] if row["disposition"] == "RESTOCK"]
    line_of = {row["id"]: row["order_line_id"] for row in rows}
    assert sums(restocked, lambda row: line_of[row["return_line_id"]], "quantity") == sums(lines, "id", "restocked")


def test_a_closed_return_is_settled_by_its_refunds(story: Story) -> None:
    refunds = sums(
        [row for row in story.tables["payment_transactions"] if row["return_id"]], "return_id", "amount_minor"
    )
    closed = [row for row in story.tables["returns"] if row["status"] == "CLOSED"]
    owed = {row["id"]: row["refund_minor"] - row["fees_minor"] - row["exchange_minor"] for row in closed}
    assert refunds == {key: amount for key, amount in owed.items() if amount > 0}


def test_a_closed_lifecycle_leaves_nothing_open(story: Story) -> None:
    lines = by(story.tables["order_lines"], "order_id")
    for order in story.tables["orders"]:
        own = lines[order["id"]]
        promised = sum(
            line["reserved"] + line["allocated"] + line["backordered"] + line["in_fulfillment"] for line in own
        )
        if order["status"] in ("CANCELED", "EXPIRED", "COMPLETED", "DRAFT"):
            assert promised == 0
        if order["status"] == "COMPLETED":
            assert all(line["delivered"] == line["ordered"] - line["canceled"] for line in own)
            assert order["payment_status"] in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")
        if order["status"] == "CANCELED":
            assert all(line["canceled"] == line["ordered"] for line in own)
            assert order["total_minor"] == order["paid_minor"] - order["refunded_minor"] == 0


def test_nothing_happens_after_the_end_or_before_its_cause(story: Story) -> None:
    for table, columns in {
        "orders": ("placed_at", "updated_at", "completed_at", "canceled_at"),
        "customers": ("created_at", "updated_at"),
        "shipments": ("created_at", "shipped_at", "delivered_at"),
        "tracking_events": ("at", "received_at"),
        "returns": ("requested_at", "closed_at"),
        "events": ("at",),
    }.items():
        for row in story.tables[table]:
            times = [row[column] for column in columns if row[column] is not None]
            assert times == sorted(times) or table == "orders"
            assert max(times) <= story.now


def test_orders_follow_their_buyers(story: Story) -> None:
    created_at = {row["id"]: row["created_at"] for row in story.tables["customers"]}
    for order in story.tables["orders"]:
        assert order["customer_id"] is None or created_at[order["customer_id"]] <= order["placed_at"]
    numbers = [int(order["number"]) for order in sorted(story.tables["orders"], key=lambda order: order["placed_at"])]
    assert numbers == list(range(1_001, 1_001 + len(numbers)))
