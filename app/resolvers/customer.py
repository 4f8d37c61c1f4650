"""Customers: lookups over other tables, provenance, metrics, and the sizes of segments."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, exists, func, or_, select, true

from app.domain.money import decimal_amount
from app.domain.order import NEVER_SOLD, OrderStatus
from app.execution.errors import BadUserInput
from app.execution.ids import key_of
from app.execution.rows import Row
from app.execution.sources import column_of
from app.execution.statements import among
from app.identity.survivorship import FIELD_RULES, Alternative, Provenance, SourceRecord, golden_record, priorities
from app.models import Customer, CustomerScore, CustomerSourceRecord, Order, OrderLine, Segment, SegmentMember, Source
from app.resolvers.context import Context

_OPEN = (OrderStatus.PENDING, OrderStatus.ON_HOLD, OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


def identified_by(id_: str) -> ColumnElement[bool]:
    """Of a record that was merged away, the survivor."""
    key = key_of(id_, "Customer", column_of(Customer.id))
    asked = select(func.coalesce(Customer.merged_into_id, Customer.id)).where(Customer.id == key)
    return Customer.id == asked.correlate(None).scalar_subquery()


def reachable_at(phone: str) -> ColumnElement[bool]:
    """As written, and as E.164 when it can be read as an international number."""
    spellings = [phone.strip()]
    with suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(phone, None)
        spellings.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    among_phones: ColumnElement[bool] = Customer.phones.overlap(spellings)
    return among_phones


def known_as(external: Any) -> ColumnElement[bool]:
    """`external` is an ExternalKey: source and external_id."""
    record = select(CustomerSourceRecord.customer_id).where(
        CustomerSourceRecord.source_key == external.source, CustomerSourceRecord.external_id == external.external_id
    )
    return Customer.id == record.scalar_subquery()


def known_to(source_key: str) -> ColumnElement[bool]:
    record = CustomerSourceRecord
    return exists().where(record.customer_id == Customer.id, record.source_key == source_key)


def in_segment(key: str) -> ColumnElement[bool]:
    return exists().where(
        SegmentMember.customer_id == Customer.id, SegmentMember.segment_id == Segment.id, Segment.key == key
    )


async def segment_sizes(segment_ids: Sequence[UUID], _arguments: Mapping[str, Any], context: Context) -> list[int]:
    statement = (
        select(SegmentMember.segment_id, func.count())
        .where(among(column_of(SegmentMember.segment_id), segment_ids))
        .group_by(SegmentMember.segment_id)
    )
    sizes = {row[0]: row[1] for row in await context.fetch(statement)}
    return [sizes.get(segment_id, 0) for segment_id in segment_ids]


async def provenance(
    customer_ids: Sequence[UUID], arguments: Mapping[str, Any], context: Context
) -> list[list[dict[str, Any]]]:
    """Recomputed from the linked records, by the rules that computed the golden record."""
    fields = arguments.get("fields")
    unknown = set(fields or ()) - {rule.field for rule in FIELD_RULES}
    if unknown:
        known = ", ".join(rule.field for rule in FIELD_RULES)
        raise BadUserInput(f"No provenance is kept for {', '.join(sorted(unknown))}. Fields with provenance: {known}.")
    record = CustomerSourceRecord
    statement = (
        select(
            record.customer_id, record.source_key, Source.kind, record.external_id, record.observed_at, record.profile
        )
        .join(Source, Source.key == record.source_key)
        .where(among(column_of(record.customer_id), customer_ids))
    )
    records: dict[UUID, list[SourceRecord]] = {customer_id: [] for customer_id in customer_ids}
    kinds = {}
    for row in await context.fetch(statement):
        kinds[row.source_key] = row.kind
        records[row.customer_id].append(SourceRecord(row.source_key, row.external_id, row.observed_at, row.profile))
    sources = await context.sources(list(kinds))
    rank = priorities(kinds)
    return [
        [
            _provenance(each, sources)
            for each in golden_record(records[customer_id], rank).provenance.values()
            if fields is None or each.field in fields
        ]
        for customer_id in customer_ids
    ]


def _provenance(chosen: Provenance, sources: Mapping[str, Row]) -> dict[str, Any]:
    alternatives = [_said(each, sources) for each in chosen.alternatives]
    return _said(chosen, sources) | {"field": chosen.field, "rule": chosen.rule.value, "alternatives": alternatives}


def _said(by: Provenance | Alternative, sources: Mapping[str, Row]) -> dict[str, Any]:
    return {
        "value": by.value,
        "source": sources[by.source_key],
        "externalId": by.external_id,
        "observedAt": by.observed_at,
    }


async def metrics(
    customer_ids: Sequence[UUID], _arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any]]:
    """Two statements for a page: what the orders add up to by currency, and the scores with the units returned."""
    by_currency: dict[UUID, list[Any]] = {customer_id: [] for customer_id in customer_ids}
    for row in await context.fetch(_order_sums(customer_ids)):
        by_currency[row.customer_id].append(row)
    scores = {row.customer_id: row for row in await context.fetch(_scores(customer_ids))}
    return [_metrics(by_currency[customer_id], scores.get(customer_id)) for customer_id in customer_ids]


def _order_sums(customer_ids: Sequence[UUID]) -> Any:
    counts = Order.status.not_in(NEVER_SOLD)
    return (
        select(
            Order.customer_id,
            Order.currency,
            func.count().filter(counts).label("order_count"),
            func.count().filter(Order.status.in_(_OPEN)).label("open_count"),
            func.sum(Order.paid_minor - Order.refunded_minor).label("net_minor"),
            func.coalesce(func.sum(Order.total_minor).filter(counts), 0).label("total_minor"),
            func.min(Order.placed_at).filter(counts).label("first_at"),
            func.max(Order.placed_at).filter(counts).label("last_at"),
        )
        .where(among(column_of(Order.customer_id), customer_ids))
        .group_by(Order.customer_id, Order.currency)
        .having(func.count().filter(or_(counts, Order.paid_minor > 0)) > 0)
        .order_by(Order.customer_id, Order.currency)
    )


def _scores(customer_ids: Sequence[UUID]) -> Any:
    units = (
        select(func.sum(OrderLine.returned).label("returned"), func.sum(OrderLine.delivered).label("delivered"))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id == Customer.id)
        .lateral("units")
    )
    score = CustomerScore
    return (
        select(
            Customer.id.label("customer_id"),
            units.c.returned,
            units.c.delivered,
            score.recency,
            score.frequency,
            score.monetary,
            score.label,
        )
        .outerjoin(score, score.customer_id == Customer.id)
        .join(units, true())
        .where(among(column_of(Customer.id), customer_ids))
    )


def _metrics(sums: Sequence[Any], score: Any) -> dict[str, Any]:
    ordered = [row for row in sums if row.order_count]
    delivered = int(score.delivered or 0) if score else 0
    return {
        "orderCount": sum(row.order_count for row in sums),
        "openOrderCount": sum(row.open_count for row in sums),
        "lifetimeValue": [_money(int(row.net_minor), row.currency) for row in sums],
        "averageOrderValue": [_money(_average(row.total_minor, row.order_count), row.currency) for row in ordered],
        "returnRate": int(score.returned) / delivered if delivered else 0.0,
        "firstOrderAt": min((row.first_at for row in ordered), default=None),
        "lastOrderAt": max((row.last_at for row in ordered), default=None),
        "rfm": _rfm(score),
    }


def _average(total_minor: Decimal, count: int) -> int:
    """Half a unit away from zero is rounded up, as on an invoice."""
    return int((Decimal(total_minor) / count).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def _money(minor: int, currency: str) -> dict[str, Any]:
    return {"amount": decimal_amount(minor, currency), "currency": currency}


def _rfm(score: Any) -> dict[str, Any] | None:
    if score is None or score.label is None:
        return None
    return {
        "recency": score.recency,
        "frequency": score.frequency,
        "monetary": score.monetary,
        "label": score.label,
    }
