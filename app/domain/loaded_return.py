"""A return with its lines and what replaces them: what a command loads, changes and saves with its order.

Amounts are minor units of the order's currency.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.order import OrderManagement
from app.domain.order_summary import OrderSummary
from app.domain.return_lifecycle import RETURN_LIFECYCLE, ReturnFacts, ReturnTrigger
from app.domain.returns import ReturnReason, ReturnStatus


@dataclass(slots=True, kw_only=True)
class ReturnedLine:
    id: UUID
    order_line_id: UUID
    quantity: int
    """Units announced."""
    reason: ReturnReason
    note: str | None = None
    received: int = 0
    item_minor: int = 0
    """What the units that count are worth: until the return is closed, those that are not missing."""
    tax_minor: int = 0
    judged: int = 0
    """Received units that have a verdict."""
    missing: int = 0

    @property
    def expected(self) -> int:
        """Units that came back, or may still."""
        return self.quantity - self.missing

    @property
    def awaited(self) -> int:
        return self.expected - self.received


@dataclass(slots=True, kw_only=True)
class WantedLine:
    """What the customer wants instead."""

    id: UUID
    sku: str
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0
    tax_minor: int = 0
    order_line_id: UUID | None = None

    @property
    def total_minor(self) -> int:
        return self.unit_price_minor * self.quantity - self.discount_minor + self.tax_minor


@dataclass(slots=True, kw_only=True)
class LoadedReturn:
    id: UUID
    version: int
    number: str
    status: ReturnStatus
    shipment_id: UUID | None = None
    location_id: UUID | None = None
    refund_minor: int = 0
    shipping_minor: int = 0
    """Of the refund, what is for the order's shipping."""
    fees_minor: int = 0
    exchange_minor: int = 0
    note: str | None = None
    requested_at: datetime
    closed_at: datetime | None = None
    lines: list[ReturnedLine] = field(default_factory=list)
    wanted: list[WantedLine] = field(default_factory=list)

    @property
    def net_minor(self) -> int:
        """Owed to the customer; below zero, what the exchange costs more."""
        return self.refund_minor - self.fees_minor - self.exchange_minor

    def line(self, id_: UUID) -> ReturnedLine | None:
        return next((each for each in self.lines if each.id == id_), None)

    def units(self, counter: str) -> int:
        """Over all lines, of a property of theirs."""
        return sum(getattr(line, counter) for line in self.lines)

    def facts(self, management: OrderManagement) -> ReturnFacts:
        """What its actions depend on."""
        return ReturnFacts(
            number=self.number,
            status=self.status,
            management=management,
            awaited_units=self.units("awaited"),
            received_units=self.units("received"),
            uninspected_units=self.units("expected") - self.units("judged"),
        )

    def become(self, order: OrderSummary, trigger: ReturnTrigger, at: datetime, to: ReturnStatus | None = None) -> None:
        """The only writer of a return's state, which its order knows as well. Raises IllegalMove."""
        self.status = RETURN_LIFECYCLE.move(self.status, trigger, to)
        self.closed_at = at if self.status is ReturnStatus.CLOSED else None
        for known in order.returns:
            if known.id == self.id:
                known.status = self.status
