"""A block that ends early: quietly when its client leaves, and with TimeoutError when it takes too long.

Only a block that is still going after a moment gets a watch. Most answers are given by then, and to set up a timeout
and a watch for each of them would take as long as a point read does.
"""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

WATCHED_AFTER_S = 0.05


class Supervised:
    """`timeout_s` counts from the start of the block."""

    def __init__(self, receive: Receive, timeout_s: float) -> None:
        self._receive = receive
        self._timeout_s = timeout_s
        self._watch: asyncio.Task[None] | None = None
        self._ended_by: type[BaseException] | None = None
        self._body_read = asyncio.Event()

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._block = asyncio.current_task(loop)
        # As asyncio.timeout does: what others asked before the block is none of its business.
        self._canceled_before = 0 if self._block is None else self._block.cancelling()
        self._timer = loop.call_later(min(WATCHED_AFTER_S, self._timeout_s), self._begin_watch)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, _: TracebackType | None) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._ended_by is None or self._block is None:
            return False
        is_canceled_elsewhere = self._block.uncancel() > self._canceled_before
        if is_canceled_elsewhere or kind is not asyncio.CancelledError:
            return False
        if self._ended_by is TimeoutError:
            raise TimeoutError from exc
        return True

    def body_is_read(self) -> None:
        """What arrives from now on can only be that the client leaves."""
        self._body_read.set()

    def _begin_watch(self) -> None:
        self._watch = asyncio.create_task(self._supervise(), name="supervise a request")

    async def _supervise(self) -> None:
        self._ended_by = await self._reason_to_end()
        if self._block is not None:
            self._block.cancel()

    async def _reason_to_end(self) -> type[BaseException]:
        left_s = max(0.0, self._timeout_s - WATCHED_AFTER_S)
        try:
            async with asyncio.timeout(left_s):
                await self._body_read.wait()
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return TimeoutError
        return ConnectionError
