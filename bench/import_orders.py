"""Imports Online Retail once and ten times over, and prints seconds, lines a second and the importer's peak memory.

    .venv/bin/python -m bench.import_orders [--times 1 10] [--data ../shared/data] [--results FILE.json]

Each import runs in a process of its own, on a new embedded Postgres with its usual durability. The set is repeated
with dates shifted by 364 days (which keeps weekdays), and with a digit in front of invoice and customer numbers.
"""

import argparse
import asyncio
import csv
import gzip
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.database.open import open_database
from app.stores.engine import create_engine
from app.stores.migrations import migrate
from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping

ROOT = Path(__file__).resolve().parents[1]
DAYS_APART = 364


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10], help="how often to repeat the set")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--results", type=Path, help="write the figures here as JSON")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        json.dump(measured(options.one), sys.stdout)
        return
    source = options.data / "online_retail" / "online_retail.csv.gz"
    if not source.is_file():
        sys.exit(f"There is no {source}: the benchmark needs the Online Retail data set.")
    results = [run_apart(source, times) for times in options.times]
    if options.results is not None:
        options.results.write_text(json.dumps(results, indent=2) + "\n")


def run_apart(source: Path, times: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = source if times == 1 else repeated(source, Path(folder) / "online_retail.csv.gz", times)
        command = [sys.executable, "-m", "bench.import_orders", "--one", str(file)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = {"times": times} | json.loads(done.stdout)
    print(
        f"×{times}: {result['lines']:,} lines in {result['seconds']:.1f} s, {result['lines_per_s']:,.0f} lines/s,"
        f" importer's peak {result['peak_rss_mib']:,.0f} MiB"
    )
    return result


def measured(file: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, open_database(None, Path(folder)) as database:
        report = asyncio.run(imported(database.url, file))
    lines = report["lines"]["read"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "lines": lines,
        "seconds": report["seconds"],
        "lines_per_s": lines / report["seconds"],
        "peak_rss_mib": peak / (1024 * 1024 if sys.platform == "darwin" else 1024),
        "report": {name: report[name] for name in ("lines", "amounts", "stored")},
    }


async def imported(url: str, file: Path) -> dict[str, Any]:
    engine = create_engine(url)
    await migrate(engine)
    report = await import_orders(engine, file, load_mapping("online_retail"))
    await engine.dispose()
    return report.as_json()


def repeated(source: Path, target: Path, times: int) -> Path:
    with gzip.open(target, "wt", encoding="utf-8", newline="", compresslevel=1) as out:
        writer = csv.writer(out)
        for place in range(times):
            with gzip.open(source, "rt", encoding="utf-8", newline="") as rows:
                reader = csv.reader(rows)
                header = next(reader)
                if place == 0:
                    writer.writerow(header)
                writer.writerows(shifted(reader, str(place), timedelta(days=DAYS_APART * place)))
    return target


def shifted(rows: Iterator[list[str]], digit: str, by: timedelta) -> Iterator[list[str]]:
    times: dict[str, str] = {}
    for invoice, sku, title, quantity, at, price, customer, country in rows:
        if at not in times:
            times[at] = (datetime.fromisoformat(at) + by).isoformat(" ")
        letters = invoice.rstrip("0123456789")
        number = letters + digit + invoice.removeprefix(letters)
        yield [number, sku, title, quantity, times[at], price, customer and digit + customer, country]


if __name__ == "__main__":
    main()
