"""What an analytics system is told: that something was bought, or taken back. It holds nobody's name or address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from app.connectors.ports.sinks import DocumentLine
from app.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    order_number: str
    customer_number: str | None
    channel: str
    at: datetime
    value: Money
    tax: Money
    shipping: Money
    lines: tuple[DocumentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    order_number: str
    at: datetime
    value: Money


@runtime_checkable
class AnalyticsSink(Protocol):
    async def record_purchase(self, key: str, purchase: Purchase, *, is_repeat: bool, deadline: float) -> None: ...

    async def record_refund(self, key: str, refund: RefundFact, *, is_repeat: bool, deadline: float) -> None: ...
