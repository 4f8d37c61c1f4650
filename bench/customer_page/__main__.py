"""Measures the demo's customer page, with vendors that are well, dead or slow.

    python -m bench.customer_page compare                 into bench/RESULTS.md and bench/results/customer_page.json
    python -m bench.customer_page cell "all well" "SAP slow"

From the environment: ROUNDS (3), DURATION_S of a case (10), RATE in pages a second (10), BENCH_DIR (var/bench).
"""

import argparse
import os
import sys
from pathlib import Path

from app.database.open import open_database
from bench.customer_page import report
from bench.customer_page.comparison import CASES, Bench, Suspicious
from bench.page import write_section

RESULTS = Path(__file__).resolve().parents[1] / "results" / "customer_page.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("compare")
    commands.add_parser("cell").add_argument("names", nargs="+", choices=[case.name for case in CASES])
    options = parser.parse_args()
    folder = Path(os.environ.get("BENCH_DIR", "var/bench")).resolve() / "customer_page"
    folder.mkdir(parents=True, exist_ok=True)
    rate, duration_s = (float(os.environ.get(name, usual)) for name, usual in (("RATE", "10"), ("DURATION_S", "10")))
    with open_database(None, folder / "database") as database:
        bench = Bench(folder, database.url, rate=rate, duration_s=duration_s)
        try:
            match options.command:
                case "compare":
                    compare(bench, int(os.environ.get("ROUNDS", "3")))
                case "cell":
                    list(bench.measure(1, options.names))
        except Suspicious as exc:
            sys.exit(f"No figures: {exc}")


def compare(bench: Bench, rounds: int) -> None:
    """Raises Suspicious."""
    found = report.found_in(bench.measure(rounds))
    report.write_json(found, RESULTS)
    write_section("customer page", report.page(found, bench.about(rounds)))
    for verdict in report.verdicts(found):
        print(verdict)


if __name__ == "__main__":
    main()
