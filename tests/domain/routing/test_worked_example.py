"""The example in docs/routing.md, held against the rule."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.geography import Coordinates
from app.domain.inventory import LocationKind
from app.domain.routing.decision import decide
from app.domain.routing.plan import Problem
from app.domain.routing.request import Demand, Destination, LocatedBy, RoutingRequest, Site
from app.workflows.routing.policies import load_policy

DOCUMENT = (Path(__file__).parents[3] / "docs" / "routing.md").read_text(encoding="utf-8")
TENTS, MUGS = UUID(int=11), UUID(int=12)


def _site(key: str, kind: LocationKind, at: Coordinates, taken: tuple[int, int], priority: int, **has: int) -> Site:
    used_today, daily_capacity = taken
    return Site(
        id=UUID(int=sum(key.encode())), key=key, kind=kind, at=at, available=has, daily_capacity=daily_capacity,
        used_today=used_today, priority=priority,
    )  # fmt: skip


SITES = (
    _site("columbus", LocationKind.WAREHOUSE, Coordinates(39.8854, -82.9382), (210, 700), 10, TENT=5, MUG=40),
    _site("portland", LocationKind.STORE, Coordinates(45.5251, -122.6793), (15, 60), 5, TENT=1, MUG=3),
    _site("reno", LocationKind.WAREHOUSE, Coordinates(39.6296, -119.9006), (450, 900), 20, TENT=12),
)
REQUEST = RoutingRequest(
    demands=(
        Demand(line_id=TENTS, sku="TENT", units=2, unit_weight_g=2_100),
        Demand(line_id=MUGS, sku="MUG", units=1, unit_weight_g=200),
    ),
    sites=SITES,
    destination=Destination(country="US", at=Coordinates(44.9429, -123.0351), located_by=LocatedBy.POSTAL_CODE),
    channel="web",
    method="standard",
)
PLANS = re.findall(r"^\| ([a-z +]+?) \|((?: -?\d+\.\d\d \|){7})$", DOCUMENT, re.MULTILINE)


@pytest.mark.parametrize(("named", "figures"), PLANS)
def test_a_plan_scores_the_sum_of_its_terms(named: str, figures: str) -> None:
    *terms, score = (float(figure) for figure in figures.split("|")[:-1])
    problem = Problem(REQUEST, SITES, load_policy("standard"))
    plan = problem.plan([[site.key for site in SITES].index(key) for key in named.split(" + ")])
    assert plan
    assert round(plan.score, 2) == score
    assert sum(terms) == pytest.approx(score, abs=0.02)


def test_the_document_has_every_plan_and_the_best_is_chosen() -> None:
    decision = decide(REQUEST, load_policy("standard"))
    assert len(PLANS) == 6
    assert f"| {decision.score} |" in DOCUMENT
    assert decision.score == max(float(figures.split("|")[-2]) for _, figures in PLANS)
    assert [(each.location_key, each.line_id, each.units) for each in decision.assignments] == [
        ("portland", TENTS, 1),
        ("reno", TENTS, 1),
        ("portland", MUGS, 1),
    ]
    assert f"cost {decision.cost_minor / 100:.2f}" in DOCUMENT.replace("\n", " ")
    assert (decision.split_count, decision.distance_km) == (1, 261.8)


def test_the_document_has_the_distances() -> None:
    kilometers = {each.location_key: each.distance_km for each in decide(REQUEST, load_policy("standard")).candidates}
    assert all(f"| {key} | {km:,} |" in DOCUMENT for key, km in kilometers.items())
