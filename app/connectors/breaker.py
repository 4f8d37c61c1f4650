"""Decides whether a source may be asked at all: after repeated failures it is left alone for a while."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog

from app.connectors.contract import (
    CircuitState,
    SourceFailure,
    SourceRefused,
    SourceThrottled,
    SourceTimedOut,
    SourceUnavailable,
)

log = structlog.get_logger("junction.connectors")


class CircuitBreaker:
    """CLOSED until `failures_max` attempts in a row failed, then OPEN for `open_s`, then HALF_OPEN for one trial.

    A refusal and a throttled answer are no failures: the source is alive. Nor is a timeout of a request that had waited
    here for longer than the source was then given: many requests at once are not the source's fault.

    What wants in during the trial waits for its outcome, because a batch may be several requests side by side and must
    not fail for its own company; but not for longer than `trial_wait_s`, or all would go on waiting for a source that
    has become slow.
    """

    def __init__(
        self,
        source_key: str,
        *,
        monotonic: Callable[[], float],
        failures_max: int = 5,
        open_s: float = 5.0,
        trial_wait_s: float = 0.5,
    ) -> None:
        self._source_key = source_key
        self._monotonic = monotonic
        self._failures_max = failures_max
        self._open_s = open_s
        self._trial_wait_s = trial_wait_s
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_over: asyncio.Event | None = None

    @property
    def state(self) -> CircuitState:
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._monotonic() < self._opened_at + self._open_s else CircuitState.HALF_OPEN

    def refuse_if_open(self) -> None:
        """Raises SourceUnavailable while open."""
        if self.state is CircuitState.OPEN:
            raise self._refusal()

    async def admit(self, *, waiting_since_s: float, deadline: float) -> AbstractContextManager[None]:
        """What to put around one attempt: how that block is left decides the next state.

        Both times are on the monotonic clock. Raises SourceUnavailable while open, and when somebody else's trial takes
        long.
        """
        while self.state is not CircuitState.CLOSED:
            self.refuse_if_open()
            if self._trial_over is None:
                self._trial_over = asyncio.Event()
                return self._trial(self._is_fair(waiting_since_s, deadline))
            await self._outcome(self._trial_over)
        return self._judged(self._is_fair(waiting_since_s, deadline))

    def _is_fair(self, waiting_since_s: float, deadline: float) -> bool:
        """Whether a timeout would say something of the source."""
        now_s = self._monotonic()
        return deadline - now_s >= now_s - waiting_since_s

    async def _outcome(self, trial_over: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._trial_wait_s):
                await trial_over.wait()
        except TimeoutError as exc:
            raise self._refusal() from exc

    @contextmanager
    def _trial(self, is_fair: bool) -> Iterator[None]:
        try:
            with self._judged(is_fair):
                yield
        finally:
            # A caller who gave up says nothing of the source, but its trial must end.
            if self._trial_over:
                self._trial_over.set()
            self._trial_over = None

    @contextmanager
    def _judged(self, is_fair: bool) -> Iterator[None]:
        try:
            yield
        except (SourceRefused, SourceThrottled):
            self._close()
            raise
        except SourceFailure as failure:
            if is_fair or not isinstance(failure, SourceTimedOut):
                self._count_failure()
            raise
        else:
            self._close()

    def _close(self) -> None:
        if self._opened_at is not None:
            log.info("circuit closed", source=self._source_key)
        self._failures = 0
        self._opened_at = None

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures >= self._failures_max:
            if self._opened_at is None:
                log.warning("circuit opened", source=self._source_key, failures=self._failures, open_s=self._open_s)
            self._opened_at = self._monotonic()

    def _refusal(self) -> SourceUnavailable:
        assert self._opened_at is not None  # noqa: S101
        return SourceUnavailable(
            self._source_key,
            f"{self._source_key} failed {self._failures} times in a row and is not asked for a while",
            retry_after_s=max(0.0, self._opened_at + self._open_s - self._monotonic()),
        )
