"""`junction import orders`: assesses a file of order history, then loads it, with a bar to watch."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.cli import options
from app.cli.errors import CannotRun
from app.cli.running import run
from app.database.open import Database, open_database
from app.settings import Settings
from app.stores.order_import.findings import REJECTS_STORED_MAX, Finding
from app.wiring import prepared_engine
from app.workflows.order_import.mapping import Mapping, load_mapping
from app.workflows.order_import.report import ImportReport, Totals

CONNECTIONS_MIN = 2
"""One that holds the source's lock, and one that loads."""


@click.group()
def importing() -> None:
    """Bring in data from files."""


@importing.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", required=True, metavar="NAME|FILE", help="A shipped mapping by name, or a TOML file.")
@click.option("--dry-run", is_flag=True, help="Assess only; write nothing.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as JSON here, and rejects beside it.",
)
@options.data_dir
@options.database_url
def orders(
    file: Path, mapping: str, dry_run: bool, report: Path | None, data_dir: Path | None, database_url: str | None
) -> None:
    """Import order history from FILE: CSV, CSV.gz or Parquet.

    Interrupted, it goes on when run again; complete, a second run adds nothing.
    """
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    described = load_mapping(mapping)
    # Which file it is, the import knows; that there is any should be known before a database is made for it.
    if not file.exists():
        raise CannotRun(f"There is no file {file}.")
    if report is not None and not os.access(report.absolute().parent, os.W_OK):
        raise CannotRun(f"The report cannot be written: {report.absolute().parent} is not a folder one can write to.")
    if not dry_run and settings.database_connections_max < CONNECTIONS_MIN:
        raise CannotRun(
            "DATABASE_CONNECTIONS_MAX is 1, and an import takes 2: one holds the source for this import alone."
        )
    console = Console()
    with open_database(settings.database_url, settings.data_dir) as database, _drawn(console) as watcher:
        done = run(_import(settings, database, file, described, dry_run=dry_run, watcher=watcher, report=report))
    _tell_end(console, done, report)


async def _import(
    settings: Settings,
    database: Database,
    file: Path,
    mapping: Mapping,
    *,
    dry_run: bool,
    watcher: "_Watcher",
    report: Path | None,
) -> ImportReport:
    # Brings pyarrow along, which would cost the other commands a third of their start and the server its memory.
    from app.workflows.import_orders import Pace, import_orders

    pace = Pace()
    pace = replace(pace, loaders=min(pace.loaders, settings.database_connections_max - 1))
    async with prepared_engine(settings, database.url, migrates=database.origin != "url") as engine:
        return await import_orders(engine, file, mapping, dry_run=dry_run, progress=watcher, report=report, pace=pace)


class _Watcher:
    """Draws the steps as bars, and the assessment as tables once it is known."""

    def __init__(self, console: Console, bars: Progress) -> None:
        self._console = console
        self._bars = bars
        self._bar: TaskID | None = None

    def begin(self, step: str, lines: int | None) -> None:
        self.end()
        self._bar = self._bars.add_task(step, total=lines)

    def advance(self, lines: int) -> None:
        if self._bar is not None:
            self._bars.advance(self._bar, lines)

    def assessed(self, totals: Totals, findings: Sequence[Finding]) -> None:
        self.end()
        self._console.print(_findings(findings))
        self._console.print(_totals(totals))

    def end(self) -> None:
        if self._bar is not None:
            self._bars.update(self._bar, total=self._bars.tasks[self._bar].completed)


@contextmanager
def _drawn(console: Console) -> Iterator[_Watcher]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), _Lines())
    # On stderr, so that the tables on stdout can be kept in a file.
    with Progress(*columns, console=Console(stderr=True)) as bars:
        watcher = _Watcher(console, bars)
        yield watcher
        watcher.end()


class _Lines(ProgressColumn):
    """How many are done, for the steps that count them."""

    def render(self, task: Task) -> str:
        return f"{task.completed:,.0f} lines" if task.completed else ""


def _findings(findings: Sequence[Finding]) -> Table:
    table = Table("finding", "lines", "what it is", "for example", title="Assessment", title_justify="left", box=None)
    for finding in findings:
        example = ", ".join(f"{name} {value}" for name, value in _first(finding).items())
        table.add_row(finding.code, f"{finding.lines:,}", finding.description, example)
    return table


def _first(finding: Finding) -> dict[str, Any]:
    shown = ("line", "order", "sku", "quantity", "unitPrice")
    return {name: finding.samples[0][name] for name in shown if name in finding.samples[0]} if finding.samples else {}


def _totals(totals: Totals) -> Table:
    table = Table("", "read", "imported", "merged", "rejected", title="Totals", title_justify="left", box=None)
    for name, tally in {"lines": totals.lines, **totals.amounts}.items():
        table.add_row(name, *(f"{tally[part]:,}" if name == "lines" else tally[part] for part in _PARTS))
    for reason, count in totals.lines["rejected_by_reason"].items():
        table.add_row(f"  {reason}", "", "", "", f"{count:,}")
    return table


_PARTS = ("read", "imported", "merged", "rejected")


def _tell_end(console: Console, done: ImportReport, report: Path | None) -> None:
    stored = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in done.stored.items() if count)
    verb = "Would add" if done.dry_run else "Added"
    console.print(f"{verb} {stored or 'nothing'} in {done.seconds:.1f} s.", highlight=False)
    rejected = sum(totals.lines["rejected"] for totals in (done.totals, *done.side_files.values()))
    if report is not None:
        rejects = f"; rejected lines: {done.rejects_file}" if rejected else ""
        console.print(f"Report: {report}{rejects}", soft_wrap=True, highlight=False)
    elif rejected:
        stored = "" if done.dry_run else f", the first {REJECTS_STORED_MAX:,} are in the table import_rejects"
        console.print(
            f"Rejected lines: {rejected:,}{stored}; --report FILE.json writes them all to FILE.rejects.csv.",
            soft_wrap=True, highlight=False,
        )  # fmt: skip
