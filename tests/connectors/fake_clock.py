"""Time that passes only when somebody sleeps, or when the test says so."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.connectors.transport import Clock


class FakeClock:
    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.pauses_s: list[float] = []
        self.while_asleep: Callable[[], None] = lambda: None
        """What happens elsewhere during a pause."""

    def monotonic(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self.now_s)

    async def sleep(self, seconds: float) -> None:
        self.pauses_s.append(round(seconds, 6))
        self.now_s += seconds
        self.while_asleep()
        await asyncio.sleep(0)

    def as_clock(self) -> Clock:
        return Clock(monotonic=self.monotonic, sleep=self.sleep, jitter=lambda: 0.5)
