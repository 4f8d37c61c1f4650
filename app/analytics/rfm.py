"""Names for recency, frequency and monetary value, each a quintile from 1 (worst) to 5 (best).

How the quintiles are drawn (what counts as an order, what is ranked against what) is said where it is done:
`app/stores/customer_scores.py`. The table below is read from the top; the first row that fits gives the name.
"""

from dataclasses import dataclass

QUINTILES = range(1, 6)


@dataclass(frozen=True, slots=True)
class Label:
    """Bounds are quintiles, both ends included."""

    key: str
    name: str
    recency: tuple[int, int]
    frequency: tuple[int, int]
    monetary: tuple[int, int]

    def fits(self, recency: int, frequency: int, monetary: int) -> bool:
        bounds = zip((recency, frequency, monetary), (self.recency, self.frequency, self.monetary), strict=True)
        return all(low <= quintile <= high for quintile, (low, high) in bounds)


_ANY = (1, 5)

LABELS: tuple[Label, ...] = (
    Label("champions", "Champions", (4, 5), (4, 5), (4, 5)),
    Label("new", "New customers", (5, 5), (1, 2), _ANY),
    Label("loyal", "Loyal", (3, 5), (4, 5), _ANY),
    Label("promising", "Promising", (4, 5), _ANY, _ANY),
    Label("at_risk", "At risk", (1, 2), (4, 5), _ANY),
    Label("big_spenders_lapsing", "Big spenders lapsing", (1, 2), _ANY, (5, 5)),
    Label("needs_attention", "Needs attention", (2, 3), _ANY, _ANY),
    Label("lapsed", "Lapsed", (1, 1), _ANY, _ANY),
)

BUSINESS_SEGMENT = ("business", "Business customers")
"""Key and name of the segment of organizations; it crosses the labels."""


def label(recency: int, frequency: int, monetary: int) -> Label:
    """Raises ValueError for what is no quintile."""
    for candidate in LABELS:
        if candidate.fits(recency, frequency, monetary):
            return candidate
    raise ValueError(f"({recency}, {frequency}, {monetary}) are not three quintiles from 1 to 5")


def all_labels() -> dict[tuple[int, int, int], Label]:
    """The label of each of the 125 triples."""
    return {(r, f, m): label(r, f, m) for r in QUINTILES for f in QUINTILES for m in QUINTILES}
