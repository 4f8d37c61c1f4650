"""Provenance: the golden record computed again from its source records, with who said what."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.execution.errors import BadUserInput
from app.execution.rows import Row
from app.execution.sources import column_of
from app.execution.statements import among
from app.identity.survivorship import FIELD_RULES, Alternative, Provenance, SourceRecord, golden_record, priorities
from app.models import CustomerSourceRecord, Source
from app.resolvers.context import Context


async def of_customers(
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
