"""Takes an amount off what an order costs without taking units: off its lines by what they are worth, then shipping."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.order_summary import Line, OrderSummary
from app.domain.refunds import Goods, goods_of


@dataclass(frozen=True, slots=True)
class Reduction:
    lines: list[tuple[UUID, int, int]]
    """For the change ledger: id, no units, and what the line's total became larger by, so below zero."""
    shipping_minor: int
    """What shipping became cheaper by."""


def reduce(order: OrderSummary, amount_minor: int, credited: Mapping[UUID, Goods]) -> Reduction:
    """At most what the units that are not back and shipping cost. The last line takes what rounding left.

    `credited` is by line, for units that came back: no goodwill takes that away.
    """
    worths = {line.id: _worth_minor(line, credited.get(line.id, Goods())) for line in order.lines}
    left_worth = sum(worths.values())
    left = min(amount_minor, left_worth)
    shipping_minor = min(amount_minor - left, order.shipping_minor)
    lines = []
    for line in order.lines:
        worth = worths[line.id]
        share = left * worth // left_worth if left_worth else 0
        left, left_worth = left - share, left_worth - worth
        if share:
            _take_off(line, share)
            lines.append((line.id, 0, -share))
    order.shipping_minor -= shipping_minor
    order.add_up()
    return Reduction(lines, shipping_minor)


def _worth_minor(line: Line, credited: Goods) -> int:
    kept = line.units - line.returned
    goods = goods_of(line).less(credited).part(kept) if kept else Goods()
    return goods.item_minor + goods.tax_minor


def _take_off(line: Line, amount_minor: int) -> None:
    """Off the price first; off the tax only where the price is used up."""
    off_price_minor = min(amount_minor, line.unit_price_minor * line.units - line.discount_minor)
    line.discount_minor += off_price_minor
    line.tax_minor -= amount_minor - off_price_minor
    line.add_up()
