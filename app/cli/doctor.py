"""`junction doctor`: what is set up, and whether the store's sums add up."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from app.cli import options
from app.cli.running import run
from app.cli.sources import SOURCES_FILE, configured_sources
from app.connectors.manifest import InvalidManifest
from app.connectors.registry import Registry
from app.connectors.source_config import InvalidSourceConfig
from app.database.errors import DatabaseUnavailable
from app.database.open import open_database
from app.http import graphiql
from app.settings import Settings
from app.stores.doctor import Finding, Verdict, examine
from app.stores.engine import create_engine

DISAGREEING = 1
STYLES = {Verdict.OK: "green", Verdict.FAILED: "bold red", Verdict.SKIPPED: "dim"}


@click.command()
@options.data_dir
@options.database_url
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(data_dir: Path | None, database_url: str | None, as_json: bool) -> None:
    """Check the set-up and the sums of the store. Exits 1 when anything disagrees."""
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    findings = [_data_folder(settings), _query_page(), _sources(settings), *_database(settings)]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(findings) + b"\n")
    else:
        _show(Console(), findings)
    if any(finding.verdict is Verdict.FAILED for finding in findings):
        sys.exit(DISAGREEING)


def _data_folder(settings: Settings) -> Finding:
    return Finding("setup.data", Verdict.OK, f"Data folder {settings.data_dir.absolute()}")


def _query_page() -> Finding:
    files = (*graphiql.STYLES, *graphiql.SCRIPTS)
    if all((graphiql.STATIC / name).is_file() for name in files):
        return Finding("setup.graphiql", Verdict.OK, "The query page is installed")
    advice = "Optional. Fetch the page with make graphiql."
    return Finding("setup.graphiql", Verdict.SKIPPED, "The query page is not installed", advice)


def _sources(settings: Settings) -> Finding:
    try:
        sources = Registry(configured_sources(settings.data_dir)).sources
    except (InvalidManifest, InvalidSourceConfig) as exc:
        return Finding("setup.sources", Verdict.FAILED, "Sources cannot be used", str(exc))
    named = ", ".join(source.key if source.enabled else f"{source.key} (disabled)" for source in sources)
    configured = named or f"none in {SOURCES_FILE}; a demo brings its own"
    return Finding("setup.sources", Verdict.OK, f"Sources configured: {configured}")


def _database(settings: Settings) -> Sequence[Finding]:
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        advice = "Start it with junction serve, or choose another DATA_DIR."
        return [Finding("database.reachable", Verdict.FAILED, "There is no database yet", advice)]
    try:
        with open_database(settings.database_url, settings.data_dir) as database:
            reached = Finding("database.reachable", Verdict.OK, f"The database answers ({database.origin})")
            return [reached, *run(_examine(database.url))]
    except DatabaseUnavailable as exc:
        return [Finding("database.reachable", Verdict.FAILED, "The database cannot be used", str(exc))]


async def _examine(url: str) -> list[Finding]:
    engine = create_engine(url, connections_max=2)
    try:
        return await examine(engine)
    finally:
        await engine.dispose()


def _show(console: Console, findings: Sequence[Finding]) -> None:
    table = Table("check", "", "finding", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(finding.check, f"[{STYLES[finding.verdict]}]{finding.verdict}[/]", finding.summary)
    console.print(table)
    for finding in findings:
        if finding.advice:
            _explain(console, finding)


def _explain(console: Console, finding: Finding) -> None:
    rows = f" (rows: {finding.rows})" if finding.rows else ""
    console.print(f"\n{finding.check}{rows}: {finding.advice}", style=STYLES[finding.verdict], markup=False)
    if finding.sample:
        table = Table(*finding.sample[0], box=None, pad_edge=False)
        for row in finding.sample:
            table.add_row(*(_cell(value) for value in row.values()))
        console.print(table)
    if finding.rows > len(finding.sample):
        console.print(f"… and {finding.rows - len(finding.sample)} more", style="dim")


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("[", r"\[")
