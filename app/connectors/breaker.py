"""Decides whether a source may be asked at all: after repeated failures it is left alone for a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.connectors.contract import CircuitState, SourceFailure, SourceRefused, SourceThrottled, SourceUnavailable


class CircuitBreaker:
    """CLOSED until `failures_max` attempts in a row failed, then OPEN for `open_s`, then HALF_OPEN for one trial.

    A refusal and a throttled answer are no failures: the source is alive.
    """

    def __init__(
        self, source_key: str, *, monotonic: Callable[[], float], failures_max: int = 5, open_s: float = 5.0
    ) -> None:
        self._source_key = source_key
        self._monotonic = monotonic
        self._failures_max = failures_max
        self._open_s = open_s
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_runs = False

    @property
    def state(self) -> CircuitState:
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._closed_for_s() > 0 else CircuitState.HALF_OPEN

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one attempt; what leaves it decides the next state. Raises SourceUnavailable while open."""
        self._admit()
        try:
            yield
        except (SourceRefused, SourceThrottled):
            self._close()
            raise
        except SourceFailure:
            self._count_failure()
            raise
        except BaseException:
            # The caller gave up (or we have a bug): that says nothing of the source, but a trial must end.
            self._trial_runs = False
            raise
        else:
            self._close()

    def _admit(self) -> None:
        if self._opened_at is None:
            return
        if self._closed_for_s() > 0 or self._trial_runs:
            raise SourceUnavailable(
                self._source_key,
                f"{self._source_key} failed {self._failures} times in a row and is not asked for a while",
                retry_after_s=max(self._closed_for_s(), 0.0),
            )
        self._trial_runs = True

    def _close(self) -> None:
        self._failures = 0
        self._opened_at = None
        self._trial_runs = False

    def _count_failure(self) -> None:
        self._failures += 1
        self._trial_runs = False
        if self._failures >= self._failures_max:
            self._opened_at = self._monotonic()

    def _closed_for_s(self) -> float:
        assert self._opened_at is not None  # noqa: S101
        return self._opened_at + self._open_s - self._monotonic()
