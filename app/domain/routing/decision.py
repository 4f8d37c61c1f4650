"""Decides which locations ship which units, and tells why: every location stands in the answer, chosen or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from uuid import UUID

from app.domain.routing.eligibility import NO_CAPACITY, rejections
from app.domain.routing.plan import Plan, Problem, counted_km
from app.domain.routing.policy import Policy
from app.domain.routing.request import Demand, LocatedBy, RoutingRequest, Site
from app.domain.routing.search import Search, find


class Outcome(StrEnum):
    ROUTED = "ROUTED"
    PARTLY_ROUTED = "PARTLY_ROUTED"
    """Some units no location can supply, or not from so few."""
    NO_LOCATION = "NO_LOCATION"
    WAITS_FOR_SUPPLY = "WAITS_FOR_SUPPLY"
    """Nothing may be split, and some units of the order are backordered."""
    NOTHING_TO_ROUTE = "NOTHING_TO_ROUTE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    location_id: UUID
    location_key: str
    line_id: UUID
    sku: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A location that was considered. Cost and score are those it would have on its own; none when it was rejected."""

    location_id: UUID
    location_key: str
    rejections: tuple[str, ...]
    distance_km: float | None
    cost_minor: int | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    policy: str
    outcome: Outcome
    search: Search | None
    """How it was found; None where there was nothing to search for."""
    assignments: tuple[Assignment, ...]
    candidates: tuple[Candidate, ...]
    """The eligible first, by score; then the others by key."""
    unplaced: tuple[tuple[UUID, int], ...]
    """Lines with the units that no chosen location supplies."""
    cost_minor: int
    currency: str
    distance_km: float | None
    """Of a unit, on average."""
    score: float | None
    located_by: LocatedBy
    """How the distances are known."""

    @property
    def split_count(self) -> int:
        """Locations beyond the first."""
        return max(0, len({each.location_id for each in self.assignments}) - 1)


def decide(request: RoutingRequest, policy: Policy) -> Decision:
    """The same for the same request, in whatever order its locations come."""
    by_key = sorted(request.sites, key=lambda site: site.key)
    against = {site.key: rejections(site, request, policy) for site in by_key}
    eligible = [site for site in by_key if not against[site.key]]
    problem = Problem(request, eligible, policy)
    plan, search, outcome = _found(problem, request, policy)
    placed = _placed(plan, problem, eligible, request.demands) if plan else []
    candidates = [_candidate(site, against[site.key], request, policy) for site in by_key]
    return Decision(
        policy=policy.name,
        outcome=outcome,
        search=search,
        assignments=tuple(
            Assignment(location_id=site.id, location_key=site.key, line_id=demand.line_id, sku=demand.sku, units=units)
            for site, demand, units in placed
        ),
        candidates=tuple(sorted(candidates, key=lambda one: (one.score is None, -(one.score or 0), one.location_key))),
        unplaced=_unplaced(placed, request.demands),
        cost_minor=_parcels_minor(placed, request, policy),
        currency=policy.currency,
        distance_km=_average_km(placed, request),
        score=round(plan.score, 2) if plan else None,
        located_by=request.destination.located_by,
    )


def price_minor(assignments: Sequence[Assignment], request: RoutingRequest, policy: Policy) -> int:
    """What they cost by the prices of `policy`, whichever policy made them."""
    sites = {site.id: site for site in request.sites}
    demands = {demand.line_id: demand for demand in request.demands}
    placed = [(sites[each.location_id], demands[each.line_id], each.units) for each in assignments]
    return _parcels_minor(placed, request, policy)


def is_short_of_capacity(decision: Decision, request: RoutingRequest) -> bool:
    """Units found no place, and a location whose day is full might have shipped some of them."""
    given: dict[str, int] = {}
    for each in decision.assignments:
        given[each.location_key] = given.get(each.location_key, 0) + each.units
    full = {site.key for site in request.sites if site.daily_capacity and given.get(site.key, 0) >= site.room}
    could = {each.location_key for each in decision.candidates if each.rejections in ((), (NO_CAPACITY,))}
    return bool(decision.unplaced and full & could)


_Placed = list[tuple[Site, Demand, int]]
"""Units of a demand from a location."""


def _found(problem: Problem, request: RoutingRequest, policy: Policy) -> tuple[Plan | None, Search | None, Outcome]:
    if not request.units:
        return None, None, Outcome.NOTHING_TO_ROUTE
    if request.backordered_units and not request.allows_split:
        return None, None, Outcome.WAITS_FOR_SUPPLY
    if not len(problem):
        return None, None, Outcome.NO_LOCATION
    plan, search = find(problem, max_subsets=policy.max_subsets)
    if plan is None:
        return None, search, Outcome.NO_LOCATION
    return plan, search, Outcome.ROUTED if plan.supplied == request.units else Outcome.PARTLY_ROUTED


def _placed(plan: Plan, problem: Problem, sites: Sequence[Site], demands: Sequence[Demand]) -> _Placed:
    """The plan's units, by line: lines that want the same article are served in their order."""
    supply = dict(plan.units)
    placed: _Placed = []
    for demand in demands:
        article, wanted = problem.skus.index(demand.sku), demand.units
        for site in plan.sites:
            units = min(wanted, supply.get((site, article), 0))
            if units:
                placed.append((sites[site], demand, units))
                supply[site, article] -= units
                wanted -= units
    return placed


def _unplaced(placed: _Placed, demands: Sequence[Demand]) -> tuple[tuple[UUID, int], ...]:
    left = {demand.line_id: demand.units for demand in demands}
    for _, demand, units in placed:
        left[demand.line_id] -= units
    return tuple((line_id, units) for line_id, units in left.items() if units)


def _candidate(site: Site, against: tuple[str, ...], request: RoutingRequest, policy: Policy) -> Candidate:
    alone = None if against else _alone(site, request, policy)
    known_km = request.destination.distance_km(site)
    return Candidate(
        location_id=site.id,
        location_key=site.key,
        rejections=against,
        distance_km=None if known_km is None else round(known_km, 1),
        cost_minor=alone and alone[0],
        score=alone and alone[1],
    )


def _alone(site: Site, request: RoutingRequest, policy: Policy) -> tuple[int, float] | None:
    """Cost and score of what it would ship by itself."""
    problem = Problem(request, [site], policy)
    plan = problem.plan((0,))
    if plan is None:
        return None
    parts = _placed(plan, problem, [site], request.demands)
    return _parcel_minor(site, parts, request, policy), round(plan.score, 2)


def _parcels_minor(placed: _Placed, request: RoutingRequest, policy: Policy) -> int:
    by_site = {site.id: site for site, _, _ in placed}
    return sum(
        _parcel_minor(site, [part for part in placed if part[0] is site], request, policy) for site in by_site.values()
    )


def _parcel_minor(site: Site, parts: _Placed, request: RoutingRequest, policy: Policy) -> int:
    """What shipping these units from there costs, rounded up; nothing for no units."""
    if not parts:
        return 0
    method = policy.method(request.method)
    grams = sum(units * _unit_weight_g(demand, policy) for _, demand, units in parts)
    by_weight = method.per_kg_minor * grams / 1_000
    by_distance = method.per_km_minor * counted_km(site, request, policy)
    # Without the inner rounding, 0.1 + 0.2 would cost a whole unit more than 0.3.
    return ceil(round(method.base_minor + by_weight + by_distance, 6))


def _unit_weight_g(demand: Demand, policy: Policy) -> int:
    return policy.default_unit_weight_g if demand.unit_weight_g is None else demand.unit_weight_g


def _average_km(placed: _Placed, request: RoutingRequest) -> float | None:
    known = [(request.destination.distance_km(site), units) for site, _, units in placed]
    distances = [(km, units) for km, units in known if km is not None]
    if not distances:
        return None
    return round(sum(km * units for km, units in distances) / sum(units for _, units in distances), 1)
