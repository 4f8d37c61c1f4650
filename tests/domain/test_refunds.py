"""Refunds are of exactly what was paid, whatever comes back in whatever order and grouping."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.goodwill import reduce
from app.domain.order import (
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_summary import Line, OrderSummary
from app.domain.payment import RefundComponent
from app.domain.refunds import Goods, Worth, dealt, goods_of, shares
from app.workflows.order_units import cancel_units

MINOR = st.integers(0, 10**9)
"""Of any currency: what a minor unit is worth does not matter here."""
C = RefundComponent


def worth(amount_minor: int, component: RefundComponent = C.ITEM, quantity: int = 0) -> Worth:
    return Worth(component=component, amount_minor=amount_minor, quantity=quantity)


def test_the_last_unit_takes_what_rounding_left() -> None:
    all_three = Goods(3, 949, 70)
    two = all_three.part(2)
    assert two == Goods(2, 632, 46)
    assert all_three.less(two) == Goods(1, 317, 24)


@given(units=st.integers(1, 60), item=MINOR, tax=MINOR, steps=st.lists(st.integers(1, 9), max_size=60))
def test_every_unit_in_any_grouping_is_worth_what_the_line_cost(
    units: int, item: int, tax: int, steps: list[int]
) -> None:
    left, item_back, tax_back = Goods(units, item, tax), 0, 0
    for step in [*steps, units]:
        back = left.part(step)
        left, item_back, tax_back = left.less(back), item_back + back.item_minor, tax_back + back.tax_minor
    assert (left, item_back, tax_back) == (Goods(0, 0, 0), item, tax)


@given(
    units=st.integers(1, 30),
    price=st.integers(0, 10**6),
    discount=MINOR,
    tax=MINOR,
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=40),
)
def test_with_cancellations_between_no_more_is_credited_than_the_line_costs_and_in_the_end_all_of_it(
    units: int, price: int, discount: int, tax: int, steps: list[tuple[bool, int]]
) -> None:
    line = Line(
        id=UUID(int=1), position=1, product_id=None, sku="MUG", title="Mug", unit_price_minor=price,
        discount_minor=min(discount, price * units), tax_minor=tax, ordered=units,
    )  # fmt: skip
    credited = Goods()
    for is_return, count in steps:
        kept = line.units - credited.units
        if not is_return and kept:
            cancel_units(line, min(count, kept), credited)
        if is_return:
            credited = _and(credited, goods_of(line).less(credited).part(min(count, kept)))
        assert credited.item_minor <= goods_of(line).item_minor
        assert credited.tax_minor <= line.tax_minor
        assert line.discount_minor >= 0
    credited = _and(credited, goods_of(line).less(credited))
    assert credited == goods_of(line)


@given(
    units=st.integers(1, 12),
    price=st.integers(0, 10**5),
    discount=MINOR,
    tax=st.integers(0, 10**5),
    steps=st.lists(st.tuples(st.sampled_from(["return", "cancel", "grant"]), st.integers(1, 2_000)), max_size=30),
)
def test_what_is_granted_on_units_that_are_kept_takes_nothing_from_those_returned(
    units: int, price: int, discount: int, tax: int, steps: list[tuple[str, int]]
) -> None:
    line = Line(
        id=UUID(int=1), position=1, product_id=None, sku="MUG", title="Mug", unit_price_minor=price,
        discount_minor=min(discount, price * units), tax_minor=tax, ordered=units,
    )  # fmt: skip
    line.add_up()
    order = order_of(line)
    credited = Goods()
    for step, amount in steps:
        kept = line.units - credited.units
        if step == "cancel" and kept:
            cancel_units(line, min(amount % 5, kept), credited)
        if step == "grant":
            reduce(order, amount, {line.id: credited})
        if step == "return":
            credited = _and(credited, goods_of(line).less(credited).part(min(amount % 5, kept)))
            line.returned = credited.units
        assert credited.item_minor + credited.tax_minor <= line.total_minor
        assert min(line.discount_minor, line.tax_minor) >= 0
    credited = _and(credited, goods_of(line).less(credited))
    assert credited.item_minor + credited.tax_minor == line.total_minor


def order_of(line: Line) -> OrderSummary:
    return OrderSummary(
        id=UUID(int=2), version=1, number="1", management=OrderManagement.MANAGED, status=OrderStatus.COMPLETED,
        fulfillment_status=OrderFulfillmentStatus.DELIVERED, payment_status=OrderPaymentStatus.PAID,
        return_status=OrderReturnStatus.NONE, channel="web", customer_id=None, contact_name=None, contact_email=None,
        shipping_address=None, billing_address=None, shipping_method=None, currency="USD",
        placed_at=datetime(2026, 11, 1, tzinfo=UTC), lines=[line],
    )  # fmt: skip


def _and(credited: Goods, back: Goods) -> Goods:
    return Goods(
        credited.units + back.units, credited.item_minor + back.item_minor, credited.tax_minor + back.tax_minor
    )


def test_what_became_cheaper_than_was_credited_is_made_up_by_the_tax() -> None:
    # Two units at 5.00 with 0.50 of tax each; one is credited, then 5.50 is taken off, the price first.
    assert Goods(2, 450, 100).less(Goods(1, 500, 50)) == Goods(1, 0, 0)
    assert Goods(2, 460, 100).less(Goods(1, 500, 50)) == Goods(1, 0, 10)


def test_a_fee_lowers_every_part_in_proportion() -> None:
    parts = shares([worth(900), worth(90, C.TAX), worth(10, C.SHIPPING)], 500)
    assert [each.amount_minor for each in parts] == [450, 45, 5]
    assert shares([worth(900), worth(0, C.TAX)], 1_000) == [worth(900)]
    assert shares([worth(900)], 0) == []


@given(st.lists(MINOR, max_size=12), MINOR)
def test_shares_sum_up_and_none_is_more_than_its_part(amounts: list[int], wanted: int) -> None:
    worths = [worth(amount, quantity=number) for number, amount in enumerate(amounts)]
    found = {each.quantity: each.amount_minor for each in shares(worths, wanted)}
    assert sum(found.values()) == min(wanted, sum(amounts))
    assert all(0 < amount <= amounts[number] for number, amount in found.items())


def test_a_part_that_two_payments_give_back_counts_its_units_once() -> None:
    first, second = dealt([worth(600, quantity=2), worth(60, C.TAX, quantity=2)], [400, 260])
    assert first == [worth(400, quantity=2)]
    assert second == [worth(200), worth(60, C.TAX, quantity=2)]


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.data())
def test_portions_are_of_the_parts_in_their_order(amounts: list[int], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, sum(amounts)), max_size=6)))
    sizes = [end - start for start, end in zip([0, *cuts], [*cuts, sum(amounts)], strict=True)]
    portions = dealt([worth(amount, quantity=number + 1) for number, amount in enumerate(amounts)], sizes)
    assert [sum(each.amount_minor for each in portion) for portion in portions] == sizes
    assert sum(each.quantity for portion in portions for each in portion) == sum(range(1, len(amounts) + 1))
