"""The comparison: all servers up on one database, equal answers first, then cell after cell, servers alternating."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.machine import machine, packages, postgres
from bench.reads import node
from bench.reads.equal import SETS, check_equal
from bench.reads.load import Cell, Target, find_wrk, measure, target
from bench.reads.operations import NAMES, PAGE_SIZE, VARIANTS, Operation, operation
from bench.reads.recording import floor
from bench.servers import Program, Server, junctions, running

SERVERS = ("junction", "postgraphile", "mercurius", "floor")
ON_FLOOR = "ABC"
WARM_UP_S = 1
WARM_UP_CONNECTIONS = 8


class Bench:
    def __init__(self, folder: Path, database_url: str, duration_s: int, scale: int = 1) -> None:
        self._folder = folder
        self._url = database_url
        self._duration_s = duration_s
        self._scale = scale
        self._load_before = os.getloadavg()[0]
        self._wrk = find_wrk(folder)
        self._postgres, self._postmaster = asyncio.run(postgres(database_url))
        self._floor_asked: dict[str, Operation] = {}
        """What the floor can be asked: nothing but what Junction was, when it was recorded."""

    def compare(self, rounds: int, connections: Sequence[int]) -> Iterator[Cell]:
        """Raises Different, Suspicious."""
        with ExitStack() as stack:
            junction, with_crm = self._started(junctions(self._folder), stack)
            peers = self._started(node.peers(self._folder), stack)
            limit = self._started([self._floor(junction)], stack)
            targets = {name: self._targets(name, [junction, with_crm, *peers, *limit]) for name in NAMES}
            for name, aimed in targets.items():
                check_equal([(each.server, each.operation) for each in aimed])
                print(f"{name}: {len(aimed)} servers give equal answers to {SETS} sets of variables", flush=True)
            for each in (aimed for name in NAMES for aimed in targets[name]):
                self._warm_up(each)
            for n in range(rounds):
                for name in NAMES:
                    for count in connections:
                        for each in targets[name][:: -1 if n % 2 else 1]:
                            yield self._cell(each, count)

    def measure_one(
        self,
        name: str,
        operations: Sequence[str],
        connections: Sequence[int],
        found: tuple[int, int] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> list[Cell]:
        """`found` are port and process id of a Junction that runs already."""
        cells = []
        for each in operations:
            with ExitStack() as stack:
                if found:
                    server = Server(junctions(self._folder)[0], *found)
                else:
                    (server,) = self._started([self._program(name, each)], stack)
                aimed = self._target(each, server, page_size)
                self._warm_up(aimed)
                cells += [self._cell(aimed, count) for count in connections]
        return cells

    def about(self, rounds: int) -> list[str]:
        """Sentences on this run."""
        return [
            f"{machine()}; load average before {self._load_before:.1f}.",
            f"{rounds} × {self._duration_s} s a cell, medians; {VARIANTS} sets of variables; wrk with one thread,"
            " servers and Postgres share the cores.",
            f"{packages()}; {node.versions(self._folder)}.",
            f"{self._postgres}; the same for all.",
        ]

    def _started(self, programs: Sequence[Program], stack: ExitStack) -> list[Server]:
        return [stack.enter_context(running(each, self._url, self._folder / "logs")) for each in programs]

    def _program(self, name: str, operation: str) -> Program:
        candidates: list[Program] = [*junctions(self._folder)]
        if name == "floor":
            with ExitStack() as stack:
                candidates = [self._floor(self._started(junctions(self._folder)[:1], stack)[0])]
        elif name != "junction":
            candidates = [*node.peers(self._folder)]
        return next(each for each in candidates if each.name == name and operation in each.operations)

    def _floor(self, junction: Server) -> Program:
        self._floor_asked = {name: operation(name, junction.post, scale=self._scale) for name in ON_FLOOR}
        return asyncio.run(floor(self._url, self._folder, list(self._floor_asked.values())))

    def _targets(self, name: str, servers: Sequence[Server]) -> list[Target]:
        return [self._target(name, each) for each in servers if name in each.program.operations]

    def _target(self, name: str, server: Server, page_size: int = PAGE_SIZE) -> Target:
        if server.program.name == "floor":
            return target(server, self._floor_asked[name], self._folder)
        dialect = server.program.dialect
        asked = operation(name, server.post, dialect=dialect, scale=self._scale, page_size=page_size)
        return target(server, asked, self._folder)

    def _warm_up(self, aimed: Target) -> None:
        measure(self._wrk, aimed, self._postmaster, connections=WARM_UP_CONNECTIONS, duration_s=WARM_UP_S)

    def _cell(self, aimed: Target, connections: int) -> Cell:
        cell = measure(self._wrk, aimed, self._postmaster, connections=connections, duration_s=self._duration_s)
        print(cell, flush=True)
        return cell
