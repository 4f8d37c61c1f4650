from collections import Counter

import pytest

from app.analytics.rfm import LABELS, all_labels, label


@pytest.mark.parametrize(
    ("triple", "key"),
    [
        ((5, 5, 5), "champions"),
        ((5, 4, 4), "champions"),
        ((5, 5, 3), "loyal"),
        ((3, 4, 1), "loyal"),
        ((4, 4, 4), "champions"),
        ((5, 1, 5), "new"),
        ((5, 3, 5), "promising"),
        ((4, 1, 1), "promising"),
        ((2, 5, 5), "at_risk"),
        ((1, 4, 1), "at_risk"),
        ((1, 1, 5), "big_spenders_lapsing"),
        ((3, 1, 1), "needs_attention"),
        ((2, 3, 4), "needs_attention"),
        ((1, 3, 4), "lapsed"),
        ((1, 1, 1), "lapsed"),
    ],
)
def test_a_triple_has_the_first_label_that_fits(triple: tuple[int, int, int], key: str) -> None:
    assert label(*triple).key == key


def test_every_triple_has_a_label_and_every_label_a_triple() -> None:
    labels = all_labels()
    assert len(labels) == 125
    assert Counter(found.key for found in labels.values()) == {
        "champions": 8,
        "new": 10,
        "loyal": 22,
        "promising": 20,
        "at_risk": 20,
        "big_spenders_lapsing": 6,
        "needs_attention": 27,
        "lapsed": 12,
    }
    assert set(labels.values()) == set(LABELS)


@pytest.mark.parametrize("triple", [(0, 1, 1), (1, 6, 1), (1, 1, -1)])
def test_what_is_no_quintile_is_refused(triple: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not three quintiles"):
        label(*triple)
