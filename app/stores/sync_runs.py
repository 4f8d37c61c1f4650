"""Runs over the feeds of sources: begun once, taken over where their process died, gone on with page by page.

A run goes on from its last page, whoever goes on with it. Two processes that believe it is theirs are told apart when
they take over a page: the page's transaction has seen the number of pages before it, and only one of them has seen the
present one. Times are by the database's clock, which all processes share.

A feed has one run of each mode at most, and one of the two is at work. A full run takes hours where there is much to
read, and gives way after its page to one of what has changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.sync import SyncMode
from app.stores.transaction import Transaction

BUSY_FOR = timedelta(seconds=30)
"""Since the last sign of life. Longer than reading and taking over a page, and not longer than it takes until the job
of a worker that died is given to another (WORKER_TAKEOVER_S)."""
KEPT_FOR = timedelta(days=30)

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('sync ' || $1::text || ' ' || $2::text, 0))"
_KNOW_FEED = "INSERT INTO sync_cursors (source_key, feed) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_RUNNING = """
SELECT id, mode, cursor, pages, started_at, is_held AND heartbeat_at > now() - $3::interval AS is_busy,
       wanted_at > now() - 2 * $3::interval AS is_giving_way
  FROM sync_runs WHERE source_key = $1 AND feed = $2 AND status = 'RUNNING'
"""
_BEGIN = """
INSERT INTO sync_runs (source_key, feed, mode, status, cursor)
VALUES ($1, $2, $3::text, 'RUNNING',
        CASE $3::text WHEN 'INCREMENTAL' THEN (SELECT cursor FROM sync_cursors WHERE source_key = $1 AND feed = $2) END)
RETURNING id, mode, cursor, pages, started_at
"""
_GO_ON = "UPDATE sync_runs SET is_held = true, heartbeat_at = now(), wanted_at = NULL WHERE id = $1"
_WANT = """
UPDATE sync_runs SET wanted_at = now() WHERE source_key = $1 AND feed = $2 AND status = 'RUNNING' AND mode = 'FULL'
"""
# One that was at work, and has not been heard of, finds that it no longer is.
_OTHERS_WAIT = """
UPDATE sync_runs SET is_held = false, wanted_at = NULL
 WHERE source_key = $1 AND feed = $2 AND status = 'RUNNING' AND id <> $3
"""
_LOCK_PAGE = "SELECT FROM sync_runs WHERE id = $1 AND status = 'RUNNING' AND is_held AND pages = $2 FOR NO KEY UPDATE"
_MOVE = """
UPDATE sync_runs
   SET cursor = $2, pages = pages + 1, heartbeat_at = now(), is_held = $3 AND wanted_at IS NULL, error = NULL,
       read = read + $4, created = created + $5, changed = changed + $6, unchanged = unchanged + $7, gone = gone + $8,
       refused = refused + $9
 WHERE id = $1
RETURNING is_held
"""
_KEEP_CURSOR = "UPDATE sync_cursors SET cursor = $3 WHERE source_key = $1 AND feed = $2"
_DONE = "UPDATE sync_runs SET status = 'DONE', ended_at = now(), is_held = false WHERE id = $1"
_COUNT_FULL = "UPDATE sync_cursors SET full_at = now() WHERE source_key = $1 AND feed = $2"
_SYNCED = "UPDATE sync_cursors SET cursor = $3, synced_at = now() WHERE source_key = $1 AND feed = $2"
_TELL_CONNECTOR = """
UPDATE connectors
   SET last_sync_at = (SELECT CASE count(synced_at) WHEN cardinality($2::text[]) THEN min(synced_at) END
                         FROM sync_cursors WHERE source_key = $1 AND feed = ANY($2::text[]))
 WHERE source_key = $1
"""
_LET_GO = "UPDATE sync_runs SET is_held = false, error = $3 WHERE id = $1 AND status = 'RUNNING' AND pages = $2"
_FAIL = """
UPDATE sync_runs SET status = 'FAILED', error = $4, ended_at = now(), is_held = false
 WHERE source_key = $1 AND feed = $2 AND mode = $3 AND status = 'RUNNING'
"""
_LATEST = """
SELECT asked.source_key, asked.feed, latest.status = 'RUNNING', coalesce(latest.ended_at, latest.heartbeat_at),
       interval '0'
  FROM unnest($1::text[], $2::text[]) AS asked (source_key, feed)
  JOIN LATERAL (SELECT * FROM sync_runs run
                 WHERE run.source_key = asked.source_key AND run.feed = asked.feed AND run.mode = 'INCREMENTAL'
                 ORDER BY run.started_at DESC LIMIT 1) latest ON true
"""
_LATEST_FULL = """
SELECT known.source_key, known.feed, run.id IS NOT NULL, coalesce(run.heartbeat_at, known.full_at),
       coalesce((SELECT past.ended_at - past.started_at FROM sync_runs past
                  WHERE past.source_key = known.source_key AND past.feed = known.feed AND past.mode = 'FULL'
                    AND past.status <> 'RUNNING'
                  ORDER BY past.started_at DESC LIMIT 1), interval '0')
  FROM unnest($1::text[], $2::text[]) AS asked (source_key, feed)
  JOIN sync_cursors known USING (source_key, feed)
  LEFT JOIN sync_runs run ON run.source_key = known.source_key AND run.feed = known.feed AND run.mode = 'FULL'
                         AND run.status = 'RUNNING'
"""
_FORGET = "DELETE FROM sync_runs WHERE ended_at < $1"


@dataclass(frozen=True, slots=True)
class Run:
    """As it was when its next page was asked for."""

    id: UUID
    source_key: str
    feed: str
    mode: SyncMode
    cursor: str | None
    pages: int
    started_at: datetime
    is_held: bool = True
    """It is this process's; else whoever comes first goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of records; `unchanged` are those of a version that was taken over before, or an older one."""

    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: count + getattr(other, name) for name, count in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest run of a feed."""

    is_running: bool
    at: datetime
    """When it ended, or was last heard of."""
    took: timedelta
    """The latest full run that ended."""


async def begin(tx: Transaction, source_key: str, feed: str, *, full: bool) -> Run | None:
    """A new run, or the unfinished one of its mode to go on with. None while another process is at work on the feed,
    and for a full run whose turn it is not.
    """
    await tx.run(_LOCK, source_key, feed)
    await tx.run(_KNOW_FEED, source_key, feed)
    mode = SyncMode.FULL if full else SyncMode.INCREMENTAL
    running = {row["mode"]: row for row in await tx.rows(_RUNNING, source_key, feed, BUSY_FOR)}
    row = running.get(mode)
    if any(each["is_busy"] for each in running.values()):
        if not full:
            await tx.run(_WANT, source_key, feed)
        return None
    if row is None:
        row = await tx.row(_BEGIN, source_key, feed, mode)
    elif row["is_giving_way"]:
        return None
    else:
        await tx.run(_GO_ON, row["id"])
    assert row is not None  # noqa: S101 - found, or made just now
    await tx.run(_OTHERS_WAIT, source_key, feed, row["id"])
    return Run(row["id"], source_key, feed, SyncMode(row["mode"]), row["cursor"], row["pages"], row["started_at"])


async def is_running(tx: Transaction, run_id: UUID) -> bool:
    running: bool = await tx.value("SELECT status = 'RUNNING' FROM sync_runs WHERE id = $1", run_id)
    return bool(running)


async def lock_page(tx: Transaction, run: Run) -> bool:
    """Whether the run's next page is ours to take over. Locked until the transaction ends."""
    return await tx.row(_LOCK_PAGE, run.id, run.pages) is not None


async def move(tx: Transaction, run: Run, cursor: str, counts: Counts, *, is_held: bool) -> Run:
    """The page is taken over. Answers the run as it goes on: not held where it is to give way, or was not to be."""
    held: bool = await tx.value(_MOVE, run.id, cursor, is_held, *asdict(counts).values())
    if run.mode is SyncMode.INCREMENTAL:
        await tx.run(_KEEP_CURSOR, run.source_key, run.feed, cursor)
    return replace(run, cursor=cursor, pages=run.pages + 1, is_held=held)


async def finish(tx: Transaction, run: Run, feeds: Sequence[str]) -> None:
    """After its last page. `feeds` are all that the source is configured for: the connector is as fresh as the one
    that was synced longest ago, and was never synced while one of them was not.
    """
    await tx.run(_DONE, run.id)
    await tx.run(_SYNCED, run.source_key, run.feed, run.cursor)
    if run.mode is SyncMode.FULL:
        await tx.run(_COUNT_FULL, run.source_key, run.feed)
    await tx.run(_TELL_CONNECTOR, run.source_key, list(feeds))


async def let_go(tx: Transaction, run: Run, error: str) -> None:
    """This attempt has failed; the next goes on from the last page."""
    await tx.run(_LET_GO, run.id, run.pages, error)


async def fail(tx: Transaction, source_key: str, feed: str, error: str, *, full: bool) -> None:
    """For good: what comes next is a run of its own."""
    await tx.run(_FAIL, source_key, feed, SyncMode.FULL if full else SyncMode.INCREMENTAL, error)
    if full:
        await tx.run(_COUNT_FULL, source_key, feed)


async def latest_runs(
    tx: Transaction, feeds: Sequence[tuple[str, str]], *, full: bool
) -> Mapping[tuple[str, str], Latest]:
    """By source key and feed; one that never ran is left out. Where no run was full yet, the first was as good as."""
    sql = _LATEST_FULL if full else _LATEST
    rows = await tx.rows(sql, [key for key, _ in feeds], [feed for _, feed in feeds])
    return {(row[0], row[1]): Latest(row[2], row[3], row[4]) for row in rows}


async def forget_old(tx: Transaction) -> None:
    await tx.run(_FORGET, tx.at - KEPT_FOR)
