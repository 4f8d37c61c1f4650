"""Fills locations with units, one location after the other, so that together they supply as many as they can."""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

Taken = dict[tuple[int, int], int]
"""Units by location and article."""
Step = tuple[int, int]
"""A location takes one more unit of an article."""


def fill(sites: Sequence[int], wanted: Sequence[int], has: Sequence[Sequence[int]], room: Sequence[int]) -> Taken:
    """As many units as these locations can supply together, and of these ways the one that gives most to the first.

    `has` is by location and article. A location's turn never takes units off an earlier one in sum, though it may
    change which articles come from there. Since the sets of units that locations can supply together form a matroid,
    this is best for any worth of units that depends on the location alone and falls in the order of `sites`
    (J. Edmonds, D. R. Fulkerson, “Transversals and matroid partition”, 1965).
    """
    taken: Taken = {}
    left = list(wanted)
    for site in sites:
        rest = room[site]
        while rest and (path := _path(site, sites, has, taken, left)):
            rest -= _take(path, has, taken, left, rest)
    return {place: units for place, units in taken.items() if units}


def _path(
    start: int, sites: Sequence[int], has: Sequence[Sequence[int]], taken: Taken, left: Sequence[int]
) -> list[Step]:
    """How `start` comes to one more unit: the shortest way, empty if there is none.

    The first step is its own; in each step after it, another location takes something instead of the article that it
    gives up for the step before. The last takes an article that is still wanted.
    """
    taker: dict[int, tuple[int, int | None]] = {}  # of an article: who takes it, and what it gives up
    reached: deque[tuple[int, int | None]] = deque([(start, None)])
    while reached:
        site, given_up = reached.popleft()
        for article, units in enumerate(has[site]):
            if article in taker or units <= taken.get((site, article), 0):
                continue
            taker[article] = (site, given_up)
            if left[article]:
                return _steps(article, taker)
            reached.extend((other, article) for other in sites if other != site and taken.get((other, article)))
    return []


def _steps(article: int | None, taker: dict[int, tuple[int, int | None]]) -> list[Step]:
    steps: list[Step] = []
    while article is not None:
        site, given_up = taker[article]
        steps.append((site, article))
        article = given_up
    return steps[::-1]


def _take(path: list[Step], has: Sequence[Sequence[int]], taken: Taken, left: list[int], at_most: int) -> int:
    """Along the path, as many units as it has room for; how many."""
    given_up = [(site, article) for (_, article), (site, _) in pairwise(path)]
    last = path[-1][1]
    units = min(
        at_most,
        left[last],
        *(has[site][article] - taken.get((site, article), 0) for site, article in path),
        *(taken[place] for place in given_up),
    )
    for place in path:
        taken[place] = taken.get(place, 0) + units
    for place in given_up:
        taken[place] -= units
    left[last] -= units
    return units
