"""Lines of a storefront's order as lines of ours, to the last minor unit of its total."""

from collections.abc import Mapping
from uuid import UUID

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder
from app.domain.ids import derived_id
from app.domain.order_summary import Line
from app.stores.placement import Product
from app.workflows.storefront.rules import line_minor, rounding_minor


def sku_of(line: StorefrontLine) -> str:
    return line.sku or line.title


def lines_of(order: StorefrontOrder, order_id: UUID, products: Mapping[str, Product]) -> list[Line]:
    """As ordered: nothing is canceled, shipped or back. `order_id` is ours; a line has the same id in each version."""
    lines = []
    for position, each in enumerate(order.lines, start=1):
        product = products.get(sku_of(each))
        lines.append(
            Line(
                id=line_id(order_id, each.external_id),
                position=position,
                product_id=product.id if product else None,
                sku=sku_of(each),
                title=each.title or (product.title if product else sku_of(each)),
                unit_price_minor=each.unit_price.minor,
                discount_minor=each.discount.minor,
                tax_minor=each.tax.minor,
                ordered=each.quantity,
            )
        )
    _round(order, lines)
    return lines


def line_id(order_id: UUID, external_id: str) -> UUID:
    return derived_id(order_id, "line", external_id)


def _round(order: StorefrontOrder, lines: list[Line]) -> None:
    """The line that is worth most takes what rounding left."""
    dearest = max(range(len(lines)), key=lambda place: line_minor(order.lines[place]))
    line, off_minor = lines[dearest], rounding_minor(order)
    if off_minor < 0:
        line.discount_minor -= off_minor
    else:
        less_discount_minor = min(off_minor, line.discount_minor)
        line.discount_minor -= less_discount_minor
        line.tax_minor += off_minor - less_discount_minor
    for each in lines:
        each.add_up()
