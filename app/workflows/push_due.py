"""Which document a source is told now, if any: made of the rows as they are, in the order that sources can follow."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import msgspec

from app.connectors.ports.crm import NewCase
from app.connectors.ports.sinks import OrderDocument
from app.domain.order import OrderManagement
from app.domain.order_summary import OrderSummary
from app.domain.outgoing import FOLLOWING, OFF, Push, is_binding
from app.domain.source import SourceKind
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order
from app.stores.outgoing import Address, find_document, open_document, record_waiting
from app.stores.outgoing_content import Names
from app.stores.telling import push_job
from app.stores.transaction import Transaction
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.push_documents import (
    exception_case,
    invoice_document,
    order_document,
    purchase,
    refund_fact,
    return_document,
    shipment_document,
    stock_change,
)
from app.workflows.work import Work


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job is about, and what it works with."""

    tx: Transaction
    work: Work
    address: Address
    sink: Any

    @property
    def is_told_of_orders(self) -> bool:
        return Push.ORDERS in self.work.outside.config(self.address.source_key).push

    @property
    def is_storefront(self) -> bool:
        """It is told of the orders that came from it, and of no others."""
        return bool(self.sink.info.kind is SourceKind.STOREFRONT)


async def due_document(asked: Asked) -> Any:
    """None where it does not concern the source, or has to wait for its order. Raises Refused, NotWorthRetrying."""
    if asked.address.subject[0] == "Case":
        return await _of_request(asked)
    return await (_of_stock(asked) if asked.address.order_id is None else _of_order(asked))


def fingerprint_of(document: Any) -> str:
    """Of what it says, not of what the source calls it: that is known only once it is written."""
    plain = replace(document, external_id=None) if isinstance(document, OrderDocument) else document
    return sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


def job_of(address: Address) -> Job:
    order_id = None if address.order_id is None else str(address.order_id)
    return push_job(address.source_key, address.push, address.subject, order_id)


async def _of_request(asked: Asked) -> NewCase | None:
    """A case that somebody asked for: what it says stands in its own row."""
    row = await find_document(asked.tx, asked.address)
    return None if row is None else NewCase(**row.content)


async def _of_stock(asked: Asked) -> Any:
    config = asked.work.outside.config(asked.address.source_key)
    return await stock_change(asked.tx, asked.address.subject[1], config)


async def _of_order(asked: Asked) -> Any:
    assert asked.address.order_id is not None  # noqa: S101 - so this is called
    order = await load_order(asked.tx, asked.address.order_id)
    if order.management is not OrderManagement.MANAGED:
        return None
    if asked.address.push is Push.CASES:
        return await exception_case(asked.tx, order, asked.address.subject[1], asked.address.source_key)
    told, names = await order_document(asked.tx, order, asked.address.source_key)
    if asked.address.push is Push.ORDERS:
        return await _order(asked, order, told)
    if asked.address.push in FOLLOWING:
        if asked.is_storefront and names.order is None:
            return None
        if asked.is_told_of_orders and not await _is_order_there(asked, order, told):
            return None
    return await _DOCUMENTS[asked.address.push](asked, order, told, names)


async def _order(asked: Asked, order: OrderSummary, told: OrderDocument) -> OrderDocument | None:
    if asked.is_storefront and told.external_id is None:
        return None
    if is_binding(order.status, order.held_from):
        return told
    # Called off before it was told of: then there is nothing to call off there.
    row = await find_document(asked.tx, asked.address)
    is_known = told.external_id is not None or (row is not None and row.asked_at is not None)
    return told if order.status in OFF and is_known else None


async def _is_order_there(asked: Asked, order: OrderSummary, told: OrderDocument) -> bool:
    """As it is now, since documents speak of its lines. Where not, this document waits until it is: the job that writes
    the order queues those that wait. A change that the source refused keeps nothing waiting, if it has the order.
    """
    address = replace(asked.address, push=Push.ORDERS, subject=("Order", order.id))
    row = await find_document(asked.tx, address)
    is_known = told.external_id is not None and row is not None
    if row is not None and is_known and (row.given_up_at or row.says(fingerprint_of(told))):
        return True
    await record_waiting(asked.tx, await open_document(asked.tx, asked.address))
    if row is None or row.given_up_at is None:
        await enqueue(asked.tx, job_of(address))
    return False


async def _shipment(asked: Asked, order: OrderSummary, told: OrderDocument, names: Names) -> Any:
    parcel = order.shipment(asked.address.subject[1])
    if parcel is None or parcel.shipped_at is None:
        row = await find_document(asked.tx, asked.address)
        if parcel is not None and row is not None and (row.written_at or row.asked_at):
            there = f"{asked.address.source_key} {row.external_id}" if row.external_id else asked.address.source_key
            raise NotWorthRetrying(f"shipment {parcel.number} was called off after it was told; undo it at {there}")
        return None
    config = asked.work.outside.config(asked.address.source_key)
    return await shipment_document(
        asked.tx, order, parcel, told, names, config, _carrier(asked.work, parcel.carrier_key)
    )


async def _return(asked: Asked, order: OrderSummary, told: OrderDocument, _: Names) -> Any:
    return await return_document(asked.tx, order, asked.address.subject[1], told)


async def _invoice(asked: Asked, order: OrderSummary, told: OrderDocument, _: Names) -> Any:
    return await invoice_document(asked.tx, order, asked.address.subject[1], told)


async def _fact(asked: Asked, order: OrderSummary, told: OrderDocument, _: Names) -> Any:
    if asked.address.subject[0] == "Order":
        return purchase(order, told)
    return await refund_fact(asked.tx, order, asked.address.subject[1])


def _carrier(work: Work, key: str | None) -> str | None:
    """Its name, for people."""
    try:
        return work.outside.config(key).name if key else None
    except KeyError:
        return key


_DOCUMENTS: Mapping[Push, Callable[[Asked, OrderSummary, OrderDocument, Names], Awaitable[Any]]] = {
    Push.SHIPMENTS: _shipment,
    Push.RETURNS: _return,
    Push.INVOICES: _invoice,
    Push.ANALYTICS: _fact,
}
