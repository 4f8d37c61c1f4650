"""What is asked of a connector whose vendor sends events to us: that it knows the true ones, and says what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from app.connectors.ports.carrier import TrackingRecord
from app.connectors.ports.feeds import Changes, Feed


class Unauthentic(Exception):
    """Nothing proves that the vendor sent this, or that it did so just now. The message holds no secret."""


class Unreadable(Exception):
    """Authentic, and yet no event."""


@dataclass(frozen=True, slots=True)
class Delivery:
    external_event_id: str
    """The sender's: the same for every delivery of one event."""
    sent_at: datetime
    """When it happened, by the sender's clock."""
    body: Mapping[str, Any]
    subject: str = ""
    """What it is about, such as `order 450789469`: events of one subject are taken over one after the other, the
    earliest by the sender's clock first. Empty for one that has nothing to do with any other."""


@dataclass(frozen=True, slots=True)
class Change:
    """An event says no more than that something changed: the record is then read, since events come late and twice."""

    external_id: str
    """Of the record: what the feed's `…_by_id` takes, and what live reads ask for."""
    feed: Feed | None = None
    """Where the record is copied from. None for what is only ever read live: what is remembered of it is forgotten."""


@runtime_checkable
class WebhookReceiver(Protocol):
    def receive(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Delivery:
        """`headers` by any spelling of their names. Raises Unauthentic and Unreadable.

        What a vendor says in headers alone, its topic say, goes into the delivery's body.
        """
        ...


@runtime_checkable
class ChangeTeller(Protocol):
    def changes(self, event: Mapping[str, Any]) -> Sequence[Change]:
        """What an authentic event says has changed. None of our concern: none. Raises Unreadable."""
        ...


@runtime_checkable
class TrackingTeller(Protocol):
    def tracked(self, event: Mapping[str, Any]) -> TrackingRecord | None:
        """What an authentic event says of a parcel. Raises Unreadable."""
        ...


@runtime_checkable
class Subscribable(Protocol):
    """Of a vendor that is told by its API where to send events. No capability: `junction connectors subscribe` asks."""

    async def subscribe(self, url: str, *, deadline: float) -> tuple[str, ...]:
        """Has every event that the connector understands sent there, each once. Answers which were not sent before."""
        ...


@runtime_checkable
class EventFeed(Protocol):
    async def missed_events(self, cursor: str | None, *, deadline: float) -> Changes[Delivery]:
        """Events as they would have been received, those that were among them. None begins with the oldest kept."""
        ...
