from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.workflows.order_import.matching import Cancellation, Match, Sale, match

START = datetime(2011, 3, 1, tzinfo=UTC)


def make_sale(line_no: int, *, day: int = 0, price: int = 100, left: int = 10) -> Sale:
    return Sale(line_no, START + timedelta(days=day), price, left)


def make_cancellation(line_no: int, *, day: int = 0, price: int = 100, quantity: int = 1) -> Cancellation:
    return Cancellation(line_no, START + timedelta(days=day), price, quantity)


def test_the_latest_earlier_sale_is_taken_first() -> None:
    sales = [make_sale(1, day=0), make_sale(2, day=1), make_sale(3, day=9)]
    assert list(match(sales, [make_cancellation(4, day=5, quantity=3)])) == [Match(4, 2, 3, 100)]


def test_a_cancellation_may_span_several_sales() -> None:
    sales = [make_sale(1, day=0, left=4), make_sale(2, day=1, left=2)]
    assert list(match(sales, [make_cancellation(3, day=5, quantity=5)])) == [Match(3, 2, 2, 100), Match(3, 1, 3, 100)]


def test_a_sale_at_the_same_price_goes_before_a_later_one() -> None:
    sales = [make_sale(1, day=0, price=100), make_sale(2, day=1, price=120)]
    assert list(match(sales, [make_cancellation(3, day=5, price=100)])) == [Match(3, 1, 1, 100)]


def test_no_more_is_given_back_than_was_paid() -> None:
    assert list(match([make_sale(1, price=99)], [make_cancellation(2, day=1, price=100)])) == []


def test_what_cannot_be_taken_whole_is_not_taken_and_leaves_the_units_to_others() -> None:
    sales = [make_sale(1, left=4)]
    taking = [make_cancellation(2, day=1, quantity=5), make_cancellation(3, day=2, quantity=4)]
    assert list(match(sales, taking)) == [Match(3, 1, 4, 100)]


def test_a_later_sale_is_never_taken() -> None:
    assert list(match([make_sale(1, day=2)], [make_cancellation(2, day=1)])) == []


days = st.integers(0, 5)
prices = st.sampled_from([100, 120])
units = st.integers(1, 6)


@given(
    st.lists(st.tuples(days, prices, units), max_size=8),
    st.lists(st.tuples(days, prices, units), max_size=8),
)
def test_the_law_of_matching(sold: list[tuple[int, int, int]], taken: list[tuple[int, int, int]]) -> None:
    def sales() -> list[Sale]:
        return [make_sale(no, day=day, price=price, left=left) for no, (day, price, left) in enumerate(sold)]

    cancellations = [
        make_cancellation(100 + no, day=day, price=price, quantity=quantity)
        for no, (day, price, quantity) in enumerate(taken)
    ]
    by_line = {it.line_no: it for it in cancellations}
    matches = list(match(sales(), cancellations))

    for sale in sales():
        assert sum(it.quantity for it in matches if it.sale_line_no == sale.line_no) <= sale.left
    for it in matches:
        sale = sales()[it.sale_line_no]
        cancellation = by_line[it.cancellation_line_no]
        assert sale.at <= cancellation.at
        assert sale.unit_price_minor >= cancellation.unit_price_minor == it.unit_price_minor
        assert it.quantity > 0
    for line_no in {it.cancellation_line_no for it in matches}:
        whole = sum(it.quantity for it in matches if it.cancellation_line_no == line_no)
        assert whole == by_line[line_no].quantity
    assert list(match(sales(), reversed(cancellations))) == matches
