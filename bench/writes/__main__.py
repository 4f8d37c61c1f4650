"""Measures Junction's writes.

    python -m bench.writes compare            with the floor, into bench/RESULTS.md and bench/results/writes.json
    python -m bench.writes cell spread hot lifecycle --connections 1 32 [--server floor] [--processes 2]
    python -m bench.writes count              statements of an order and of a lifecycle
    python -m bench.writes database           only the database, until Ctrl-C, for a server started by hand

From the environment: ROUNDS (3), DURATION_S of a cell (5), CONCURRENCY ("1 8 32"), BENCH_DIR (var/bench).
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from bench.page import write_section
from bench.writes import report
from bench.writes.comparison import BUSY, FLOOR, JUNCTION, PROCESSES, Bench
from bench.writes.database import new_database
from bench.writes.load import LIFECYCLE, Suspicious
from bench.writes.recording import Different

RESULTS = Path(__file__).resolve().parents[1] / "results" / "writes.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("compare", "count", "database"):
        commands.add_parser(name)
    cell = commands.add_parser("cell")
    cell.add_argument("kinds", nargs="+", choices=["spread", "hot", LIFECYCLE])
    cell.add_argument("--connections", type=int, nargs="+", default=[BUSY])
    cell.add_argument("--server", choices=[JUNCTION, FLOOR], default=JUNCTION)
    cell.add_argument("--processes", type=int, choices=PROCESSES, default=1)
    options = parser.parse_args()
    folder = Path(os.environ.get("BENCH_DIR", "var/bench")).resolve() / "writes"
    duration_s = float(os.environ.get("DURATION_S", "5"))
    with new_database(folder) as url:
        bench = Bench(folder, url, duration_s)
        try:
            match options.command:
                case "compare":
                    compare(bench, int(os.environ.get("ROUNDS", "3")))
                case "cell":
                    for kind in options.kinds:
                        list(bench.measure_one(options.server, kind, options.connections, options.processes))
                case "count":
                    print({kind: round(count, 1) for kind, count in bench.statements().items()})
                case "database":
                    print(f"DATABASE_URL='{url}'", flush=True)
                    signal.sigwait({signal.SIGINT, signal.SIGTERM})
        except (Different, Suspicious) as exc:
            sys.exit(f"No figures: {exc}")


def compare(bench: Bench, rounds: int) -> None:
    """Raises Different, Suspicious."""
    connections = [int(each) for each in os.environ.get("CONCURRENCY", "1 8 32").split()]
    cells = list(bench.compare(rounds, connections))
    found = report.Found(report.medians(cells), bench.statements(), bench.last_units())
    bench.check()
    report.write_json(found, RESULTS)
    write_section("writes", report.page(found, bench.about(rounds)))
    for verdict in report.verdicts(found):
        print(verdict)


if __name__ == "__main__":
    main()
