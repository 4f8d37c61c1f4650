from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from app.domain.routing.filling import fill

few = st.integers(0, 2)
SITES, ARTICLES = 3, 2


def test_a_full_location_gives_up_what_another_has_for_what_it_alone_has() -> None:
    """The first could take either article, and the second has only one of them."""
    assert fill([0, 1], wanted=[1, 1], has=[[1, 1], [1, 0]], room=[1, 9]) == {(0, 1): 1, (1, 0): 1}


def test_articles_change_hands_along_a_chain() -> None:
    has = [[1, 1, 0], [0, 1, 1], [1, 0, 0]]
    assert fill([0, 1, 2], wanted=[1, 1, 1], has=has, room=[1, 1, 1]) == {(0, 1): 1, (1, 2): 1, (2, 0): 1}


@given(
    st.lists(few, min_size=ARTICLES, max_size=ARTICLES),
    st.lists(st.lists(few, min_size=ARTICLES, max_size=ARTICLES), min_size=SITES, max_size=SITES),
    st.lists(st.integers(0, 3), min_size=SITES, max_size=SITES),
)
def test_nothing_supplies_more_and_of_what_supplies_as_much_nothing_takes_more_from_the_first(
    wanted: list[int], has: list[list[int]], room: list[int]
) -> None:
    taken = fill(range(SITES), wanted, has, room)
    by_site = tuple(sum(taken.get((site, article), 0) for article in range(ARTICLES)) for site in range(SITES))
    best = max((sum(way), way) for way in _ways(wanted, has, room))
    assert (sum(by_site), by_site) == best
    assert all(0 < units <= has[site][article] for (site, article), units in taken.items())


def _ways(wanted: list[int], has: list[list[int]], room: list[int]) -> set[tuple[int, ...]]:
    """Units of each location, for everything that they could supply."""
    ways = set()
    for units in product(*(range(has[site][article] + 1) for site in range(SITES) for article in range(ARTICLES))):
        by_site = tuple(sum(units[at * ARTICLES : (at + 1) * ARTICLES]) for at in range(SITES))
        by_article = [sum(units[at::ARTICLES]) for at in range(ARTICLES)]
        if all(count <= most for count, most in zip((*by_site, *by_article), (*room, *wanted), strict=True)):
            ways.add(by_site)
    return ways
