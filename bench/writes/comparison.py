"""The run: Junction beside the floor on one new database, cell after cell, the two taking turns."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from bench import processes
from bench.machine import machine, packages, postgres
from bench.servers import Program, Server, junctions, running
from bench.writes import recording
from bench.writes.database import disagreements, run, value
from bench.writes.load import LIFECYCLE, RIGHT, Load, Measured, Suspicious, generate, refuse_suspicious
from bench.writes.statements import statements_each

JUNCTION, FLOOR, WORKING = "junction", "floor", "junction with a worker"
PROCESSES = (1, 2, 4)
BUSY = 32
"""The number of connections that targets are about."""
BUYERS, UNITS = 200, 50
WARM_UP_S = 1.0
WARM_UP_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Cell:
    kind: str
    server: str
    processes: int
    connections: int
    rate: float
    """Orders, or lifecycles, a second."""
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    """Of each, of all processes of the server."""
    postgres_cpu_ms: float
    load_cpu_ms: float
    """Of the load generator, which runs on the same cores."""

    def __str__(self) -> str:
        return (
            f"{self.kind:9} {self.server:22} ×{self.processes} {self.connections:2} connections {self.rate:7.1f}/s"
            f"  p50 {self.p50_ms:7.2f} ms  p99 {self.p99_ms:7.1f} ms"
            f"  CPU {self.server_cpu_ms:.2f} + {self.postgres_cpu_ms:.2f} + {self.load_cpu_ms:.2f} ms"
        )


class Bench:
    def __init__(self, folder: Path, database_url: str, duration_s: float) -> None:
        self._folder = folder
        self._url = database_url
        self._duration_s = duration_s
        self._load_before = os.getloadavg()[0]
        self._postgres, self._postmaster = asyncio.run(postgres(database_url))

    def compare(self, rounds: int, connections: Sequence[int]) -> Iterator[Cell]:
        """Raises Different, Suspicious."""
        with ExitStack() as stack:
            count = max(PROCESSES)
            servers = {
                name: [self._started(program, stack) for _ in range(count)] for name, program in self._two().items()
            }
            asyncio.run(recording.check_equal(self._url, *(_sending(servers[each][0]) for each in (JUNCTION, FLOOR))))
            print("Junction and the floor leave equal rows behind", flush=True)
            for each in servers.values():
                self._warm_up(each, "spread")
            self._warm_up(servers[JUNCTION][:1], LIFECYCLE)
            self._plan_again()
            for n in range(rounds):
                for kind, used, busy in _settings(connections):
                    for name in list(servers)[:: -1 if n % 2 else 1]:
                        yield self._cell(kind, servers[name][:used], busy)
                for busy in connections:
                    yield self._cell(LIFECYCLE, servers[JUNCTION][:1], busy)
                yield self._with_worker()

    def measure_one(self, name: str, kind: str, connections: Sequence[int], used: int = 1) -> Iterator[Cell]:
        with ExitStack() as stack:
            servers = [self._started(self._two()[name], stack) for _ in range(used)]
            self._warm_up(servers, kind)
            self._plan_again()
            for busy in connections:
                yield self._cell(kind, servers, busy)

    def statements(self) -> Mapping[str, float]:
        """Of one order, and of one lifecycle."""
        program = _junction(self._folder)
        return {kind: statements_each(program, self._url, self._folder, kind) for kind in ("spread", LIFECYCLE)}

    def last_units(self) -> int:
        """How many of the buyers got a unit, all at once. Raises Suspicious when the stock tells otherwise."""
        with running(_junction(self._folder, SHORTAGE="refuse"), self._url, self._folder / "logs") as server:
            asked = generate(self._load([server], "last", BUYERS, each_at_most=1))
        got = asked.outcomes.get("CONFIRMED", 0)
        refused = asked.outcomes.get("INSUFFICIENT_STOCK", 0)
        reserved = "SELECT sum(reserved) FROM inventory_positions JOIN products ON products.id = product_id"
        promised = asyncio.run(value(self._url, f"{reserved} WHERE sku = 'LAST'"))
        if promised != got or got + refused != BUYERS:
            raise Suspicious(f"{BUYERS} buyers: {asked.outcomes}, and {promised} units are reserved")
        return got

    def check(self) -> None:
        """Raises Suspicious."""
        if found := asyncio.run(disagreements(self._url)):
            raise Suspicious(f"the store does not add up: {'; '.join(found)}")

    def about(self, rounds: int) -> list[str]:
        """Sentences on this run."""
        return [
            f"{machine()}; load average before {self._load_before:.1f}.",
            f"{rounds} × {self._duration_s:g} s a cell, medians; servers, Postgres and the load share the cores.",
            f"{packages()}.",
            f"{self._postgres}; the same for all.",
        ]

    def _two(self) -> dict[str, Program]:
        file = self._folder / "statements.json"
        recording.write(asyncio.run(recording.record(self._url, self._folder)), file)
        return {JUNCTION: _junction(self._folder), FLOOR: _floor(file)}

    def _started(self, program: Program, stack: ExitStack) -> Server:
        return stack.enter_context(running(program, self._url, self._folder / "logs"))

    def _warm_up(self, servers: Sequence[Server], kind: str) -> None:
        for each in servers:
            self._generated([each], kind, WARM_UP_CONNECTIONS, WARM_UP_S)

    def _plan_again(self) -> None:
        """Statements that were prepared on empty tables would go on reading tables from end to end, until Postgres
        itself looks at them, once a minute; and whoever came first would be worst off.
        """
        asyncio.run(run(self._url, "VACUUM ANALYZE"))

    def _with_worker(self) -> Cell:
        """On an empty queue; what it leaves there is thrown away, so that it disturbs no other cell."""
        empty = "TRUNCATE jobs.pgqueuer"
        asyncio.run(run(self._url, empty))
        program = _junction(self._folder, name=WORKING, WORKER="true")
        with running(program, self._url, self._folder / "logs") as server:
            self._warm_up([server], "spread")
            cell = self._cell("spread", [server], BUSY)
        asyncio.run(run(self._url, empty))
        return cell

    def _cell(self, kind: str, servers: Sequence[Server], connections: int) -> Cell:
        """Raises Suspicious."""
        pids = [each.pid for each in servers]
        servers_before_s, postgres_before_s = sum(map(processes.cpu_s, pids)), processes.cpu_s(self._postmaster)
        measured = self._generated(servers, kind, connections, self._duration_s)
        servers_s = sum(map(processes.cpu_s, pids)) - servers_before_s
        postgres_s = processes.cpu_s(self._postmaster) - postgres_before_s
        cell = Cell(
            kind=kind,
            server=servers[0].program.name,
            processes=len(servers),
            connections=connections,
            rate=measured.rate,
            p50_ms=measured.percentile_ms(50),
            p99_ms=measured.percentile_ms(99),
            server_cpu_ms=servers_s / measured.count * 1000,
            postgres_cpu_ms=postgres_s / measured.count * 1000,
            load_cpu_ms=measured.cpu_s / measured.count * 1000,
        )
        print(cell, flush=True)
        return cell

    def _generated(self, servers: Sequence[Server], kind: str, connections: int, duration_s: float) -> Measured:
        measured = generate(self._load(servers, kind, connections, duration_s))
        refuse_suspicious(f"{servers[0].program.name}, {kind}", measured, RIGHT[kind])
        return measured

    def _load(
        self,
        servers: Sequence[Server],
        kind: str,
        connections: int,
        duration_s: float | None = None,
        each_at_most: int | None = None,
    ) -> Load:
        ports = [each.port for each in servers]
        return Load(ports, kind, connections, duration_s or self._duration_s, token_hex(8), each_at_most)


def _sending(server: Server) -> recording.Send:
    async def send(body: bytes) -> bytes:
        return (await asyncio.to_thread(server.send, body))[1]

    return send


def _settings(connections: Sequence[int]) -> list[tuple[str, int, int]]:
    """Kind, processes and connections."""
    alone = [(kind, 1, busy) for kind in ("spread", "hot") for busy in connections]
    return alone + [("spread", used, BUSY) for used in PROCESSES if used > 1]


def _junction(folder: Path, *, name: str = JUNCTION, **environment: str) -> Program:
    """As shipped, but that jobs wait: another process has to run them."""
    command = junctions(folder)[0].command
    return Program(name, command, "placing", environment={"WORKER": "false", **environment})


def _floor(file: Path) -> Program:
    return Program(FLOOR, (sys.executable, "-m", "bench.writes.floor", str(file)), "placing")
