"""Whatever a storefront sells, discounts and taxes: the order that becomes of it comes to the same."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder
from app.connectors.source_config import SourceConfig
from app.domain.order import OrderManagement
from app.stores.placement import Known
from app.workflows.storefront.lines import lines_of
from app.workflows.storefront.place import new_order
from app.workflows.storefront.rules import line_minor, require_order
from tests.storefront_orders.samples import order_of, sold, usd

ORDER_ID = UUID(int=7)
CONFIG = SourceConfig("webshop", "shopify", "Web shop", "http://localhost")


@st.composite
def sold_lines(draw: st.DrawFn) -> list[StorefrontLine]:
    lines = []
    for number in range(draw(st.integers(1, 6))):
        quantity, price_minor = draw(st.integers(1, 50)), draw(st.integers(0, 100_000))
        discount = draw(st.integers(0, price_minor * quantity))
        lines.append(sold(number, "MUG", quantity, price_minor, discount=discount, tax=draw(st.integers(0, 50_000))))
    return lines


@st.composite
def orders(draw: st.DrawFn) -> StorefrontOrder:
    """With a total that rounding has moved as far as it can."""
    lines, shipping_minor = draw(sold_lines()), draw(st.integers(0, 5_000))
    off_minor = draw(st.integers(-len(lines) - 1, len(lines) + 1))
    total_minor = max(0, sum(map(line_minor, lines)) + shipping_minor + off_minor)
    more: dict[str, Any] = {"shipping": usd(shipping_minor), "total": usd(total_minor)}
    return order_of(*lines, **more)


@given(orders())
def test_the_sum_is_the_storefronts_total(order: StorefrontOrder) -> None:
    require_order(order)
    lines = lines_of(order, ORDER_ID, {})
    assert order.total is not None
    assert sum(line.total_minor for line in lines) + order.shipping.minor == order.total.minor
    made = new_order(CONFIG, order, Known("1", None, {}, {}, None), OrderManagement.MANAGED)
    assert made.total_minor == order.total.minor
    assert made.total_minor == made.subtotal_minor - made.discount_minor + made.shipping_minor + made.tax_minor
    assert all(line.discount_minor >= 0 and line.tax_minor >= 0 for line in lines)
    assert [line.ordered for line in lines] == [each.quantity for each in order.lines]


@given(orders())
def test_a_line_has_one_id(order: StorefrontOrder) -> None:
    ids = [line.id for line in lines_of(order, ORDER_ID, {})]
    assert ids == [line.id for line in lines_of(order, ORDER_ID, {})]
    assert len(set(ids)) == len(ids)
