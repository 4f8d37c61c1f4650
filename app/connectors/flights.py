"""One call for everybody who wants the same at the same time: whoever comes second joins the first's."""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from app.connectors.contract import Connector, Read, SourceFailure, SourceGarbled, SourceTimedOut

log = structlog.get_logger("junction.connectors")


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one call. `failure` is that of all its ids; else `values` has each of them."""

    asked_at_s: float
    as_of: datetime
    values: Mapping[str, Any]
    failure: SourceFailure | None = None


Told = Callable[[Read[Any], str, Sequence[str], Landed], None]
"""Hears of each call: the question, the source's key, the ids that it still is the call for, what became of it."""
_Flight = asyncio.Task[Landed]


class Flights:
    """A call has its own deadline, whoever else's is sooner, and ends before it only when nobody wants it any more."""

    def __init__(
        self,
        told: Told,
        *,
        timeout_s: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told = told
        self._timeout_s = timeout_s
        self._now = now
        self._monotonic = monotonic
        self._under_way: dict[tuple[str, Read[Any]], dict[str, _Flight]] = {}
        self._tasks: set[_Flight] = set()
        self._waiting: Counter[_Flight] = Counter()
        """How many readers each has."""

    def under_way(self, question: Read[Any], source_key: str) -> Collection[str]:
        """External ids."""
        return self._under_way.get((source_key, question), {}).keys()

    async def ask(
        self, question: Read[Any], source_key: str, connector: Connector, ids: Sequence[str], *, deadline: float
    ) -> dict[str, Landed]:
        """By id. Whoever cannot wait any longer gets SourceTimedOut, which says nothing of the call itself."""
        left_s = deadline - self._monotonic()
        if left_s <= 0:
            return dict.fromkeys(ids, self._late(source_key))
        flights = self._joined(question, source_key, connector, ids)
        done, pending = await self._wait(set(flights.values()), left_s)
        landed = {flight: flight.result() for flight in done}
        if pending:
            landed |= dict.fromkeys(pending, self._late(source_key))
        return {id_: landed[flight] for id_, flight in flights.items()}

    async def _wait(self, flights: set[_Flight], timeout_s: float) -> tuple[set[_Flight], set[_Flight]]:
        """A call whose readers have all gone is called off; one that is merely late goes on, and reaches the cache."""
        self._waiting.update(flights)
        try:
            return await asyncio.wait(flights, timeout=timeout_s)
        except asyncio.CancelledError:
            for flight in flights:
                if self._waiting[flight] == 1:
                    flight.cancel()
            raise
        finally:
            self._waiting.subtract(flights)
            for flight in flights:
                if self._waiting[flight] == 0:
                    del self._waiting[flight]

    def leave(self, source_key: str, external_ids: Iterable[str]) -> None:
        """Nobody else may join the calls for these: what they will bring is out of date."""
        gone = set(external_ids)
        for (key, _), flights in self._under_way.items():
            if key == source_key:
                for id_ in gone & flights.keys():
                    del flights[id_]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _joined(
        self, question: Read[Any], source_key: str, connector: Connector, ids: Sequence[str]
    ) -> dict[str, _Flight]:
        flights = self._under_way.setdefault((source_key, question), {})
        alone = tuple(id_ for id_ in ids if id_ not in flights or flights[id_].cancelling())
        if alone:
            call = self._call(question, source_key, connector, alone)
            flight = asyncio.create_task(call, name=f"ask {source_key}")
            self._tasks.add(flight)
            flight.add_done_callback(self._tasks.discard)
            flights |= dict.fromkeys(alone, flight)
        return {id_: flights[id_] for id_ in ids}

    async def _call(self, question: Read[Any], source_key: str, connector: Connector, ids: tuple[str, ...]) -> Landed:
        asked_at_s = self._monotonic()
        try:
            values = await question.ask(connector, ids, deadline=asked_at_s + self._timeout_s)
            landed = Landed(asked_at_s, self._now(), {id_: values[id_] for id_ in ids})
        except SourceFailure as failure:
            landed = Landed(asked_at_s, self._now(), {}, failure)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is this source's, and the others have answers
            _log_fault(source_key, question, exc)
            garbled = SourceGarbled(source_key, f"{source_key} sent an answer that cannot be read")
            landed = Landed(asked_at_s, self._now(), {}, garbled)
        except BaseException:
            # Whoever keeps account of the call hears that it is over.
            self._told(question, source_key, self._end(question, source_key, ids), self._late(source_key))
            raise
        self._told(question, source_key, self._end(question, source_key, ids), landed)
        return landed

    def _end(self, question: Read[Any], source_key: str, ids: tuple[str, ...]) -> list[str]:
        """The ids that it was still the call for."""
        here, flights = asyncio.current_task(), self._under_way.get((source_key, question), {})
        mine = [id_ for id_ in ids if flights.get(id_) is here]
        for id_ in mine:
            del flights[id_]
        if not flights:
            self._under_way.pop((source_key, question), None)
        return mine

    def _late(self, source_key: str) -> Landed:
        failure = SourceTimedOut(source_key, f"{source_key} did not answer in time")
        return Landed(self._monotonic(), self._now(), {}, failure)


def _log_fault(source_key: str, question: Read[Any], exc: Exception) -> None:
    # The exception's own text may quote the answer.
    place = traceback.extract_tb(exc.__traceback__)[-1]
    cause, at = type(exc).__name__, f"{place.filename}:{place.lineno}"
    log.error("source misread", source=source_key, capability=question.capability, cause=cause, at=at)
