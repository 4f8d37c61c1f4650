"""What routing decides on: the units to place, the locations that might have them, and where they go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.domain.geography import Coordinates, distance_km
from app.domain.inventory import LocationKind


class LocatedBy(StrEnum):
    """How well a destination's coordinates are known."""

    POSTAL_CODE = "POSTAL_CODE"
    POSTAL_AREA = "POSTAL_AREA"
    """The middle of the codes that begin alike."""
    COUNTRY = "COUNTRY"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Units of an order line that want a location."""

    line_id: UUID
    sku: str
    units: int
    unit_weight_g: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A location, with what it could do for this order."""

    id: UUID
    key: str
    kind: LocationKind
    at: Coordinates | None = None
    active: bool = True
    available: Mapping[str, int] = field(default_factory=dict)
    """SKU to units: what is available to fulfill, and what this very order has reserved here."""
    daily_capacity: int | None = None
    """Units; unbounded when absent."""
    used_today: int = 0
    priority: int = 0

    @property
    def room(self) -> float:
        """Units that it can still take today."""
        return float("inf") if self.daily_capacity is None else max(0, self.daily_capacity - self.used_today)

    @property
    def load(self) -> float:
        """How much of its day is taken, from 0 to 1."""
        if self.daily_capacity is None:
            return 0.0
        return min(1.0, self.used_today / self.daily_capacity) if self.daily_capacity else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    country: str | None
    at: Coordinates | None = None
    located_by: LocatedBy = LocatedBy.NOTHING

    def distance_km(self, site: Site) -> float | None:
        return None if self.at is None or site.at is None else distance_km(self.at, site.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRequest:
    demands: tuple[Demand, ...]
    sites: tuple[Site, ...]
    destination: Destination
    channel: str
    method: str | None = None
    customer_tags: tuple[str, ...] = ()
    allows_split: bool = True
    """False: everything from one location, or nothing yet."""
    backordered_units: int = 0
    """Of the same order, waiting for supply; where nothing may be split, the rest waits with them."""
    excluded: frozenset[str] = frozenset()
    """Keys of locations that the caller rules out."""
    only: frozenset[str] = frozenset()
    """Keys of the only locations that the caller allows; all when empty."""

    @property
    def units(self) -> int:
        return sum(demand.units for demand in self.demands)
