"""Compares Junction's reads with its peers': make bench-reads, or one part of it.

    python -m bench.reads                     everything, into bench/RESULTS.md and bench/results/reads.json
    python -m bench.reads cell A B --connections 32 [--server junction] [--port 8000]
    python -m bench.reads database            only the database, until Ctrl-C, for a server started by hand

From the environment: ROUNDS (3), DURATION_S (5) of a cell, CONCURRENCY ("1 8 32"), BENCH_DIR (var/bench).
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import asyncpg

from bench.reads import processes
from bench.reads.database import filled_database
from bench.reads.load import find_wrk, measure, target
from bench.reads.operations import operation
from bench.reads.servers import Server, junction, running

FOLDER = Path(os.environ.get("BENCH_DIR", "var/bench"))
DURATION_S = int(os.environ.get("DURATION_S", "5"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command")
    cell = commands.add_parser("cell", help="measure one server on some operations")
    cell.add_argument("operations", nargs="+", choices=["A", "B", "C", "D"])
    cell.add_argument("--connections", type=int, nargs="+", default=[32])
    cell.add_argument("--port", type=int, help="of a Junction that runs already, rather than one of our own")
    cell.add_argument("--pid", type=int, default=os.getpid(), help="of that one")
    commands.add_parser("database", help="keep the database up, and print its URL")
    options = parser.parse_args()
    with filled_database(FOLDER, 1) as url:
        if options.command == "database":
            print(f"DATABASE_URL='{url}'", flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        elif options.command == "cell":
            measure_cells(url, options.operations, options.connections, options.port, options.pid)


def measure_cells(url: str, names: Sequence[str], connections: Sequence[int], port: int | None, pid: int) -> None:
    wrk, postmaster = find_wrk(FOLDER), asyncio.run(postmaster_of(url))
    program = junction(FOLDER)
    started = running(program, url, FOLDER / "logs") if port is None else nullcontext(Server(program, port, pid))
    with started as server:
        for name in names:
            aimed = target(server, operation(name, server.post), FOLDER)
            measure(wrk, aimed, postmaster, connections=8, duration_s=1)  # to warm up
            for count in connections:
                print(measure(wrk, aimed, postmaster, connections=count, duration_s=DURATION_S), flush=True)


async def postmaster_of(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return processes.parent(connection.get_server_pid())
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
