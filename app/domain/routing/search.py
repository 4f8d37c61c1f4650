"""Finds the plan of the highest score: exactly as long as there are few enough sets of locations, else nearly."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import combinations
from math import comb

from app.domain.routing.plan import Plan, Problem

SLACK_POINTS = 1e-9
"""Scores closer than this are equal: what differs there is the order of floating-point sums."""


class Search(StrEnum):
    EXACT = "EXACT"
    """No plan that the policy allows scores more."""
    HEURISTIC = "HEURISTIC"
    """No plan that adds, drops or exchanges one location scores more."""


def find(problem: Problem, *, max_subsets: int) -> tuple[Plan | None, Search]:
    if subsets(len(problem), problem.max_sites) <= max_subsets:
        return find_exactly(problem), Search.EXACT
    return find_nearly(problem), Search.HEURISTIC


def subsets(sites: int, max_sites: int) -> int:
    """Sets of at most so many locations."""
    return sum(comb(sites, size) for size in range(1, max_sites + 1))


def find_exactly(problem: Problem) -> Plan | None:
    """Fewest locations first, and no set of which it is plain that it cannot win."""
    best: Plan | None = None
    for size in range(1, problem.max_sites + 1):
        if best and problem.ceiling_of_size(size) <= best.score + SLACK_POINTS:
            break
        best = _best_of(problem, combinations(range(len(problem)), size), beating=best)
    return best


def find_nearly(problem: Problem) -> Plan | None:
    """Adds the location that helps most as long as one helps; then drops or exchanges one, and begins again."""
    best: Plan | None = None
    while True:
        chosen = best.sites if best else ()
        better = _best_of(problem, _additions(problem, chosen), beating=best)
        if better is best:
            better = _best_of(problem, _exchanges(problem, chosen), beating=best)
        if better is best:
            return best
        best = better


def _best_of(problem: Problem, sets: Iterable[tuple[int, ...]], *, beating: Plan | None) -> Plan | None:
    """The first of the best, or `beating` where none is better."""
    best = beating
    for sites in sets:
        if best and problem.ceiling(sites) <= best.score + SLACK_POINTS:
            continue
        plan = problem.plan(sites)
        if plan and (best is None or plan.score > best.score + SLACK_POINTS):
            best = plan
    return best


def _additions(problem: Problem, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(chosen) < problem.max_sites:
        yield from ((*chosen, site) for site in range(len(problem)) if site not in chosen)


def _exchanges(problem: Problem, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for dropped in chosen:
        others = tuple(site for site in chosen if site != dropped)
        if others:
            yield others
        yield from ((*others, site) for site in range(len(problem)) if site not in chosen)
