"""Measures Junction's reads.

    python -m bench.reads compare             with its peers, into bench/RESULTS.md and bench/results/reads.json
    python -m bench.reads growth              with larger pages and tables, into bench/RESULTS.md
    python -m bench.reads cell A B --connections 1 32 [--server junction]
    python -m bench.reads database            only the database, until Ctrl-C, for a server started by hand

From the environment: ROUNDS (3), DURATION_S of a cell (5), CONCURRENCY ("1 8 32"), BENCH_DIR (var/bench).
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from bench.page import write_section
from bench.reads import report
from bench.reads.comparison import SERVERS, Bench
from bench.reads.database import filled_database
from bench.reads.equal import Different
from bench.reads.growth import growth
from bench.reads.load import Suspicious

RESULTS = Path(__file__).resolve().parents[1] / "results" / "reads.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("compare", "growth", "database"):
        commands.add_parser(name)
    cell = commands.add_parser("cell")
    cell.add_argument("operations", nargs="+", choices=["A", "B", "C", "D"])
    cell.add_argument("--connections", type=int, nargs="+", default=[report.BUSY])
    cell.add_argument("--server", choices=SERVERS, default=report.JUNCTION)
    cell.add_argument("--port", type=int, help="of a Junction that runs already, rather than one of our own")
    cell.add_argument("--pid", type=int, help="of that one")
    options = parser.parse_args()
    folder = Path(os.environ.get("BENCH_DIR", "var/bench")).resolve()
    rounds, duration_s = (int(os.environ.get(name, usual)) for name, usual in (("ROUNDS", "3"), ("DURATION_S", "5")))
    if options.command == "growth":
        write_section("growth", growth(folder, rounds, duration_s))
        return
    with filled_database(folder, 1) as url:
        bench = Bench(folder, url, duration_s)
        match options.command:
            case "compare":
                compare(bench, rounds)
            case "cell":
                found = (options.port, options.pid) if options.port else None
                bench.measure_one(options.server, options.operations, options.connections, found)
            case "database":
                print(f"DATABASE_URL='{url}'", flush=True)
                signal.sigwait({signal.SIGINT, signal.SIGTERM})


def compare(bench: Bench, rounds: int) -> None:
    connections = [int(each) for each in os.environ.get("CONCURRENCY", "1 8 32").split()]
    try:
        found = report.medians(bench.compare(rounds, connections))
    except (Different, Suspicious) as exc:
        sys.exit(f"No comparison: {exc}")
    report.write_json(found, RESULTS)
    write_section("reads", report.page(found, bench.about(rounds)))
    for verdict in report.verdicts(found):
        print(verdict)


if __name__ == "__main__":
    main()
