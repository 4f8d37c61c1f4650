"""Which sales a cancellation takes back: same customer and article, earlier, with units left; it never takes a part.

A cancellation draws on the sales at its own price first, then on dearer ones, since no more is given back than was
paid; among equals on the latest. It may draw on several. Where they have fewer units than it names it stays
unmatched: half a line could be counted neither as imported nor as rejected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Sale:
    line_no: int
    at: datetime
    unit_price_minor: int
    """Net of discount, rounded down."""
    left: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    line_no: int
    at: datetime
    unit_price_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Match:
    cancellation_line_no: int
    sale_line_no: int
    quantity: int
    unit_price_minor: int
    """The cancellation's."""


def match(sales: Iterable[Sale], cancellations: Iterable[Cancellation]) -> Iterator[Match]:
    """Of one customer and article. Earlier cancellations choose first; what none of them takes is not in the answer."""
    open_sales = list(sales)
    for cancellation in sorted(cancellations, key=lambda it: (it.at, it.line_no)):
        candidates = [
            sale
            for sale in open_sales
            if sale.left and sale.at <= cancellation.at and sale.unit_price_minor >= cancellation.unit_price_minor
        ]
        if sum(sale.left for sale in candidates) < cancellation.quantity:
            continue
        missing = cancellation.quantity
        for sale in sorted(candidates, key=lambda it: _preference(it, cancellation), reverse=True):
            taken = min(missing, sale.left)
            sale.left -= taken
            missing -= taken
            yield Match(cancellation.line_no, sale.line_no, taken, cancellation.unit_price_minor)
            if not missing:
                break


def _preference(sale: Sale, cancellation: Cancellation) -> tuple[bool, datetime, int]:
    return sale.unit_price_minor == cancellation.unit_price_minor, sale.at, sale.line_no
