"""Brings customers up to what their source records say, by the rules of `app/identity/survivorship.py`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app import models
from app.domain.source import SourceKind
from app.identity.survivorship import FIELD_RULES, SourceRecord, golden_record, priorities
from app.stores.transaction import Transaction, json_in, json_of

_CUSTOMERS_AT_ONCE = 500


async def refresh_golden_records(connection: AsyncConnection, customer_ids: Sequence[UUID]) -> None:
    """Of many customers, inside the connection's transaction."""
    kinds = {key: SourceKind(kind) for key, kind in await connection.execute(_SOURCES)}
    for start in range(0, len(customer_ids), _CUSTOMERS_AT_ONCE):
        records = await _records(connection, customer_ids[start : start + _CUSTOMERS_AT_ONCE])
        for customer_id, linked in records.items():
            await connection.execute(
                update(models.Customer)
                .where(models.Customer.id == customer_id)
                .values(**shown(linked, kinds), version=models.Customer.version + 1, updated_at=func.now())
            )


def shown(records: Sequence[SourceRecord], kinds: Mapping[str, SourceKind]) -> dict[str, Any]:
    """Columns of `customers`. Records that give the customer no name leave it the one it has."""
    columns = golden_record(records, priorities(kinds)).columns()
    if not columns["display_name"]:
        del columns["display_name"]
    return columns


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


# ── one customer, in a command's transaction

_COLUMNS = tuple(rule.column for rule in FIELD_RULES)
_JSON_COLUMNS = frozenset({"addresses"})
_LOCK = f"SELECT {', '.join(_COLUMNS)} FROM customers WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 - columns from above
_LINKED = """
SELECT record.source_key, record.external_id, record.observed_at, record.profile, source.kind
  FROM customer_source_records record JOIN sources source ON source.key = record.source_key
 WHERE record.customer_id = $1
"""
_SHOW = f"""
UPDATE customers SET version = version + 1, updated_at = $2,
       {", ".join(f"{name} = ${place}" for place, name in enumerate(_COLUMNS, start=3))}
 WHERE id = $1
"""  # noqa: S608 - columns from above


async def refresh_golden_record(tx: Transaction, customer_id: UUID) -> list[str]:
    """The columns that changed. Without one there is no new version."""
    before: Any = await tx.row(_LOCK, customer_id)
    rows = await tx.rows(_LINKED, customer_id)
    records = [SourceRecord(row[0], row[1], row[2], json_in(row[3])) for row in rows]
    kinds = {row["source_key"]: SourceKind(row["kind"]) for row in rows}
    was = {name: json_in(before[name]) if name in _JSON_COLUMNS else before[name] for name in _COLUMNS}
    is_ = was | shown(records, kinds)
    changed = [name for name in _COLUMNS if is_[name] != was[name]]
    if changed:
        values = (json_of(is_[name]) if name in _JSON_COLUMNS else is_[name] for name in _COLUMNS)
        await tx.run(_SHOW, customer_id, tx.at, *values)
    return changed
