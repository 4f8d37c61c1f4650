"""One call for everybody who wants the same at the same time: whoever comes second joins the first's."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.connectors.contract import Connector, Read, SourceFailure, SourceTimedOut


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one call. `failure` is that of all its ids; else `values` has each of them."""

    asked_at_s: float
    as_of: datetime
    values: Mapping[str, Any]
    failure: SourceFailure | None = None


Told = Callable[[Read[Any], str, Sequence[str], Landed], None]
"""Hears of each call: the question, the source's key, the ids that it still is the call for, what became of it."""
Place = tuple[str, Read[Any], str]


_Flight = asyncio.Task[Landed]


class Flights:
    """A call has its own deadline, and ends by it whether or not those who wait for it have left meanwhile."""

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
        self._under_way: dict[Place, _Flight] = {}
        self._tasks: set[_Flight] = set()

    def has(self, question: Read[Any], source_key: str, external_id: str) -> bool:
        return (source_key, question, external_id) in self._under_way

    async def ask(
        self, question: Read[Any], source_key: str, connector: Connector, ids: Sequence[str], *, deadline: float
    ) -> dict[str, Landed]:
        """By id. Whoever cannot wait any longer gets SourceTimedOut, which says nothing of the call itself."""
        left_s = deadline - self._monotonic()
        if left_s <= 0:
            return dict.fromkeys(ids, self._late(source_key))
        flights = self._joined(question, source_key, connector, ids)
        done, _ = await asyncio.wait(set(flights.values()), timeout=left_s)
        late = self._late(source_key)
        return {id_: flight.result() if flight in done else late for id_, flight in flights.items()}

    def leave(self, source_key: str, external_ids: Iterable[str]) -> None:
        """Nobody else may join the calls for these: what they will bring is out of date."""
        gone = set(external_ids)
        self._under_way = {
            place: flight for place, flight in self._under_way.items() if place[0] != source_key or place[2] not in gone
        }

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _joined(
        self, question: Read[Any], source_key: str, connector: Connector, ids: Sequence[str]
    ) -> dict[str, _Flight]:
        alone = tuple(id_ for id_ in ids if not self.has(question, source_key, id_))
        if alone:
            self._start(question, source_key, connector, alone)
        return {id_: self._under_way[source_key, question, id_] for id_ in ids}

    def _start(self, question: Read[Any], source_key: str, connector: Connector, ids: tuple[str, ...]) -> None:
        flight = asyncio.create_task(self._call(question, source_key, connector, ids), name=f"ask {source_key}")
        places = [(source_key, question, id_) for id_ in ids]
        self._under_way |= dict.fromkeys(places, flight)
        self._tasks.add(flight)

        def land(_: _Flight) -> None:
            self._tasks.discard(flight)
            for place in places:
                if self._under_way.get(place) is flight:
                    del self._under_way[place]

        flight.add_done_callback(land)

    async def _call(self, question: Read[Any], source_key: str, connector: Connector, ids: tuple[str, ...]) -> Landed:
        asked_at_s = self._monotonic()
        try:
            values = await question.ask(connector, ids, deadline=asked_at_s + self._timeout_s)
            landed = Landed(asked_at_s, self._now(), values)
        except SourceFailure as failure:
            landed = Landed(asked_at_s, self._now(), {}, failure)
        here = asyncio.current_task()
        wanted = [id_ for id_ in ids if self._under_way.get((source_key, question, id_)) is here]
        self._told(question, source_key, wanted, landed)
        return landed

    def _late(self, source_key: str) -> Landed:
        failure = SourceTimedOut(source_key, f"{source_key} did not answer in time")
        return Landed(self._monotonic(), self._now(), {}, failure)
