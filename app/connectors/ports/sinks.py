"""What a source can be told of: orders, shipments, returns, invoices, changes of stock.

Each write carries a key of ours, made of the source, the kind and what it is about. Written again with the same key it
takes effect once. Where the vendor knows such keys it gets ours; where not, `is_repeat` says that an earlier attempt
may have been carried out, and the connector looks for its document by a field that holds the key before it writes
another.

Any SourceFailure leaves open whether it was done, or half done: the next attempt is a repeat. Only an order that is not
there yet is made by one request: SourceRefused and SourceThrottled say that there is none. SourceRefused is for good:
as it is the document will never be taken, and a person has to decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Written:
    external_id: str
    """Of the document at the source."""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    position: int
    """Of the order's line."""
    sku: str
    external_id: str | None
    """What the source calls the product, where we know; else it goes by its SKU."""
    title: str
    quantity: int
    unit_price: Money
    discount: Money
    """Of this quantity."""
    tax: Money
    """Of this quantity, on top of the price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDocument:
    number: str
    external_id: str | None
    """The source's own id of this order, where it has it already: a storefront it came from, or written before."""
    channel: str
    placed_at: datetime
    currency: str
    customer_number: str | None
    customer_external_id: str | None
    """The customer's id at this source, where it is linked to one."""
    contact_name: str | None
    contact_email: str | None
    shipping_address: Mapping[str, Any] | None
    shipping_method: str | None
    shipping: Money
    total: Money
    lines: tuple[DocumentLine, ...]
    """Units that are not canceled; none once the whole order is."""
    is_canceled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDocument:
    number: str
    order: OrderDocument
    location: str
    """Where it left, as the source calls it."""
    carrier: str | None
    """The carrier's name, for people."""
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: datetime
    lines: tuple[DocumentLine, ...]
    """What is inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    position: int
    sku: str
    quantity: int
    reason: str
    """Ours, a value of GraphQL's `ReturnReason`."""
    restocked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDocument:
    number: str
    order: OrderDocument
    closed_at: datetime
    refund: Money
    lines: tuple[ReturnLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """Money that was taken for an order."""

    number: str
    order: OrderDocument
    at: datetime
    amount: Money
    method: str
    gateway: str
    """The gateway's source key."""
    reference: str | None
    """The gateway's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """One movement of our ledger that changed what is on hand."""

    sku: str
    product_external_id: str | None
    location: str
    """As the source calls it."""
    on_hand_delta: int
    on_hand: int
    """Afterwards."""
    at: datetime
    reason: str | None


@runtime_checkable
class OrderSink(Protocol):
    async def write_order(self, key: str, order: OrderDocument, *, is_repeat: bool, deadline: float) -> Written | None:
        """Makes the source's order what the document says: new, changed, or canceled. None for one that is canceled and
        was never there.
        """
        ...


@runtime_checkable
class ShipmentSink(Protocol):
    async def write_shipment(
        self, key: str, shipment: ShipmentDocument, *, is_repeat: bool, deadline: float
    ) -> Written: ...


@runtime_checkable
class ReturnSink(Protocol):
    async def write_return(
        self, key: str, returned: ReturnDocument, *, is_repeat: bool, deadline: float
    ) -> Written: ...


@runtime_checkable
class InvoiceSink(Protocol):
    async def write_invoice(
        self, key: str, invoice: InvoiceDocument, *, is_repeat: bool, deadline: float
    ) -> Written: ...


@runtime_checkable
class StockSink(Protocol):
    async def write_stock(self, key: str, change: StockChange, *, is_repeat: bool, deadline: float) -> Written: ...
