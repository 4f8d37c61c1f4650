"""Runs a command's asynchronous part, so that a signal ends it in order."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from uvicorn.loops.auto import auto_loop_factory

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """SIGINT or SIGTERM came, and everything that ran has been cleaned up."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Raises Stopped when a signal came: the first cancels `work`, and its cleanup is left in peace by later ones."""
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            return runner.run(_until_signal(work))
    except Stopped:
        # The rest of the way down is short: closing the database.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise


async def _until_signal(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set():
            stopping.set()
            task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError as exc:
        if stopping.is_set():
            raise Stopped from exc
        raise
