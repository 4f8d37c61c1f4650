from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.inventory import LocationKind
from app.domain.routing.decision import Decision, Outcome, decide, is_short_of_capacity
from app.domain.routing.policy import InvalidPolicy, Method, Rule, Weights
from app.domain.routing.request import Destination, LocatedBy
from tests.domain.routing.places import demand, policy, request, site


def _chosen(decision: Decision) -> list[tuple[str, str, int]]:
    return [(each.location_key, each.sku, each.units) for each in decision.assignments]


def _rejections(decision: Decision) -> dict[str, tuple[str, ...]]:
    return {each.location_key: each.rejections for each in decision.candidates if each.rejections}


def test_one_location_with_everything_is_better_than_two_nearer_ones() -> None:
    decision = decide(
        request(site("all", degrees=9, a=1, b=1), site("x", a=1), site("y", b=1), want={"a": 1, "b": 1}), policy()
    )
    assert _chosen(decision) == [("all", "a", 1), ("all", "b", 1)]
    assert decision.outcome is Outcome.ROUTED
    assert decision.split_count == 0


def test_the_nearer_of_two_alike_is_chosen() -> None:
    decision = decide(request(site("far", degrees=2, a=1), site("near", degrees=1, a=1), want={"a": 1}), policy())
    assert _chosen(decision) == [("near", "a", 1)]
    assert decision.distance_km == 111.2
    # 5.00 and 10 cents for each of 111 km, and a dollar for each of half a kilogram
    assert decision.cost_minor == 562


def test_of_equals_the_first_by_key_is_chosen() -> None:
    decision = decide(request(site("b", a=1), site("a", a=1), site("c", a=1), want={"a": 1}), policy())
    assert _chosen(decision) == [("a", "a", 1)]


def test_what_nobody_has_is_told() -> None:
    lamp, sofa = demand("lamp", 2), demand("sofa", 1)
    decision = decide(request(site("a", lamp=1), want=(lamp, sofa)), policy())
    assert _chosen(decision) == [("a", "lamp", 1)]
    assert decision.unplaced == ((lamp.line_id, 1), (sofa.line_id, 1))
    assert decision.outcome is Outcome.PARTLY_ROUTED


def test_every_reason_against_a_location_is_told() -> None:
    asked = request(
        replace(site("off", a=1), active=False),
        replace(site("full", a=1), daily_capacity=3, used_today=3),
        site("empty", b=1),
        site("declined"),
        site("far", degrees=50, a=1),
        site("other", a=1),
        want={"a": 1},
        excluded=frozenset({"declined"}),
        only=frozenset({"off", "full", "empty", "declined", "far"}),
    )
    decision = decide(asked, policy(max_distance_km=5_000))
    assert _rejections(decision) == {
        "declined": ("EXCLUDED", "NO_STOCK"),
        "empty": ("NO_STOCK",),
        "far": ("TOO_FAR",),
        "full": ("NO_CAPACITY",),
        "off": ("INACTIVE",),
        "other": ("NOT_ASKED_FOR",),
    }
    assert decision.outcome is Outcome.NO_LOCATION
    assert (decision.assignments, decision.cost_minor, decision.search) == ((), 0, None)


def test_without_splits_one_location_must_have_everything() -> None:
    asked = request(site("x", a=1), site("y", a=2), site("z", degrees=9, a=3), want={"a": 3}, allows_split=False)
    decision = decide(asked, policy())
    assert _chosen(decision) == [("z", "a", 3)]
    assert _rejections(decision) == {"x": ("CANNOT_SUPPLY_ALL",), "y": ("CANNOT_SUPPLY_ALL",)}


def test_without_splits_an_order_waits_for_what_is_backordered() -> None:
    asked = request(site("x", a=1), want={"a": 1}, backordered_units=1)
    assert decide(replace(asked, allows_split=False), policy()).outcome is Outcome.WAITS_FOR_SUPPLY
    assert decide(asked, policy()).outcome is Outcome.ROUTED


def test_the_most_splits_of_a_policy_are_kept() -> None:
    asked = request(site("x", a=1), site("y", b=1), site("z", c=1), want={"a": 1, "b": 1, "c": 1})
    decision = decide(asked, policy(max_splits=1, weights=Weights(split=0, cost=0)))
    assert decision.split_count == 1
    assert len(decision.unplaced) == 1


def test_a_location_ships_no_more_than_its_day_has_room_for() -> None:
    near = replace(site("near", a=5), daily_capacity=10, used_today=8)
    decision = decide(request(near, site("far", degrees=9, a=2), want={"a": 4}), policy())
    assert _chosen(decision) == [("far", "a", 2), ("near", "a", 2)]


def test_lines_of_one_article_are_served_in_their_order() -> None:
    first, second = demand("a", 2, line=1), demand("a", 2, line=2)
    decision = decide(request(site("x", a=3), want=(first, second)), policy())
    assert [(each.line_id, each.units) for each in decision.assignments] == [(first.line_id, 2), (second.line_id, 1)]
    assert decision.unplaced == ((UUID(int=2), 1),)


def test_an_unknown_destination_has_no_distances_and_costs_no_kilometers() -> None:
    nowhere = Destination(country=None)
    decision = decide(
        request(site("b", degrees=9, a=1), site("a", degrees=40, a=1), want={"a": 1}, destination=nowhere), policy()
    )
    assert decision.located_by is LocatedBy.NOTHING
    assert [each.distance_km for each in decision.candidates] == [None, None]
    assert (_chosen(decision), decision.cost_minor) == ([("a", "a", 1)], 550)


def test_a_location_without_coordinates_counts_as_far_away() -> None:
    asked = request(site("a", degrees=None, a=1), site("b", degrees=40, a=1), want={"a": 1})
    decision = decide(asked, policy())
    assert _chosen(decision) == [("b", "a", 1)]
    unknown = next(each for each in decision.candidates if each.location_key == "a")
    assert (unknown.distance_km, unknown.cost_minor) == (None, 500 + 50 + 500)


def test_with_nothing_to_route_that_is_told() -> None:
    assert decide(request(site("x", a=1), want={}), policy()).outcome is Outcome.NOTHING_TO_ROUTE


@pytest.mark.parametrize(
    ("rule", "rejected"),
    [
        (Rule(reason="R", channels=("web",), kinds=(LocationKind.STORE,)), {"store"}),
        (Rule(reason="R", channels=("pos",), kinds=(LocationKind.STORE,)), set()),
        (Rule(reason="R", methods=("pickup",), except_tags=("flagship",)), {"warehouse"}),
        (Rule(reason="R", countries=("ST",), tags=("flagship",)), {"store"}),
        (Rule(reason="R", countries=("DE",)), set()),
        (Rule(reason="R", customer_tags=("vip", "test")), {"store", "warehouse"}),
        (Rule(reason="R", customer_tags=("test",)), set()),
    ],
)
def test_a_rule_rejects_where_everything_it_names_fits(rule: Rule, rejected: set[str]) -> None:
    store = replace(site("store", a=1), kind=LocationKind.STORE)
    asked = request(store, site("warehouse", a=1), want={"a": 1}, method="pickup", customer_tags=("vip",))
    decision = decide(asked, policy(rules=(rule,), tags={"flagship": ("store",)}))
    assert _rejections(decision) == dict.fromkeys(rejected, ("R",))
    assert not rejected & {key for key, _, _ in _chosen(decision)}


def test_shipping_methods_have_prices_of_their_own() -> None:
    methods = {"default": Method(base_minor=100), "express": Method(base_minor=900)}
    costs = [
        decide(request(site("x", a=1), want={"a": 1}, method=method), policy(methods=methods)).cost_minor
        for method in ("express", "by camel", None)
    ]
    assert costs == [900, 100, 100]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"max_splits": -1}, "max_splits must be a number of at least 0, not -1"),
        ({"max_subsets": 0}, "max_subsets must be at least 1"),
        ({"methods": {}}, "methods lacks default, for the shipping methods it does not name"),
        ({"max_distance_km": float("nan")}, "max_distance_km must be a number of at least 0, not nan"),
        ({"rules": (Rule(reason="R", tags=("x",)),)}, "the rule R names the tag x, which no location has"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidPolicy, match=f"^{message}$"):
        policy(**changed)


def test_weights_and_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidPolicy, match=r"^split must be a number of at least 0, not -0\.5$"):
        Weights(split=-0.5)
    with pytest.raises(InvalidPolicy, match=r"^the rule ALL names nothing, and would reject every location$"):
        Rule(reason="ALL")
    with pytest.raises(InvalidPolicy, match=r"^the reason 'not ours' must be in capitals"):
        Rule(reason="not ours", tags=("x",))


def test_a_day_that_is_full_may_be_what_keeps_units_from_their_place() -> None:
    full = replace(site("full", a=5), daily_capacity=10, used_today=9)
    asked = request(full, site("other", a=1), want={"a": 3})
    assert is_short_of_capacity(decide(asked, policy()), asked)
    shut = replace(asked, sites=(replace(full, used_today=10),))
    assert is_short_of_capacity(decide(shut, policy()), shut)


@pytest.mark.parametrize("room", [1, 4])
def test_a_full_day_is_not_to_blame_for_what_nobody_has(room: int) -> None:
    inactive = replace(site("x", a=1), daily_capacity=10, used_today=10, active=False)
    asked = request(inactive, replace(site("y", a=1), daily_capacity=10, used_today=5), want={"a": room})
    assert is_short_of_capacity(decide(asked, policy()), asked) is False
