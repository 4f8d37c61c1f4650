"""Brings customers up to what their source records say, by the rules of `app/identity/survivorship.py`."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app import models
from app.domain.source import SourceKind
from app.identity.survivorship import SourceRecord, golden_record, priorities

_CUSTOMERS_AT_ONCE = 500


async def refresh_golden_records(connection: AsyncConnection, customer_ids: Sequence[UUID]) -> None:
    """Inside the connection's transaction. A customer whose records give it no name keeps the one it has."""
    kinds = {key: SourceKind(kind) for key, kind in await connection.execute(_SOURCES)}
    priority = priorities(kinds)
    for start in range(0, len(customer_ids), _CUSTOMERS_AT_ONCE):
        records = await _records(connection, customer_ids[start : start + _CUSTOMERS_AT_ONCE])
        for customer_id, linked in records.items():
            columns = golden_record(linked, priority).columns()
            if not columns["display_name"]:
                del columns["display_name"]
            await connection.execute(
                update(models.Customer)
                .where(models.Customer.id == customer_id)
                .values(**columns, version=models.Customer.version + 1, updated_at=func.now())
            )


_SOURCES = select(models.Source.key, models.Source.kind)


async def _records(connection: AsyncConnection, customer_ids: Sequence[UUID]) -> dict[UUID, list[SourceRecord]]:
    record = models.CustomerSourceRecord
    found = await connection.execute(
        select(record.customer_id, record.source_key, record.external_id, record.observed_at, record.profile).where(
            record.customer_id.in_(customer_ids)
        )
    )
    records: dict[UUID, list[SourceRecord]] = defaultdict(list)
    for customer_id, *fields in found:
        records[customer_id].append(SourceRecord(*fields))
    return records
