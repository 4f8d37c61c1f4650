"""Takes records of a source over, once for each version of it: those of a page, or those that an event spoke of."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import orjson
import structlog

from app.connectors.ports.feeds import Feed, UnreadableRecord
from app.connectors.ports.storefront import StorefrontOrder
from app.domain.refusals import Refused
from app.domain.sync import Taken
from app.stores.sync_runs import Counts
from app.stores.synced_records import (
    RefusedRecord,
    Version,
    claim,
    forgive,
    keep_refused,
    known_versions,
    mark_gone,
    mark_seen,
)
from app.stores.transaction import Transaction, hush
from app.workflows.customer_take_in import take_in_customer
from app.workflows.order_capture import capture_order
from app.workflows.product_take_in import take_in_product
from app.workflows.work import Work

log = structlog.get_logger("junction.sync")

_OF_THE_RECORD = (asyncpg.DataError, asyncpg.NotNullViolationError, asyncpg.CheckViolationError)
"""What Postgres says of values that it cannot hold. All else that it says is about the store, and ends the attempt."""


class Record(Protocol):
    @property
    def external_id(self) -> str: ...
    @property
    def updated_at(self) -> datetime: ...


async def _capture(tx: Transaction, source_key: str, order: StorefrontOrder, work: Work) -> Taken:
    captured = await capture_order(tx, source_key, order, work)
    return Taken[captured.outcome.name]


TakeOver = Callable[[Transaction, str, Any, Work], Awaitable[Taken]]
TAKE_OVER: Mapping[Feed, TakeOver] = {
    Feed.CUSTOMERS: take_in_customer,
    Feed.PRODUCTS: take_in_product,
    Feed.ORDERS: _capture,
}
"""Each raises Refused for what cannot be taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a source says of some of a feed's records."""

    source_key: str
    feed: Feed
    records: Sequence[Record]
    gone: Sequence[str] = ()
    unreadable: Sequence[UnreadableRecord] = ()
    is_full: bool = False
    """Part of a full run, which notes what it meets."""


async def take_records(tx: Transaction, told: Told, work: Work) -> Counts:
    """A version that was taken over before, or an older one, costs no write. One record's refusal is its own."""
    about = (told.source_key, told.feed)
    newest = {each.external_id: each for each in sorted(told.records, key=lambda each: each.updated_at)}
    versions = {id_: Version(id_, fingerprint(each), each.updated_at) for id_, each in newest.items()}
    known = await known_versions(tx, *about, list(newest)) if newest else {}
    fresh = [each for id_, each in versions.items() if id_ not in known or not known[id_].is_as_new_as(each)]
    claimed = await claim(tx, *about, fresh)
    unreadable = _unreadable(told)
    unclaimed = (newest.keys() - claimed) | {each.external_id for each in unreadable}
    if told.is_full and unclaimed:
        await mark_seen(tx, *about, unclaimed)
    taken, refused = await _take_over([each for id_, each in newest.items() if id_ in claimed], tx, told, work)
    refused += unreadable
    await keep_refused(tx, *about, refused)
    await forgive(tx, *about, list(taken))
    became = list(taken.values())
    return Counts(
        read=len(newest) + len(unreadable),
        created=became.count(Taken.CREATED),
        changed=became.count(Taken.CHANGED),
        unchanged=became.count(Taken.UNCHANGED) + len(newest) - len(claimed),
        gone=await mark_gone(tx, *about, told.gone),
        refused=len(refused),
    )


def fingerprint(record: Any) -> str:
    """Of all that is said of it in our words, its time included. What else the vendor says of it does not count."""
    said = {each.name: getattr(record, each.name) for each in fields(record) if each.name != "raw"}
    printed = orjson.dumps(said, default=_plain, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(printed, digest_size=16).hexdigest()


async def _take_over(
    records: Sequence[Record], tx: Transaction, told: Told, work: Work
) -> tuple[dict[str, Taken], list[RefusedRecord]]:
    taken: dict[str, Taken] = {}
    refused: list[RefusedRecord] = []
    for record in records:
        try:
            async with tx.savepoint():
                taken[record.external_id] = await TAKE_OVER[told.feed](tx, told.source_key, record, work)
        except Exception as exc:
            reason = _reason(exc)
            if reason is None:
                raise
            refused.append(RefusedRecord(record.external_id, reason, _as_it_came(record)))
            is_ours = not isinstance(exc, Refused)
            hush(exc)
            log.warning("record_refused", source=told.source_key, feed=told.feed, exc_info=exc if is_ours else None)
    return taken, refused


def _unreadable(told: Told) -> list[RefusedRecord]:
    """What is refused before there is anything to take over; once each, and none that is readable as well."""
    found = {each.external_id: RefusedRecord(each.external_id, each.reason, each.raw) for each in told.unreadable}
    for record in told.records:
        found.pop(record.external_id, None)
    for _ in found:
        log.warning("record_refused", source=told.source_key, feed=told.feed, exc_info=None)
    return list(found.values())


def _reason(exc: Exception) -> str | None:
    """None for what is not about the record: then the whole page is tried again."""
    if isinstance(exc, Refused):
        return str(exc)
    if isinstance(exc, _OF_THE_RECORD):
        return f"the store cannot hold it: {type(exc).__name__}"
    if isinstance(exc, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
        return None
    return f"it could not be taken over: {type(exc).__name__}"


def _as_it_came(record: Any) -> Mapping[str, Any]:
    """In the vendor's words, or in ours where it has none."""
    if raw := getattr(record, "raw", None):
        return dict(raw)
    return dict(orjson.loads(orjson.dumps(record, default=_plain)))


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
