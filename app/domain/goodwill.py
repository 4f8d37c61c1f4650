"""Takes an amount off what an order costs without taking units: off its lines by what they are worth, then shipping."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.order_summary import Line, OrderSummary


@dataclass(frozen=True, slots=True)
class Reduction:
    lines: list[tuple[UUID, int, int]]
    """For the change ledger: id, no units, and what the line's total became larger by, so below zero."""
    shipping_minor: int
    """What shipping became cheaper by."""


def reduce(order: OrderSummary, amount_minor: int) -> Reduction:
    """At most what the units that are not back and shipping cost. The last line takes what rounding left."""
    worths = {line.id: _worth_minor(line) for line in order.lines}
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


def _worth_minor(line: Line) -> int:
    return line.total_minor * (line.units - line.returned) // line.units if line.units else 0


def _take_off(line: Line, amount_minor: int) -> None:
    """Off the price first; off the tax only where the price is used up."""
    off_price_minor = min(amount_minor, line.unit_price_minor * line.units - line.discount_minor)
    line.discount_minor += off_price_minor
    line.tax_minor -= amount_minor - off_price_minor
    line.add_up()
