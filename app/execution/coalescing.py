"""Point reads that are asked for at the same time share a statement.

Requests that come in with one turn of the event loop are asked for together: the island once for each row of their
parameters. While a few statements of an island are under way, further requests for it wait for one to end. Under load a
statement then answers many requests; without load none ever waits.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import structlog

from app.execution.connections import ReadsRows
from app.execution.islands import Island, Values

log = structlog.get_logger(__name__)

UNDER_WAY_MAX = 2
"""Statements of one island. Fewer would leave a core idle, more would share less."""
TOGETHER_MAX = 64
"""Requests that one statement answers."""
_PLACEHOLDER = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\$(\d+)""")


_Asked = tuple[Sequence[Any], asyncio.Future[Any]]
"""Parameters, and who is to be told."""


class Coalesced:
    """One island, for all who ask for it."""

    def __init__(self, island: Island, connections: ReadsRows, *, shares: bool) -> None:
        self.island = island
        self._connections = connections
        self._together = _together(island) if shares else None
        self._waiting: list[_Asked] = []
        self._is_starting = False
        self._under_way: dict[asyncio.Task[None], Sequence[_Asked]] = {}

    async def body(self, values: Sequence[Values]) -> Any:
        parameters = self.island.bind(values)
        if self._together is None:
            return await self._alone(parameters)
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        self._waiting.append((parameters, told))
        self._start_soon(loop)
        try:
            return await told
        except asyncio.CancelledError:
            self._stop_what_nobody_waits_for()
            raise

    def _start_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Once all have asked whose requests came in with this one."""
        if not self._is_starting and len(self._under_way) < UNDER_WAY_MAX:
            self._is_starting = True
            loop.call_soon(self._start)

    def _start(self) -> None:
        self._is_starting = False
        waiting = [each for each in self._waiting if not each[1].done()]
        asking, self._waiting = waiting[:TOGETHER_MAX], waiting[TOGETHER_MAX:]
        if asking:
            task = asyncio.create_task(self._tell(asking), name="read for several requests")
            self._under_way[task] = asking
            task.add_done_callback(self._ended)

    def _stop_what_nobody_waits_for(self) -> None:
        for task, asking in self._under_way.items():
            if all(told.done() for _, told in asking):
                task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if self._waiting:
            self._start_soon(task.get_loop())

    async def _alone(self, parameters: Sequence[Any]) -> Any:
        rows = await self._connections.rows(self.island.sql, parameters)
        return rows[0][0]

    async def _tell(self, asking: Sequence[_Asked]) -> None:
        try:
            if len(asking) > 1 and self._together is not None:
                columns = [list(column) for column in zip(*(parameters for parameters, _ in asking), strict=True)]
                for row in await self._connections.rows(self._together, columns):
                    _tell(asking[row[0] - 1][1], row[1])
            else:
                await self._tell_each(asking)
        except Exception as exc:  # noqa: BLE001 - one of them may have spoiled it for all: each is told its own
            log.info("coalescing_failed", requests=len(asking), reason=type(exc).__name__)
            await self._tell_each(asking)
        finally:
            for _, told in asking:
                told.cancel()

    async def _tell_each(self, asking: Sequence[_Asked]) -> None:
        for parameters, told in asking:
            try:
                _tell(told, await self._alone(parameters))
            except Exception as exc:  # noqa: BLE001 - raised anew where it is waited for
                if not told.done():
                    told.set_exception(exc)


def _tell(told: asyncio.Future[Any], body: Any) -> None:
    if not told.done():
        told.set_result(body)


def _together(island: Island) -> str | None:
    """The island's statement for many rows of parameters, each given as an array; None where one is an array itself."""
    types = [each.type_name for each in island.parameters]
    if not types or any(each.endswith("[]") for each in types):
        return None
    # In subqueries, so that Postgres does not plan for how many there are: for few it would plan anew each time.
    arrays = ", ".join(f"(SELECT ${n}::{type_name}[])" for n, type_name in enumerate(types, start=1))
    columns = ", ".join(f"c{n}" for n in range(1, len(types) + 1))
    body = _PLACEHOLDER.sub(lambda found: f"_p.c{found[1]}" if found[1] else found[0], island.sql)
    return f"SELECT _p.n, ({body}) FROM unnest({arrays}) WITH ORDINALITY AS _p({columns}, n)"  # noqa: S608 - parts of a statement of ours
