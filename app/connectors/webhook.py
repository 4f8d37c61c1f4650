"""What is asked of a connector whose vendor sends events to us: that it knows the true ones, and names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


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


@runtime_checkable
class WebhookReceiver(Protocol):
    def receive(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Delivery:
        """`headers` by any spelling of their names. Raises Unauthentic and Unreadable."""
        ...
