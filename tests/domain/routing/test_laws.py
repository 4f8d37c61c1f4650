"""Laws of routing, on requests that hypothesis makes up."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.decision import Decision, decide
from app.domain.routing.plan import Problem
from app.domain.routing.policy import Method, Policy, Weights
from app.domain.routing.request import RoutingRequest, Site
from app.domain.routing.search import Search, find_exactly, find_nearly
from tests.domain.routing.places import demand, policy, request, site

SKUS = ("a", "b")
points = st.floats(0, 50).map(lambda value: round(value, 2))


@st.composite
def sites(draw: st.DrawFn, *, at_most: int = 4) -> tuple[Site, ...]:
    keys = draw(st.lists(st.sampled_from("klmnopqr"), min_size=1, max_size=at_most, unique=True))
    return tuple(
        replace(
            site(
                key, degrees=draw(st.none() | st.integers(0, 90)), a=draw(st.integers(-1, 3)), b=draw(st.integers(0, 3))
            ),
            active=draw(st.sampled_from((True, True, True, False))),
            daily_capacity=draw(st.none() | st.integers(0, 4)),
            used_today=draw(st.integers(0, 3)),
            priority=draw(st.integers(-5, 20)),
        )
        for key in keys
    )


@st.composite
def requests(draw: st.DrawFn, *, at_most: int = 4) -> RoutingRequest:
    places = draw(sites(at_most=at_most))
    wanted = draw(st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=3))
    keys = st.frozensets(st.sampled_from([place.key for place in places]), max_size=2)
    return request(
        *places,
        want=tuple(demand(sku, units, line=line) for line, (sku, units) in enumerate(wanted, 1)),
        allows_split=draw(st.booleans()),
        excluded=draw(keys),
        only=draw(st.just(frozenset()) | keys),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    weights = Weights(
        availability=draw(points), split=draw(points), distance=draw(points), cost=draw(points), load=draw(points),
        priority=draw(points),
    )  # fmt: skip
    methods = {"default": Method(base_minor=draw(st.integers(0, 900)), per_km_minor=draw(st.floats(0, 1)))}
    far = draw(st.none() | st.just(5_000.0))
    return policy(weights=weights, methods=methods, max_splits=draw(st.integers(0, 3)), max_distance_km=far)


@given(requests(), policies())
def test_what_is_promised_is_wanted_and_there(asked: RoutingRequest, by: Policy) -> None:
    decision = decide(asked, by)
    places = {place.key: place for place in asked.sites}
    for line in asked.demands:
        given_units = sum(each.units for each in decision.assignments if each.line_id == line.line_id)
        assert given_units + dict(decision.unplaced).get(line.line_id, 0) == line.units
    for (key, sku), units in _totals(decision).items():
        assert 0 < units <= places[key].available[sku]
    for key in {each.location_key for each in decision.assignments}:
        assert sum(each.units for each in decision.assignments if each.location_key == key) <= places[key].room
    assert decision.split_count <= by.max_splits
    assert decision.split_count == 0 or asked.allows_split


@given(requests(), policies())
def test_every_location_is_accounted_for(asked: RoutingRequest, by: Policy) -> None:
    decision = decide(asked, by)
    assert sorted(each.location_key for each in decision.candidates) == sorted(place.key for place in asked.sites)
    rejected = {each.location_key for each in decision.candidates if each.rejections}
    chosen = {each.location_key for each in decision.assignments}
    assert chosen & rejected == set()
    assert asked.excluded <= rejected
    assert not asked.only or chosen <= asked.only
    assert {each.location_key for each in decision.candidates if each.score is None} == rejected


@given(requests(), policies(), st.randoms())
def test_the_order_of_locations_does_not_matter(asked: RoutingRequest, by: Policy, random: Random) -> None:
    shuffled = list(asked.sites)
    random.shuffle(shuffled)
    assert decide(replace(asked, sites=tuple(shuffled)), by) == decide(asked, by)


@given(requests(at_most=6), policies())
def test_the_exact_search_is_never_worse_than_the_heuristic(asked: RoutingRequest, by: Policy) -> None:
    problem = _problem(asked, by)
    exact, nearly = find_exactly(problem), find_nearly(problem)
    assert (exact is None) == (nearly is None)
    assert exact is None or nearly is None or exact.score >= nearly.score - 1e-6


@given(requests(at_most=3), policies())
def test_the_exact_search_is_as_good_as_trying_everything(asked: RoutingRequest, by: Policy) -> None:
    tried = max(_every_score(asked, by), default=None)
    found = find_exactly(_problem(asked, by))
    assert (found and found.score) == (None if tried is None else pytest.approx(tried, abs=1e-6))


@given(requests(at_most=6), policies())
def test_above_the_bound_the_heuristic_answers_and_says_so(asked: RoutingRequest, by: Policy) -> None:
    decision = decide(asked, replace(by, max_subsets=1))
    eligible = sum(not each.rejections for each in decision.candidates)
    expected = None if not eligible else Search.EXACT if eligible == 1 else Search.HEURISTIC
    assert decision.search == expected


def _totals(decision: Decision) -> Counter[tuple[str, str]]:
    totals: Counter[tuple[str, str]] = Counter()
    for each in decision.assignments:
        totals[each.location_key, each.sku] += each.units
    return totals


def _eligible(asked: RoutingRequest, by: Policy) -> list[Site]:
    keys = {each.location_key for each in decide(asked, by).candidates if not each.rejections}
    return sorted((place for place in asked.sites if place.key in keys), key=lambda place: place.key)


def _problem(asked: RoutingRequest, by: Policy) -> Problem:
    return Problem(asked, _eligible(asked, by), by)


def _every_score(asked: RoutingRequest, by: Policy) -> Iterator[float]:
    """Of every way in which a set of locations supplies as much as it can."""
    places = _eligible(asked, by)
    wanted = Counter({sku: sum(each.units for each in asked.demands if each.sku == sku) for sku in SKUS})
    for size in range(1, 1 + (min(len(places), 1 + by.max_splits) if asked.allows_split else min(1, len(places)))):
        for chosen in combinations(places, size):
            ways = [way for way in _ways(chosen, wanted) if sum(way)]
            most = max((sum(way) for way in ways), default=0)
            if asked.allows_split or most == wanted.total():
                yield from (_score(chosen, way, asked, by) for way in ways if sum(way) == most)


def _ways(chosen: tuple[Site, ...], wanted: Counter[str]) -> Iterator[tuple[int, ...]]:
    """Units by location and article, in that order."""
    for way in product(*(range(min(wanted[sku], max(0, each.available[sku])) + 1) for each in chosen for sku in SKUS)):
        by_site = [sum(way[at * 2 : at * 2 + 2]) for at in range(len(chosen))]
        by_sku = [sum(way[at::2]) for at in range(2)]
        if all(units <= each.room for units, each in zip(by_site, chosen, strict=True)) and all(
            units <= wanted[sku] for units, sku in zip(by_sku, SKUS, strict=True)
        ):
            yield way


def _score(chosen: tuple[Site, ...], way: tuple[int, ...], asked: RoutingRequest, by: Policy) -> float:
    """As docs/routing.md has it, term by term."""
    weights, method, supplied = by.weights, by.methods["default"], sum(way)
    units = [sum(way[at * 2 : at * 2 + 2]) for at in range(len(chosen))]
    used = [(each, count) for each, count in zip(chosen, units, strict=True) if count]
    away_km = {each.key: _away_km(each, asked, by) for each in chosen}
    return (
        weights.availability * supplied / asked.units
        - weights.split * (len(used) - 1)
        - weights.distance * sum(count * away_km[each.key] for each, count in used) / supplied / 1_000
        - weights.cost * sum(method.base_minor + method.per_km_minor * away_km[each.key] for each, _ in used) / 100
        - weights.load * sum(count * each.load for each, count in used) / supplied
        + weights.priority * sum(count * each.priority for each, count in used) / supplied
    )


def _away_km(place: Site, asked: RoutingRequest, by: Policy) -> float:
    known = asked.destination.distance_km(place)
    return by.unknown_distance_km if known is None else known
