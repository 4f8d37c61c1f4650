"""What a carrier offers, in words of no carrier: rates, labels and tracking, one protocol per capability.

Buying and voiding carry the caller's key, made of the aggregate and the step. A call that raises SourceTimedOut,
SourceUnavailable or SourceGarbled *may have happened*: ask `find_label` with the same key before repeating it.
SourceRefused and SourceThrottled say that nothing happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from app.domain.fulfillment import ShipmentStatus
from app.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """`name` is a person's, `company` where they are reached; one of them is needed to ship."""

    name: str | None = None
    company: str | None = None
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str
    """ISO 3166-1 alpha-2."""
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A box and its way. Without a weight the carrier's configured default is declared."""

    ship_from: PostalAddress
    ship_to: PostalAddress
    weight_g: int | None = None
    dimensions: Dimensions | None = None
    worth: Money | None = None
    """What its content was sold for, before discounts."""
    is_return: bool = False
    """From the customer back to us, at our expense."""


@dataclass(frozen=True, slots=True)
class RatedService:
    service: str
    """The carrier's code; what `buy_label` takes."""
    name: str
    cost: Money
    estimated_delivery_at: datetime | None


@dataclass(frozen=True, slots=True)
class LabelImage:
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Label:
    tracking_number: str
    tracking_url: str
    image: LabelImage
    cost: Money | None
    """What the carrier charges; None for a label found again where the carrier no longer says."""
    carrier_reference: str
    """What `void_label` takes."""


@dataclass(frozen=True, slots=True)
class Voided:
    """Whether the label is void now, also when it was before. `reason` says why not, for clients."""

    is_void: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    external_event_id: str
    """Made of what identifies the event, so that it is the same each time the carrier tells it."""
    at: datetime
    """By the carrier's clock."""
    status: ShipmentStatus
    description: str
    city: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class TrackingRecord:
    tracking_number: str
    events: tuple[CarrierEvent, ...]
    """Oldest first."""
    estimated_delivery_at: datetime | None


@runtime_checkable
class RateSource(Protocol):
    async def rate(self, parcel: Parcel, *, deadline: float) -> Sequence[RatedService]:
        """Every service that takes the parcel, cheapest first. Raises SourceRefused when none does."""
        ...


@runtime_checkable
class LabelSource(Protocol):
    @property
    def label_lookup_delay(self) -> timedelta:
        """How long after an unanswered purchase `find_label` may still miss its label."""
        ...

    async def buy_label(self, key: str, parcel: Parcel, service: str, *, deadline: float) -> Label:
        """`service` is the carrier's code or name. Never repeated by the connector once it may have happened."""
        ...

    async def find_label(self, key: str, *, deadline: float) -> Label | None:
        """The label bought under this key and not voided, or None. Changes nothing."""
        ...

    async def void_label(self, key: str, carrier_reference: str, *, deadline: float) -> Voided:
        """Harmless to repeat."""
        ...


@runtime_checkable
class TrackingSource(Protocol):
    async def track(self, tracking_numbers: Sequence[str], *, deadline: float) -> Mapping[str, TrackingRecord | None]:
        """None for a number that the carrier does not know, or does not know yet."""
        ...


@runtime_checkable
class TrackingAlerts(Protocol):
    @property
    def alerts_last(self) -> timedelta:
        """How long the carrier goes on telling of a parcel."""
        ...

    async def alert(self, tracking_numbers: Sequence[str], *, deadline: float) -> frozenset[str]:
        """Has the carrier tell of these parcels by webhook; of which it will. Harmless to repeat. None where its
        webhooks are not set up."""
        ...


@runtime_checkable
class Carrier(RateSource, LabelSource, TrackingSource, Protocol):
    """All three, as a workflow wants it."""
