"""What units of an order are worth back, to the minor unit.

A line's price after discount and its tax are spread over its units evenly, rounded down; the last unit takes what
rounding left. So units that come back one by one, in any grouping, are worth exactly what the line cost. Everything is
computed from the line as it now is and from what was credited for it before, never from what was placed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.order_summary import Line
from app.domain.payment import RefundComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Of units of a line, in one component. Shipping is of no line. Amounts are minor units of the order's currency."""

    component: RefundComponent
    amount_minor: int
    order_line_id: UUID | None = None
    quantity: int = 0


@dataclass(frozen=True, slots=True)
class Goods:
    """Units of a line and what they are worth together: after discount, and their tax."""

    units: int = 0
    item_minor: int = 0
    tax_minor: int = 0

    def part(self, units: int) -> "Goods":
        """`units` of them, or all."""
        if units >= self.units:
            return self
        return Goods(units, self.item_minor * units // self.units, self.tax_minor * units // self.units)

    def less(self, credited: "Goods") -> "Goods":
        """Never below zero. Where more was credited for the price than it is now, since the line became cheaper
        meanwhile, the tax makes up for it, and the other way round.
        """
        item_minor, tax_minor = self.item_minor - credited.item_minor, self.tax_minor - credited.tax_minor
        return Goods(
            max(0, self.units - credited.units),
            max(0, item_minor + min(0, tax_minor)),
            max(0, tax_minor + min(0, item_minor)),
        )


def goods_of(line: Line) -> Goods:
    """All units of the line that are ordered now."""
    return Goods(line.units, line.unit_price_minor * line.units - line.discount_minor, line.tax_minor)


def shares(worths: Sequence[Worth], amount_minor: int) -> list[Worth]:
    """`amount_minor` of them, in proportion, and never more than each; the last takes what rounding left."""
    left_worth = sum(each.amount_minor for each in worths)
    left = min(amount_minor, left_worth)
    found = []
    for each in worths:
        share = left * each.amount_minor // left_worth if left_worth else 0
        left, left_worth = left - share, left_worth - each.amount_minor
        found.append(replace(each, amount_minor=share))
    return [each for each in found if each.amount_minor]


def dealt(worths: Iterable[Worth], amounts_minor: Sequence[int]) -> list[list[Worth]]:
    """Into portions of these amounts, which are at most what there is; one that a portion ends within is split. Its
    units are counted in the first piece.
    """
    waiting = list(reversed(list(worths)))
    portions = []
    for amount_minor in amounts_minor:
        portion, wanted = [], amount_minor
        while wanted:
            first = waiting.pop()
            taken = min(wanted, first.amount_minor)
            portion.append(replace(first, amount_minor=taken))
            wanted -= taken
            if taken < first.amount_minor:
                waiting.append(replace(first, amount_minor=first.amount_minor - taken, quantity=0))
        portions.append(portion)
    return portions
