"""The jobs `push.…`: each tells one source of one document, once, whoever does it and however often.

That it is being asked is written down before it is asked. Where no answer comes, the next attempt says so to the
connector (`is_repeat`), which looks for the document before it writes another (docs/connectors/pushing.md).
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.connectors.contract import SourceFailure, SourceRefused, SourceThrottled, SourceUnavailable
from app.connectors.ports.analytics import Purchase
from app.connectors.ports.crm import NewCase
from app.connectors.ports.sinks import (
    InvoiceDocument,
    OrderDocument,
    ReturnDocument,
    ShipmentDocument,
    StockChange,
    Written,
)
from app.domain.actor import SYSTEM
from app.domain.outgoing import Push
from app.domain.refusals import Refused
from app.domain.source_reading import CacheAway
from app.stores.exceptions import resolve_exception
from app.stores.jobs import enqueue
from app.stores.orders import load_order, save_order
from app.stores.outgoing import (
    Address,
    Outgoing,
    is_being_told,
    is_exception_over,
    open_document,
    record_asking,
    record_given_up,
    record_needless,
    record_not_done,
    record_undecided,
    record_written,
    refer_to,
    waiting_documents,
)
from app.stores.transaction import Transaction
from app.workflows.job_kind import FailedJob, NotWorthRetrying
from app.workflows.push_due import Asked, due_document, fingerprint_of, job_of
from app.workflows.work import JobData, Work

CALL_TIMEOUT_S = 20.0
"""Of one conversation with a source."""
LEASE_S = CALL_TIMEOUT_S + 5
"""After that, whoever asked is dead, and another may ask."""
_METHODS: Mapping[Push, str] = {
    Push.ORDERS: "write_order",
    Push.SHIPMENTS: "write_shipment",
    Push.RETURNS: "write_return",
    Push.INVOICES: "write_invoice",
    Push.STOCK: "write_stock",
    Push.CASES: "open_case",
}
"""By which a sink is told. Analytics differ by what they are told of."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A document that is to be written. `row` is as it was before."""

    address: Address
    row: Outgoing
    document: Any
    fingerprint: str


def pushing(push: Push) -> Callable[[JobData, Work], Awaitable[None]]:
    async def run(data: JobData, work: Work) -> None:
        await push_document(address_of(push, data), work)

    return run


async def push_document(address: Address, work: Work) -> None:
    """Raises SourceFailure, Refused, NotWorthRetrying."""
    sink = _sink(address, work)
    async with work.writers.transaction(SYSTEM) as tx:
        wish = await _look(Asked(tx, work, address, sink))
    if wish is not None:
        await _record(work, wish, await _write(work, sink, wish))
        await _forget(work, wish)


def address_of(push: Push, data: JobData) -> Address:
    order_id = data.get("order_id")
    subject = data["subject_type"], UUID(data["subject_id"])
    return Address(data["source"], push, subject, UUID(order_id) if order_id else None)


def _sink(address: Address, work: Work) -> Any:
    try:
        return work.outside[address.source_key]
    except KeyError as exc:
        message = f"no enabled source is called {address.source_key}; enable it, then try again"
        raise NotWorthRetrying(message) from exc


async def _look(asked: Asked) -> _Wish | None:
    """Notes that the source is about to be asked. None where there is nothing to ask it."""
    document = await due_document(asked)
    if document is None:
        return None
    row = await open_document(asked.tx, asked.address)
    fingerprint = fingerprint_of(document)
    if _is_written(asked.address, row, fingerprint):
        # Some may wait for a change that was taken back before it was told.
        await _queue_waiting(asked.tx, asked.address, row)
        return None
    if await is_being_told(asked.tx, row, asked.address):
        raise SourceUnavailable(asked.address.source_key, f"{asked.address.source_key} is being told of it already")
    await record_asking(asked.tx, row, LEASE_S)
    return _Wish(asked.address, row, document, fingerprint)


def _is_written(address: Address, row: Outgoing, fingerprint: str) -> bool:
    """An order is written again when it has changed. All other documents are of facts that stay as they are."""
    return row.says(fingerprint) if address.push is Push.ORDERS else row.written_at is not None


async def _write(work: Work, sink: Any, wish: _Wish) -> Written | None:
    """Raises SourceFailure, with its meaning for the next attempt recorded.

    An order is made by one request: refused, there is none. To change one, and to make other documents, takes several,
    and what is refused may be the last of them.
    """
    deadline = time.monotonic() + CALL_TIMEOUT_S
    try:
        return await _tell(sink, wish, is_repeat=wish.row.asked_at is not None, deadline=deadline)
    except SourceFailure as failure:
        is_new_order = isinstance(wish.document, OrderDocument) and wish.document.external_id is None
        is_nothing_done = is_new_order and isinstance(failure, SourceRefused | SourceThrottled)
        async with work.writers.transaction(SYSTEM) as tx:
            await (record_not_done if is_nothing_done else record_undecided)(tx, wish.row)
        raise


async def _tell(sink: Any, wish: _Wish, **how: Any) -> Written | None:
    key = wish.address.key
    if wish.address.push is Push.ANALYTICS:
        record = sink.record_purchase if isinstance(wish.document, Purchase) else sink.record_refund
        await record(key, wish.document, **how)
        return Written(key)
    written: Written | None = await getattr(sink, _METHODS[wish.address.push])(key, wish.document, **how)
    return written


async def _record(work: Work, wish: _Wish, written: Written | None) -> None:
    address = wish.address
    async with work.writers.transaction(SYSTEM) as tx:
        order = None if address.order_id is None else await load_order(tx, address.order_id)
        if written is None:
            await record_needless(tx, wish.row)
        else:
            await record_written(tx, wish.row, written.external_id, written.url, wish.fingerprint)
        if order is None:
            return
        if written is not None and address.push is Push.ORDERS:
            await refer_to(tx, order.id, address.source_key, written.external_id, written.url)
            await _queue_waiting(tx, address, wish.row)
        if await is_exception_over(tx, order.id, address.push):
            await resolve_exception(tx, order.id, category=address.push.job)
            said = {"category": address.push.job, "note": None, "retry": True}
            await save_order(tx, order, "order.exception_resolved", said)


async def _queue_waiting(tx: Transaction, address: Address, row: Outgoing) -> None:
    """Documents that wait for the order's. Its row is locked, so each is seen here or sees what came of the order's."""
    if address.push is Push.ORDERS and address.order_id is not None:
        await enqueue(tx, *map(job_of, await waiting_documents(tx, address.order_id, address.source_key, row)))


async def _forget(work: Work, wish: _Wish) -> None:
    """What is remembered of the source is no longer so."""
    changed = _changed(wish.document)
    if changed:
        with suppress(CacheAway):  # then nothing is remembered either
            await work.memory.forget(wish.address.source_key, changed)


def _changed(document: Any) -> Sequence[str]:
    """By what it is asked for live: a customer's cases, an order's documents, the stock of SKUs."""
    match document:
        case NewCase(customer_external_id=str() as customer):
            return [customer]
        case OrderDocument():
            return [document.number]
        case ShipmentDocument():
            return [document.order.number, *(line.sku for line in document.lines)]
        case ReturnDocument() | InvoiceDocument():
            return [document.order.number]
        case StockChange():
            return [document.sku]
    return []


async def give_up_push(failed: FailedJob, work: Work) -> None:
    """Of one of these jobs that is not tried again. Its document is kept, even if nobody came as far as to make it."""
    address = address_of(next(each for each in Push if each.job == failed.name), failed.data)
    with suppress(Refused):  # of an order that is not there
        async with work.writers.transaction(SYSTEM) as tx:
            if address.order_id is not None:
                await load_order(tx, address.order_id)
            row = await open_document(tx, address)
            await record_given_up(tx, row, failed.reason)
            await _queue_waiting(tx, address, row)
