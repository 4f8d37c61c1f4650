"""What a set of locations would ship, and what that is worth: the arithmetic under every search."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.routing.filling import fill
from app.domain.routing.policy import Policy
from app.domain.routing.request import RoutingRequest, Site


@dataclass(frozen=True, slots=True)
class Plan:
    """Units by location and article, as indexes into the problem's. The higher the score, in points, the better."""

    units: dict[tuple[int, int], int]
    sites: tuple[int, ...]
    score: float

    @property
    def supplied(self) -> int:
        return sum(self.units.values())


class Problem:
    """A request in numbers: what is wanted of each article, what each eligible location has, and what that is worth.

    A plan takes as many units as its locations can supply together, and of these ways the one of the highest score.
    """

    def __init__(self, request: RoutingRequest, sites: Sequence[Site], policy: Policy) -> None:
        """`sites` are the eligible ones in the order of their keys: of equal plans, the first is chosen."""
        weights, method = policy.weights, policy.method(request.method)
        self.max_sites = min(len(sites), request.units, 1 + policy.max_splits if request.allows_split else 1)
        self.skus = list(dict.fromkeys(demand.sku for demand in request.demands))
        self._is_whole_only = not request.allows_split
        self._wanted = [sum(each.units for each in request.demands if each.sku == sku) for sku in self.skus]
        self._has = [
            [min(max(0, site.available.get(sku, 0)), units) for sku, units in zip(self.skus, self._wanted, strict=True)]
            for site in sites
        ]
        self._room = [int(min(site.room, request.units)) for site in sites]
        self._weights = weights
        distances_km = [counted_km(site, request, policy) for site in sites]
        # What a parcel from there takes off. Weight costs the same from everywhere, so it says nothing about a plan.
        self._parcel = [weights.cost * (method.base_minor + method.per_km_minor * km) / 100 for km in distances_km]
        self._cheapest_parcels = sorted(self._parcel)
        # What units from there add, if all came from there.
        self._unit = [
            weights.priority * site.priority - weights.distance * km / 1_000 - weights.load * site.load
            for site, km in zip(sites, distances_km, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._has)

    def plan(self, sites: Sequence[int]) -> Plan | None:
        """The best that these locations can do; None where that is nothing, or only a part and the order is whole."""
        best_first = sorted(sites, key=lambda site: (-self._unit[site], site))
        units = fill(best_first, self._wanted, self._has, self._room)
        supplied = sum(units.values())
        if not supplied or (self._is_whole_only and supplied < sum(self._wanted)):
            return None
        used = tuple(sorted({site for site, _ in units}))
        average = sum(count * self._unit[site] for (site, _), count in units.items()) / supplied
        return Plan(units, used, self._without_units(used, supplied) + average)

    def ceiling(self, sites: Sequence[int]) -> float:
        """No plan that ships from all of these scores more. Cheaper to know than the plan."""
        reached = sum(min(units, sum(self._has[site][at] for site in sites)) for at, units in enumerate(self._wanted))
        supplied = min(reached, sum(self._room[site] for site in sites))
        return self._without_units(sites, supplied) + max(self._unit[site] for site in sites)

    def ceiling_of_size(self, size: int) -> float:
        """No plan that ships from so many locations, or from more, scores more."""
        off = self._weights.split * (size - 1) + sum(self._cheapest_parcels[:size])
        return self._weights.availability - off + max(self._unit)

    def _without_units(self, sites: Sequence[int], supplied: int) -> float:
        share = supplied / sum(self._wanted)
        off = self._weights.split * (len(sites) - 1) + sum(self._parcel[site] for site in sites)
        return self._weights.availability * share - off


def counted_km(site: Site, request: RoutingRequest, policy: Policy) -> float:
    """What a location's distance counts as: nothing where the destination is unknown, since it is so for all."""
    if request.destination.at is None:
        return 0.0
    known = request.destination.distance_km(site)
    return policy.unknown_distance_km if known is None else known
