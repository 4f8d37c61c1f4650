"""A client that leaves before its answer: what was begun for it ends."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

WATCHED_AFTER_S = 0.1
"""Most answers are given by then, and need no watch."""


class EndsWithClient:
    """A block that is canceled, quietly, when the client leaves. The request's body must have been read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None
        self._has_left = False

    def __enter__(self) -> Self:
        self._block = asyncio.current_task()
        self._begin = asyncio.get_running_loop().call_later(WATCHED_AFTER_S, self._begin_watch)
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, _: TracebackType | None) -> bool:
        self._begin.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if not (self._has_left and kind is asyncio.CancelledError and self._block is not None):
            return False
        return self._block.uncancel() == 0

    def _begin_watch(self) -> None:
        self._watch = asyncio.create_task(self._until_left(), name="watch for the client leaving")

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        if self._block is not None:
            self._block.cancel()
