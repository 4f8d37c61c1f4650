"""Which version of a source's record was taken over, so that the same costs nothing and an older one does nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.stores.transaction import Transaction, json_of_sent, storable

# Times are by the database's clock, which all processes share.
_KNOWN = """
SELECT external_id, fingerprint, updated_at, gone_at IS NOT NULL AS is_gone FROM synced_records
 WHERE source_key = $1 AND feed = $2 AND external_id = ANY($3::text[])
"""
# In the order of their ids, as every other transaction takes them: so none waits for one that waits for it.
_CLAIM = """
INSERT INTO synced_records AS known (source_key, feed, external_id, fingerprint, updated_at, seen_at)
SELECT $1, $2, external_id, fingerprint, updated_at, now()
  FROM unnest($3::text[], $4::text[], $5::timestamptz[]) AS given (external_id, fingerprint, updated_at)
 ORDER BY external_id
    ON CONFLICT (source_key, feed, external_id) DO UPDATE
   SET fingerprint = excluded.fingerprint, updated_at = excluded.updated_at, seen_at = excluded.seen_at, gone_at = NULL
 WHERE known.updated_at <= excluded.updated_at
RETURNING external_id
"""
_SEEN = """
UPDATE synced_records SET seen_at = now() WHERE source_key = $1 AND feed = $2 AND external_id = ANY($3::text[])
"""
_GONE = """
UPDATE synced_records SET gone_at = $4
 WHERE source_key = $1 AND feed = $2 AND external_id = ANY($3::text[]) AND gone_at IS NULL
RETURNING external_id
"""
_UNSEEN_GONE = """
WITH gone AS (
    UPDATE synced_records SET gone_at = $4
     WHERE source_key = $1 AND feed = $2 AND gone_at IS NULL AND seen_at < $3 RETURNING external_id)
SELECT count(*) FROM gone
"""
_TRY_AGAIN = """
UPDATE synced_records SET fingerprint = ''
 WHERE source_key = $1 AND feed = $2 AND external_id = ANY($3::text[])
"""
_REFUSE = """
INSERT INTO sync_refusals (source_key, feed, external_id, reason, record, refused_at)
SELECT $1, $2, external_id, reason, record, $6
  FROM unnest($3::text[], $4::text[], $5::jsonb[]) AS given (external_id, reason, record)
    ON CONFLICT (source_key, feed, external_id) DO UPDATE
   SET reason = excluded.reason, record = excluded.record, refused_at = excluded.refused_at
"""
_FORGIVE = "DELETE FROM sync_refusals WHERE source_key = $1 AND feed = $2 AND external_id = ANY($3::text[])"
_REFUSALS = """
SELECT external_id, reason FROM sync_refusals WHERE source_key = $1 AND feed = $2 ORDER BY external_id
"""


@dataclass(frozen=True, slots=True)
class Version:
    external_id: str
    fingerprint: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class KnownVersion:
    fingerprint: str
    updated_at: datetime
    is_gone: bool

    def is_as_new_as(self, version: Version) -> bool:
        """Taking over `version` would change nothing."""
        if version.fingerprint == self.fingerprint:
            return not self.is_gone
        return version.updated_at < self.updated_at


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    external_id: str
    reason: str
    record: Mapping[str, Any]
    """As it came."""


async def known_versions(
    tx: Transaction, source_key: str, feed: str, external_ids: Sequence[str]
) -> Mapping[str, KnownVersion]:
    rows = await tx.rows(_KNOWN, source_key, feed, list(external_ids))
    return {row[0]: KnownVersion(row[1], row[2], row[3]) for row in rows}


async def claim(tx: Transaction, source_key: str, feed: str, versions: Sequence[Version]) -> Collection[str]:
    """External ids of those that it falls to this transaction to take over: nobody else has a newer version. Whoever
    comes with another version waits until the transaction ends. Each id is given once.
    """
    if not versions:
        return ()
    rows = await tx.rows(
        _CLAIM,
        source_key,
        feed,
        [each.external_id for each in versions],
        [each.fingerprint for each in versions],
        [each.updated_at for each in versions],
    )
    return {row[0] for row in rows}


async def mark_seen(tx: Transaction, source_key: str, feed: str, external_ids: Iterable[str]) -> None:
    await tx.run(_SEEN, source_key, feed, list(external_ids))


async def mark_gone(tx: Transaction, source_key: str, feed: str, external_ids: Sequence[str]) -> int:
    """How many were there until now."""
    return len(await tx.rows(_GONE, source_key, feed, list(external_ids), tx.at)) if external_ids else 0


async def mark_unseen_gone(tx: Transaction, source_key: str, feed: str, since: datetime) -> int:
    """Those that were not met since then. How many there are."""
    count: int = await tx.value(_UNSEEN_GONE, source_key, feed, since, tx.at)
    return count


async def keep_refused(tx: Transaction, source_key: str, feed: str, refused: Sequence[RefusedRecord]) -> None:
    """For a person to look at. The same version is tried again when it comes again, as it does in a full run."""
    if not refused:
        return
    ids = [each.external_id for each in refused]
    await tx.run(_TRY_AGAIN, source_key, feed, ids)
    records = [json_of_sent(each.record) for each in refused]
    await tx.run(_REFUSE, source_key, feed, ids, [storable(each.reason) for each in refused], records, tx.at)


async def forgive(tx: Transaction, source_key: str, feed: str, external_ids: Sequence[str]) -> None:
    """They have been taken over after all."""
    if external_ids:
        await tx.run(_FORGIVE, source_key, feed, list(external_ids))


async def refusals(tx: Transaction, source_key: str, feed: str) -> Mapping[str, str]:
    """Reason by external id."""
    return {row[0]: row[1] for row in await tx.rows(_REFUSALS, source_key, feed)}
