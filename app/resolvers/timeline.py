"""The timeline of a customer: what the store knows, in one statement, among what the outside systems say."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from app.connectors.contract import Read, Window
from app.connectors.ports.crm import CaseRecord, InteractionRecord
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.reads import Cases, Interactions, StorefrontProfiles
from app.domain.money import decimal_amount
from app.domain.payment import TransactionKind, TransactionStatus
from app.domain.source import INTERNAL_SOURCE, SourceKind
from app.execution.rows import Row
from app.execution.sources import column_of, primary_key
from app.execution.statements import Statement, parents_of
from app.models import Order, Payment, PaymentTransaction, Return, Shipment
from app.resolvers.context import Context, Identity
from app.resolvers.live import SourceReading, ask, connection, source_row, statuses, window_of


class TimelineKind(StrEnum):
    ORDER = "ORDER"
    PAYMENT = "PAYMENT"
    SHIPMENT = "SHIPMENT"
    RETURN = "RETURN"
    REFUND = "REFUND"
    CASE = "CASE"
    INTERACTION = "INTERACTION"
    PROFILE = "PROFILE"


_STORE = source_row(INTERNAL_SOURCE, "Junction", SourceKind.INTERNAL)
_SUBJECT_TYPES = {
    TimelineKind.ORDER: "Order",
    TimelineKind.PAYMENT: "PaymentTransaction",
    TimelineKind.SHIPMENT: "Shipment",
    TimelineKind.RETURN: "Return",
    TimelineKind.REFUND: "PaymentTransaction",
}
_INSTANT = timedelta(milliseconds=1)
"""Resolution of the sources' clocks: a page begins this much before its cursor and leaves out what was shown."""
_SAME_INSTANT_MAX = 10
"""Items of one kind and one customer that may share an instant."""


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    kind: TimelineKind
    title: str
    detail: str | None
    source: Row
    key: str
    """Unique among all entries; ties in time are broken by it."""
    context: Context | None = None

    @property
    def subject(self) -> Any:
        """The row it is about, awaitable; None where the store has none."""
        if self.context is None:
            return None
        stored = self.context.types.by_name[_SUBJECT_TYPES[self.kind]]
        return self.context.by_key(primary_key(stored.table), UUID(self.key.partition(":")[2]))


async def of_customers(
    customer_ids: Sequence[UUID], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any]]:
    window = window_of(arguments, context)
    kinds = frozenset(arguments.get("kinds") or TimelineKind)
    newest = Window(window.first + 1)
    if window.after is not None:
        newest = Window(window.first + 1 + _SAME_INSTANT_MAX, (window.after[0] + _INSTANT, ""))
    remote: list[tuple[TimelineKind, Read[Any]]] = [
        (TimelineKind.CASE, Cases(newest)),
        (TimelineKind.INTERACTION, Interactions(newest)),
        (TimelineKind.PROFILE, StorefrontProfiles()),
    ]
    asked = [(kind, question) for kind, question in remote if kind in kinds]
    stored, identities = await asyncio.gather(
        _stored(customer_ids, kinds & _SUBJECT_TYPES.keys(), window, context),
        context.identities(customer_ids) if asked else _nobody(customer_ids),
    )
    answers = await asyncio.gather(*(ask(identities, question, None, context) for _, question in asked))
    return [
        _page(stored[customer_id], [answer[n] for answer in answers], window)
        for n, customer_id in enumerate(customer_ids)
    ]


async def _nobody(customer_ids: Sequence[UUID]) -> list[list[Identity]]:
    """Of whom no source is to be asked."""
    return [[] for _ in customer_ids]


def _page(stored: list[Entry], answers: Sequence[Sequence[SourceReading]], window: Window) -> dict[str, Any]:
    readings = [reading for answer in answers for reading in answer]
    entries = stored + [entry for reading in readings for entry in _entries(reading)]
    if window.after is not None:
        entries = [entry for entry in entries if (entry.at, entry.key) < window.after]
    entries.sort(key=lambda entry: (entry.at, entry.key), reverse=True)
    items = [(entry.at, entry.key, entry) for entry in entries[: window.first]]
    has_next = len(entries) > window.first
    return connection(items, has_next, window.after is not None) | {"sources": statuses(readings)}


def _entries(of: SourceReading) -> list[Entry]:
    value = of.reading.value
    if value is None:
        return []
    if isinstance(value, StorefrontProfileRecord):
        return [] if value.created_at is None else [_profile(value, value.created_at, of.source)]
    return [
        _case(item, of.source) if isinstance(item, CaseRecord) else _interaction(item, of.source)
        for item in value.items
    ]


def _case(case: CaseRecord, source: Row) -> Entry:
    key = f"{source.values['key']}:{case.external_id}"
    return Entry(case.opened_at, TimelineKind.CASE, f"Case {case.number}: {case.subject}", case.status, source, key)


def _interaction(met: InteractionRecord, source: Row) -> Entry:
    key = f"{source.values['key']}:{met.external_id}"
    title = met.subject or met.kind.value.capitalize()
    return Entry(met.at, TimelineKind.INTERACTION, title, met.agent, source, key)


def _profile(profile: StorefrontProfileRecord, at: datetime, source: Row) -> Entry:
    key = f"{source.values['key']}:{profile.external_id}"
    return Entry(at, TimelineKind.PROFILE, f"Profile made at {source.values['name']}", profile.email, source, key)


async def _stored(
    customer_ids: Sequence[UUID], kinds: frozenset[TimelineKind], window: Window, context: Context
) -> dict[UUID, list[Entry]]:
    found: dict[UUID, list[Entry]] = {customer_id: [] for customer_id in customer_ids}
    if kinds:
        for row in await context.fetch(_statement(customer_ids, kinds, window)):
            found[row.parent].append(_entry(row, context))
    return found


def _entry(row: Any, context: Context) -> Entry:
    amount = None if row.minor is None else f"{decimal_amount(row.minor, row.currency)} {row.currency}"
    detail = ", ".join(part for part in (amount, row.detail) if part) or None
    return Entry(row.at, TimelineKind(row.kind), row.title, detail, _STORE, row.key, context)


def _statement(customer_ids: Sequence[UUID], kinds: frozenset[TimelineKind], window: Window) -> Statement:
    parents = parents_of(column_of(Order.customer_id), customer_ids)
    customer_id = parents.c.parent
    selects = (_SELECTS[kind](customer_id).correlate(parents) for kind in TimelineKind if kind in kinds)
    entries = union_all(*selects).subquery("entries")
    page = select(entries).order_by(entries.c.at.desc(), entries.c.key.desc()).limit(window.first + 1)
    if window.after is not None:
        page = page.where(tuple_(entries.c.at, entries.c.key) < tuple_(*window.after))
    lateral = page.lateral("page")
    return select(customer_id, lateral).select_from(parents.join(lateral, true()))


def _select(
    kind: TimelineKind,
    at: SQLColumnExpression[Any],
    key: SQLColumnExpression[Any],
    title: SQLColumnExpression[Any],
    *,
    minor: Any = None,
    currency: Any = None,
    detail: Any = None,
) -> Any:
    return select(
        literal(kind.value).label("kind"),
        at.label("at"),
        (literal(f"{INTERNAL_SOURCE}:") + cast(key, Text)).label("key"),
        title.label("title"),
        (null() if minor is None else minor).label("minor"),
        (null() if currency is None else currency).label("currency"),
        (null() if detail is None else detail).label("detail"),
    )


def _orders(customer_id: ColumnElement[Any]) -> Any:
    return _select(
        TimelineKind.ORDER,
        Order.placed_at,
        Order.id,
        func.concat("Order ", Order.number, " placed"),
        minor=Order.total_minor,
        currency=Order.currency,
        detail=Order.channel,
    ).where(Order.customer_id == customer_id)


def _transactions(
    kind: TimelineKind, verb: str, kinds: Sequence[TransactionKind], customer_id: ColumnElement[Any]
) -> Any:
    transaction = PaymentTransaction
    return (
        _select(
            kind,
            transaction.at,
            transaction.id,
            func.concat(verb, " for order ", Order.number),
            minor=transaction.amount_minor,
            currency=transaction.currency,
            detail=Payment.method,
        )
        .join(Payment, Payment.id == transaction.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(
            Order.customer_id == customer_id,
            transaction.kind.in_(kinds),
            transaction.status == TransactionStatus.SUCCESS,
        )
    )


def _payments(customer_id: ColumnElement[Any]) -> Any:
    taken = (TransactionKind.CAPTURE, TransactionKind.SALE)
    return _transactions(TimelineKind.PAYMENT, "Payment", taken, customer_id)


def _refunds(customer_id: ColumnElement[Any]) -> Any:
    return _transactions(TimelineKind.REFUND, "Refund", (TransactionKind.REFUND,), customer_id)


def _shipments(customer_id: ColumnElement[Any]) -> Any:
    title = func.concat("Parcel ", Shipment.number, " shipped")
    detail = func.nullif(func.concat_ws(" ", Shipment.carrier_key, Shipment.tracking_number), "")
    return _select(TimelineKind.SHIPMENT, Shipment.shipped_at, Shipment.id, title, detail=detail).where(
        Shipment.customer_id == customer_id, Shipment.shipped_at.is_not(None)
    )


def _returns(customer_id: ColumnElement[Any]) -> Any:
    title = func.concat("Return ", Return.number, " requested")
    return _select(TimelineKind.RETURN, Return.requested_at, Return.id, title, detail=Return.note).where(
        Return.customer_id == customer_id
    )


_SELECTS = {
    TimelineKind.ORDER: _orders,
    TimelineKind.PAYMENT: _payments,
    TimelineKind.SHIPMENT: _shipments,
    TimelineKind.RETURN: _returns,
    TimelineKind.REFUND: _refunds,
}
