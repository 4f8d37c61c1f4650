"""How much may be asked of a source, and when: a bucket that fills by the second, and that requests take from.

Ours: aiolimiter knows neither the injected clock nor a deadline, and waits where we had rather fail at once; and no
library lets the other side correct what is left, as Shopify does with each answer.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """In the units that requests cost (`Request.cost`)."""

    per_s: float
    """What comes back each second."""
    most: float
    """What may be used at once, when nothing was for a while."""


class Rate:
    """Who comes first takes first, on credit: `take` says how long to wait until what was taken is there.

    Without an allowance nothing is bounded, until `correct` brings one.
    """

    def __init__(self, allowance: Allowance | None, *, monotonic: Callable[[], float]) -> None:
        self._allowance = allowance
        self._monotonic = monotonic
        self._level = allowance.most if allowance else 0.0
        self._level_at_s = monotonic()
        self._under_way = 0.0

    def wait_s(self, cost: float) -> float:
        """How long somebody would wait who took now."""
        if self._allowance is None:
            return 0.0
        return max(0.0, cost - self._now()) / self._allowance.per_s

    def take(self, cost: float) -> None:
        """`end` is to follow, once the request is over."""
        self._level = self._now() - cost
        self._under_way += cost

    def end(self, cost: float, *, was_sent: bool) -> None:
        """No longer under way. What it cost is gone, unless it never left."""
        self._under_way -= cost
        if not was_sent:
            self._level = self._now() + cost

    def correct(self, left: float, allowance: Allowance) -> None:
        """What the source says. It may not have seen the requests that are under way."""
        self._allowance = allowance
        self._level, self._level_at_s = left - self._under_way, self._monotonic()

    def _now(self) -> float:
        if self._allowance is not None:
            now_s = self._monotonic()
            self._level += (now_s - self._level_at_s) * self._allowance.per_s
            self._level, self._level_at_s = min(self._allowance.most, self._level), now_s
        return self._level
