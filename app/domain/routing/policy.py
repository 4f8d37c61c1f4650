"""A routing policy: what the score weighs, what shipping costs, and which locations may not ship what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from app.domain.inventory import LocationKind

OTHER_METHODS = "default"
"""The entry of `methods` for shipping methods that have none of their own."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_REASON = re.compile(r"[A-Z][A-Z_]*")


class InvalidPolicy(ValueError):
    """Two values of a policy that do not go together, or one out of range; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """In points of the score. None is negative: more splits, distance, cost or load never make a plan better."""

    availability: float = 100.0
    """For all units; in proportion for a part."""
    split: float = 15.0
    """Off for each location beyond the first."""
    distance: float = 5.0
    """Off for each 1,000 km that a unit travels, on average."""
    cost: float = 1.0
    """Off for each 100 minor units that the parcels cost."""
    load: float = 5.0
    """Off for units from a location whose day is full; in proportion to how full it was, on average."""
    priority: float = 0.1
    """For each step of a location's priority, on average over the units."""

    def __post_init__(self) -> None:
        _require_not_negative(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A shipping method: what a parcel costs, in minor units of the policy's currency, and how soon it must leave.

    Figures to compare locations by, not a carrier's tariff.
    """

    base_minor: int
    per_kg_minor: int = 0
    per_km_minor: float = 0.0
    fulfill_within_h: float = 24.0

    def __post_init__(self) -> None:
        _require_not_negative(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rejects a location for an order, when everything that the rule names fits. What it leaves out does not matter."""

    reason: str
    """What the rejection is called: NOT_FOR_CHANNEL."""
    channels: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """Of the destination."""
    customer_tags: tuple[str, ...] = ()
    """The customer has any of them."""
    kinds: tuple[LocationKind, ...] = ()
    tags: tuple[str, ...] = ()
    """The location has any of them."""
    except_tags: tuple[str, ...] = ()
    """The location has none of them."""

    def __post_init__(self) -> None:
        if not _REASON.fullmatch(self.reason):
            raise InvalidPolicy(f"the reason {self.reason!r} must be in capitals, as in NOT_FOR_CHANNEL")
        if not any(getattr(self, each.name) for each in fields(self) if each.name != "reason"):
            raise InvalidPolicy(f"the rule {self.reason} names nothing, and would reject every location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    name: str
    currency: str
    methods: Mapping[str, Method]
    """By the order's shipping method; `default` is for all others."""
    weights: Weights = field(default_factory=Weights)
    max_splits: int = 3
    """Locations beyond the first."""
    max_subsets: int = 20_000
    """Sets of locations that the exact search may have to look at; above, the heuristic answers."""
    max_distance_km: float | None = None
    unknown_distance_km: float = 5_000.0
    """What a location without coordinates counts as being away."""
    default_unit_weight_g: int = 500
    """Of a product that tells none."""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tag to the keys of the locations that have it."""
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        _require_not_negative(self)
        if not _CURRENCY.fullmatch(self.currency):
            raise InvalidPolicy(f"the currency {self.currency!r} is no ISO 4217 code")
        if self.max_subsets < 1:
            raise InvalidPolicy("max_subsets must be at least 1")
        if OTHER_METHODS not in self.methods:
            raise InvalidPolicy(f"methods lacks {OTHER_METHODS}, for the shipping methods it does not name")
        for rule in self.rules:
            for tag in (*rule.tags, *rule.except_tags):
                if tag not in self.tags:
                    raise InvalidPolicy(f"the rule {rule.reason} names the tag {tag}, which no location has")

    def method(self, name: str | None) -> Method:
        return self.methods.get(name or OTHER_METHODS) or self.methods[OTHER_METHODS]

    def has_tag(self, location_key: str, tags: tuple[str, ...]) -> bool:
        return any(location_key in self.tags[tag] for tag in tags)


def _require_not_negative(numbers: Weights | Method | Policy) -> None:
    for each in fields(numbers):
        value = getattr(numbers, each.name)
        # `not >=` refuses NaN too; infinity would make every score equal.
        if isinstance(value, int | float) and not 0 <= value < float("inf"):
            raise InvalidPolicy(f"{each.name} must be a number of at least 0, not {value}")
