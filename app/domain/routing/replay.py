"""Tries a policy on what past routes were decided on, beside the policy in force."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.routing.decision import Decision, decide, price_minor
from app.domain.routing.policy import Policy
from app.domain.routing.request import RoutingRequest
from app.domain.routing.search import Search


@dataclass(slots=True)
class Tally:
    """What a policy would have come to."""

    policy: str
    orders: int = 0
    complete_orders: int = 0
    """With every unit at a location."""
    split_orders: int = 0
    splits: int = 0
    """Locations beyond the first, over all orders."""
    units: int = 0
    unplaced_units: int = 0
    cost_minor: int = 0
    """At the prices of the policy in force, so that two policies with prices of their own can be compared."""
    located_units: int = 0
    """Placed, and their distance is known."""
    unit_km: float = 0.0
    """Of these, the kilometers in sum."""
    heuristic_searches: int = 0

    @property
    def km_per_unit(self) -> float | None:
        return round(self.unit_km / self.located_units, 1) if self.located_units else None

    def add(self, request: RoutingRequest, decision: Decision, cost_minor: int) -> None:
        unplaced = sum(units for _, units in decision.unplaced)
        distances = {site.id: request.destination.distance_km(site) for site in request.sites}
        known = [(distances[each.location_id], each.units) for each in decision.assignments]
        located = [(km, units) for km, units in known if km is not None]
        self.orders += 1
        self.complete_orders += not unplaced
        self.split_orders += decision.split_count > 0
        self.splits += decision.split_count
        self.units += request.units
        self.unplaced_units += unplaced
        self.cost_minor += cost_minor
        self.located_units += sum(units for _, units in located)
        self.unit_km += sum(km * units for km, units in located)
        self.heuristic_searches += decision.search is Search.HEURISTIC


@dataclass(slots=True)
class Comparison:
    """Costs are in minor units of `currency`."""

    currency: str
    in_force: Tally
    tried: Tally
    changed_orders: int = 0
    """That would have been routed otherwise."""


def replay(requests: Iterable[RoutingRequest], in_force: Policy, tried: Policy) -> Comparison:
    comparison = Comparison(in_force.currency, Tally(in_force.name), Tally(tried.name))
    for request in requests:
        decisions = [decide(request, policy) for policy in (in_force, tried)]
        for tally, decision in zip((comparison.in_force, comparison.tried), decisions, strict=True):
            tally.add(request, decision, price_minor(decision.assignments, request, in_force))
        now, then = (frozenset(decision.assignments) for decision in decisions)
        comparison.changed_orders += now != then
    return comparison
