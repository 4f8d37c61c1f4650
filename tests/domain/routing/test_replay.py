from dataclasses import replace

import pytest

from app.domain.routing.policy import Method, Weights
from app.domain.routing.replay import replay
from tests.domain.routing.places import KM_OF_A_DEGREE, policy, request, site

DEAR = policy(name="dear", methods={"default": Method(base_minor=9_000)}, weights=Weights(split=0, cost=0, distance=50))
"""Takes the nearest, at any price."""


def test_two_policies_are_compared_at_the_prices_of_the_one_in_force() -> None:
    near, far = site("near", degrees=1, a=1), site("far", degrees=2, a=2)
    comparison = replay([request(near, far, want={"a": 2})], policy(), DEAR)
    in_force, tried = comparison.in_force, comparison.tried
    assert (in_force.policy, in_force.splits, in_force.split_orders, in_force.km_per_unit) == ("test", 0, 0, 222.4)
    assert (tried.policy, tried.splits, tried.split_orders, tried.km_per_unit) == ("dear", 1, 1, 166.8)
    # 5.00 for a parcel, 1.00 for a kilogram, 0.1 cents for a kilometer; each parcel rounded up
    assert (in_force.cost_minor, tried.cost_minor) == (500 + 100 + 23, (500 + 50 + 12) + (500 + 50 + 23))
    assert (comparison.currency, comparison.changed_orders) == ("USD", 1)


def test_a_policy_compared_with_itself_changes_nothing() -> None:
    requests = [request(site("a", a=1), want={"a": 2}), request(site("b", degrees=None, b=1), want={"b": 1})]
    comparison = replay(requests, policy(), policy())
    assert comparison.in_force == comparison.tried
    assert comparison.changed_orders == 0
    tally = comparison.tried
    assert (tally.orders, tally.complete_orders, tally.units, tally.unplaced_units) == (2, 1, 3, 1)
    assert (tally.located_units, tally.km_per_unit) == (1, 0.0)


def test_nothing_located_has_no_distance() -> None:
    assert replay([], policy(), DEAR).tried.km_per_unit is None


def test_searches_by_heuristic_are_counted() -> None:
    asked = request(site("a", a=1), site("b", degrees=1, a=1), want={"a": 1})
    comparison = replay([asked], policy(), replace(policy(), max_subsets=1))
    assert (comparison.in_force.heuristic_searches, comparison.tried.heuristic_searches) == (0, 1)
    assert comparison.tried.unit_km == pytest.approx(0, abs=KM_OF_A_DEGREE / 1_000)
