"""Units of a line told in several documents have its discount and tax together, to the cent."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.order import OrderStatus
from app.domain.order_summary import Line
from app.stores.outgoing_content import Names
from app.workflows.push_documents import _line
from tests.domain.test_outgoing import make_order

NAMES = Names(order=None, customer_number=None, customer=None, products={})


@given(
    parcels=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    discount_minor=st.integers(0, 10_000),
    tax_minor=st.integers(0, 10_000),
)
def test_parcels_share_what_their_line_has(parcels: list[int], discount_minor: int, tax_minor: int) -> None:
    line = Line(
        id=UUID(int=1), position=1, product_id=None, sku="MUG", title="Mug", unit_price_minor=100,
        discount_minor=discount_minor, tax_minor=tax_minor, ordered=sum(parcels),
    )  # fmt: skip
    order = make_order(OrderStatus.PROCESSING, lines=[line])
    told = [_line(order, line, NAMES, sum(parcels[:place]), units) for place, units in enumerate(parcels)]
    assert [each.quantity for each in told] == parcels
    assert sum(each.discount.minor for each in told) == discount_minor
    assert sum(each.tax.minor for each in told) == tax_minor
    assert all(each.discount.minor >= 0 and each.tax.minor >= 0 for each in told)
