"""What an event says, and the records that it says have changed, read again from their source."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.connectors.contract import SourceFailure, SourceRefused, SourceUnavailable
from app.connectors.ports.carrier import TrackingRecord
from app.connectors.ports.feeds import Feed
from app.connectors.ports.payment import GatewayReport, PaymentGateway
from app.connectors.ports.webhook import Change, ChangeTeller, TrackingTeller
from app.stores.inbox import Waiting
from app.workflows.sync_records import TAKE_OVER, Told
from app.workflows.work import Work

READ_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Event:
    waiting: Waiting
    reports: Sequence[GatewayReport] = ()
    tracked: TrackingRecord | None = None
    changes: Sequence[Change] = ()
    feeds: Sequence[Feed] = ()
    """What has changed and is copied."""

    def ids_of(self, feed: Feed) -> list[str]:
        return [each.external_id for each in self.changes if each.feed is feed]


@dataclass(frozen=True, slots=True)
class Reading:
    """Records of a feed by their ids, or why there are none."""

    feed: Feed
    records: Mapping[str, Any]
    failure: SourceFailure | None = None

    def require(self) -> None:
        """Raises SourceFailure."""
        if self.failure is not None:
            raise self.failure

    def told(self, source_key: str, external_ids: Sequence[str]) -> Told:
        found = {id_: self.records.get(id_) for id_ in external_ids}
        return Told(
            source_key=source_key,
            feed=self.feed,
            records=[each for each in found.values() if each is not None],
            gone=[id_ for id_, each in found.items() if each is None],
        )


def understood(waiting: Waiting, connector: object, copied: Collection[Feed] = ()) -> Event:
    """`copied` are the feeds that the source is configured for. Raises Unreadable."""
    changes = connector.changes(waiting.body) if isinstance(connector, ChangeTeller) else ()
    return Event(
        waiting,
        reports=connector.reports(waiting.body) if isinstance(connector, PaymentGateway) else (),
        tracked=connector.tracked(waiting.body) if isinstance(connector, TrackingTeller) else None,
        changes=changes,
        feeds=[feed for feed in TAKE_OVER if feed in copied and any(each.feed is feed for each in changes)],
    )


async def read_changes(connector: object, events: Sequence[Event], work: Work) -> Mapping[Feed, Reading]:
    """One question for each feed, however many events there are. What is remembered of the records is forgotten first.

    Outside of any transaction: a source may take its time. Raises CacheAway.
    """
    for event in events:
        if event.changes:
            await work.memory.forget(event.waiting.source_key, [each.external_id for each in event.changes])
    feeds = {feed for event in events for feed in event.feeds}
    return {feed: await _read(connector, feed, events) for feed in sorted(feeds)}


async def _read(connector: Any, feed: Feed, events: Sequence[Event]) -> Reading:
    ids = list(dict.fromkeys(id_ for event in events for id_ in event.ids_of(feed)))
    read_by_id = getattr(connector, f"{feed}_by_id")
    try:
        return Reading(feed, await read_by_id(ids, deadline=time.monotonic() + READ_TIMEOUT_S))
    except SourceRefused as refused:
        # It lets us in no longer, or not to these records: nothing that is wrong with the event.
        return Reading(feed, {}, SourceUnavailable(refused.source_key, refused.message))
    except SourceFailure as failure:
        return Reading(feed, {}, failure)
