"""Remote fields of a customer: cases and interactions from CRMs, profiles from storefronts.

All customers of a page are asked for at once: one batch per source, sources side by side. A field fed by several
sources shows what the living ones say; only when none has a value is the field null, with an error.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.connectors.contract import Page, Read, SourceState, SourceStatus, Window
from app.connectors.freshness import Reading
from app.connectors.ports.crm import CaseRecord, InteractionRecord
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.reads import Cases, Interactions, StorefrontProfiles
from app.execution.cursors import decode, encode, not_a_cursor
from app.execution.errors import SourceFailed
from app.execution.interpreter import EdgeView, PageInfoView
from app.execution.keyset import page_size
from app.execution.moments import moment
from app.execution.rows import Row
from app.models import Customer, CustomerSourceRecord
from app.resolvers.context import Context, Identity

T = TypeVar("T")
Item = tuple[datetime, str, Any]
"""When, external id, and the value as the schema reads it."""

_SEVERITY = (
    SourceState.FRESH,
    SourceState.CACHED,
    SourceState.STALE,
    SourceState.DISABLED,
    SourceState.UNAVAILABLE,
    SourceState.TIMED_OUT,
)
"""A customer may have several records in one source; the source's status is then the worst of theirs."""


IDENTITIES: ColumnElement[str] = cast(
    func.coalesce(
        select(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_array(CustomerSourceRecord.source_key, CustomerSourceRecord.external_id),
                    CustomerSourceRecord.linked_at,
                    CustomerSourceRecord.id,
                )
            )
        )
        .where(CustomerSourceRecord.customer_id == Customer.id)
        .scalar_subquery(),
        text("'[]'"),
    ),
    Text,
)
"""A customer's ids in other systems, as JSON: all that asking for them takes, so no statement need look them up."""


async def cases(
    customers: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed]:
    window = window_of(arguments, context)
    readings = await ask(identities_of(customers), Cases(window), arguments.get("max_age"), context)
    return [_connection(each, _case, window, context) for each in readings]


async def interactions(
    customers: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed]:
    window = window_of(arguments, context)
    readings = await ask(identities_of(customers), Interactions(window), arguments.get("max_age"), context)
    return [_connection(each, _interaction, window, context) for each in readings]


async def storefront_profiles(
    customers: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed]:
    readings = await ask(identities_of(customers), StorefrontProfiles(), arguments.get("max_age"), context)
    return [_profiles(each, context) for each in readings]


def identities_of(customers: Sequence[str]) -> list[list[Identity]]:
    return [_IDENTITIES.decode(each) for each in customers]


_IDENTITIES = msgspec.json.Decoder(list[Identity])


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What one source said of one customer's record in it."""

    source: Row
    reading: Reading[Any]


async def ask(
    identities: Sequence[Sequence[Identity]], question: Read[Any], max_age: timedelta | None, context: Context
) -> list[list[SourceReading]]:
    """For each customer the readings of every record that a source with the question's capability has of them."""
    by_source: dict[str, list[str]] = {}
    for source_key, external_id in (identity for each in identities for identity in each):
        by_source.setdefault(source_key, []).append(external_id)
    readings = await context.reads.read(question, by_source, max_age=max_age, deadline=context.sources_deadline)
    rows = {info.key: source_row(info.key, info.name, info.kind) for info in context.registry.sources}
    return [
        [SourceReading(rows[identity[0]], readings[identity]) for identity in each if identity in readings]
        for each in identities
    ]


def source_row(key: str, name: str, kind: object) -> Row:
    return Row("Source", {"key": key, "name": name, "kind": kind})


def statuses(readings: Iterable[SourceReading]) -> list[dict[str, Any]]:
    """One status for each source, as the schema reads it."""
    worst: dict[str, tuple[Row, SourceStatus]] = {}
    for each in readings:
        status = each.reading.status
        known = worst.get(status.source_key)
        if known is None or _SEVERITY.index(status.state) > _SEVERITY.index(known[1].state):
            worst[status.source_key] = (each.source, status)
    return [
        {
            "source": source,
            "state": status.state,
            "asOf": status.as_of,
            "latencyMs": status.latency_ms,
            "error": status.error,
        }
        for source, status in worst.values()
    ]


def failure(readings: Sequence[SourceReading], context: Context) -> SourceFailed | None:
    """The failure to report when no source has a value; None when any has, or none was to be asked."""
    if not readings or not all(each.reading.failed for each in readings):
        return None
    status = max((each.reading.status for each in readings), key=lambda status: _SEVERITY.index(status.state))
    return SourceFailed(
        status.source_key,
        status.error or f"{status.source_key} has no answer",
        timed_out=status.state is SourceState.TIMED_OUT,
        retry_after_s=status.retry_after_s,
    )


def window_of(arguments: Mapping[str, Any], context: Context) -> Window:
    first = page_size("first", arguments.get("first"), context.sizes)
    after = arguments.get("after")
    return Window(first, None if after is None else _place(after))


def _connection(
    readings: Sequence[SourceReading], present: Callable[[Any, Row], Item], window: Window, context: Context
) -> dict[str, Any] | SourceFailed:
    failed = failure(readings, context)
    if failed is not None:
        return failed
    pages: list[tuple[Row, Page[Any]]] = [
        (each.source, each.reading.value) for each in readings if each.reading.value is not None
    ]
    items = [present(item, source) for source, page in pages for item in page.items]
    items.sort(key=lambda item: item[:2], reverse=True)
    has_next = len(items) > window.first or any(page.has_next for _, page in pages)
    return connection(items[: window.first], has_next, window.after is not None) | {"sources": statuses(readings)}


def connection(items: Sequence[Item], has_next: bool, has_previous: bool) -> dict[str, Any]:
    edges = [EdgeView(encode([at, external_id]), value) for at, external_id, value in items]
    return {
        "edges": edges,
        "nodes": [edge.node for edge in edges],
        "pageInfo": PageInfoView(
            has_next_page=has_next,
            has_previous_page=has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    }


def _case(case: CaseRecord, source: Row) -> Item:
    return case.opened_at, case.external_id, case_value(case, source)


def case_value(case: CaseRecord, source: Row) -> dict[str, Any]:
    return {
        "externalId": case.external_id,
        "source": source,
        "number": case.number,
        "subject": case.subject,
        "status": case.status,
        "priority": case.priority,
        "channel": case.channel,
        "openedAt": case.opened_at,
        "closedAt": case.closed_at,
        "url": case.url,
    }


def _interaction(interaction: InteractionRecord, source: Row) -> Item:
    value = {
        "externalId": interaction.external_id,
        "source": source,
        "kind": interaction.kind,
        "at": interaction.at,
        "subject": interaction.subject,
        "body": interaction.body,
        "agent": interaction.agent,
    }
    return interaction.at, interaction.external_id, value


def _profiles(readings: Sequence[SourceReading], context: Context) -> dict[str, Any] | SourceFailed:
    failed = failure(readings, context)
    if failed is not None:
        return failed
    nodes = [_profile(each.reading.value, each.source) for each in readings if each.reading.value is not None]
    return {"nodes": nodes, "sources": statuses(readings)}


def _profile(profile: StorefrontProfileRecord, source: Row) -> dict[str, Any]:
    spent = profile.amount_spent
    return {
        "externalId": profile.external_id,
        "source": source,
        "email": profile.email,
        "orderCount": profile.order_count,
        "amountSpent": None if spent is None else {"amount": spent.amount, "currency": spent.currency},
        "acceptsMarketing": profile.accepts_marketing,
        "createdAt": profile.created_at,
    }


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        at, external_id = decode(cursor)
        return moment(at), str(external_id)
    except (ValueError, TypeError) as exc:
        raise not_a_cursor(cursor) from exc
