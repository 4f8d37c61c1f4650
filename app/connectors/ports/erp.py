"""What an ERP offers: the accounts of customers, and the documents that mirror an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class ErpAccountRecord:
    external_id: str
    name: str
    credit_limit: Money | None
    balance: Money | None
    payment_terms: str | None
    blocked: bool


@dataclass(frozen=True, slots=True)
class ErpDocumentRecord:
    external_id: str
    kind: str
    """In plain words: `sales order`, `delivery`, `invoice`, `return`, `goods movement`."""
    status: str | None
    amount: Money | None
    created_at: datetime | None


@runtime_checkable
class ErpAccountSource(Protocol):
    async def accounts(self, external_ids: Sequence[str], *, deadline: float) -> Mapping[str, ErpAccountRecord | None]:
        """By the customer's id in the ERP; None for one unknown to it."""
        ...


@runtime_checkable
class ErpDocumentSource(Protocol):
    async def documents(
        self, order_numbers: Sequence[str], *, deadline: float
    ) -> Mapping[str, tuple[ErpDocumentRecord, ...]]:
        """By our order number, which the ERP keeps as the customer's reference. Oldest first, the sales order before
        what followed from it."""
        ...
