"""How far the copies of feeds are, for whoever wants to see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.sync import SyncMode, SyncStatus
from app.stores.sync_runs import Counts

_STATES = text("""
SELECT known.source_key, known.feed, latest.status, latest.mode, latest.read, latest.created, latest.changed,
       latest.unchanged, latest.gone, latest.refused, latest.error, latest.started_at, latest.ended_at, known.synced_at,
       (SELECT count(*) FROM sync_refusals refused
         WHERE refused.source_key = known.source_key AND refused.feed = known.feed) AS refusals
  FROM sync_cursors known
  JOIN LATERAL (SELECT * FROM sync_runs run WHERE run.source_key = known.source_key AND run.feed = known.feed
                 ORDER BY run.started_at DESC LIMIT 1) latest ON true
 ORDER BY known.source_key, known.feed
""")


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far the copy of a feed is: its latest run, and when one last came to its end."""

    source_key: str
    feed: str
    status: SyncStatus
    mode: SyncMode
    counts: Counts
    error: str | None
    """Why its last attempt failed, or it for good."""
    started_at: datetime
    ended_at: datetime | None
    synced_at: datetime | None
    refusals: int
    """Records that could not be taken over, of whatever run, and have not been since."""


async def sync_states(engine: AsyncEngine) -> list[SyncState]:
    """Of every feed that ever ran, by source key and feed."""
    async with engine.connect() as connection:
        return [_state(row) for row in (await connection.execute(_STATES)).mappings()]


def _state(row: Mapping[Any, Any]) -> SyncState:
    counts = Counts(**{name: row[name] for name in ("read", "created", "changed", "unchanged", "gone", "refused")})
    return SyncState(
        source_key=row["source_key"],
        feed=row["feed"],
        status=SyncStatus(row["status"]),
        mode=SyncMode(row["mode"]),
        counts=counts,
        error=row["error"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        synced_at=row["synced_at"],
        refusals=row["refusals"],
    )
