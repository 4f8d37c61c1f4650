"""`junction connectors`: which vendors there are, which sources are configured and how they do; `check` asks them."""

import asyncio
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import click
import msgspec
from rich.console import Console
from rich.table import Table

from app.cli import options
from app.cli.errors import CannotRun
from app.cli.running import run
from app.cli.sources import SOURCES_FILE, present_sources
from app.connectors.contract import SourceFailure
from app.connectors.manifest import Manifest, load_manifests
from app.connectors.ports.checking import Checkable, Finding
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.database.errors import DatabaseUnavailable
from app.database.open import open_database
from app.settings import Settings
from app.stores.outgoing_state import GivenUp, given_up_documents
from app.stores.sources import last_syncs
from app.wiring import NotMigrated, prepared_engine

CHECK_TIMEOUT_S = 30.0
"""Ours: a check asks for a description of everything that is used, and nobody's page waits for it."""
FAILING = 1
STYLES = {"ok": "green", "failed": "bold red", "skipped": "dim"}


class VendorLine(msgspec.Struct, frozen=True):
    name: str
    title: str
    kind: str
    api_version: str
    capabilities: Sequence[str]
    quality: Mapping[str, str]


class SourceLine(msgspec.Struct, frozen=True):
    key: str
    name: str
    vendor: str
    kind: str
    enabled: bool
    capabilities: Sequence[str]
    sync: Sequence[str]
    push: Sequence[str]
    last_sync_at: datetime | None


class Listing(msgspec.Struct, frozen=True):
    sources: Sequence[SourceLine]
    vendors: Sequence[VendorLine]
    given_up: Sequence[GivenUp]
    """What the sources would not take, the newest first."""
    without_store: str | None
    """Why nothing is known of what was copied and told."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store tells; or why it does not."""

    synced_at: Mapping[str, datetime | None] = field(default_factory=dict)
    given_up: Sequence[GivenUp] = ()
    absent: str | None = None


class CheckLine(msgspec.Struct, frozen=True):
    source: str
    what: str
    verdict: Literal["ok", "failed", "skipped"]
    detail: str


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group(invoke_without_command=True)
@as_json_option
@options.data_dir
@options.database_url
@click.pass_context
def connectors(context: click.Context, as_json: bool, data_dir: Path | None, database_url: str | None) -> None:
    """List the vendors that there are, and the sources that are configured with their state."""
    if context.invoked_subcommand is not None:
        if as_json or data_dir or database_url:
            raise click.UsageError(f"put the options behind {context.invoked_subcommand}")
        return
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    listing = _listing(settings)
    if as_json:
        _print_json(listing)
    else:
        _show_listing(Console(), listing)


@connectors.command()
@click.argument("name", required=False)
@as_json_option
@options.data_dir
def check(name: str | None, as_json: bool, data_dir: Path | None) -> None:
    """Ask the source NAME, or every one, whether it lets us in and has what we use.

    Exits 1 when anything is amiss. It changes nothing, here or there.
    """
    # The transport would log what the command is about to say itself.
    settings = options.prepare(data_dir=data_dir, log_level="CRITICAL")
    configs = present_sources(settings.data_dir)
    known = {config.key: config for config in configs}
    if name is not None and name not in known:
        choices = f"choose from {', '.join(known)}" if known else f"{SOURCES_FILE} in the data folder names none"
        raise CannotRun(f"No source is called {name}; {choices}.")
    lines = run(_checked(configs if name is None else (known[name],)))
    if as_json:
        _print_json(lines)
    else:
        _show_checks(Console(), lines)
    if any(line.verdict == "failed" for line in lines):
        sys.exit(FAILING)


def _listing(settings: Settings) -> Listing:
    manifests = load_manifests()
    configs = present_sources(settings.data_dir)
    run(_require_sound(configs))
    stored = _stored(settings)
    return Listing(
        [_source_line(config, manifests[config.vendor], stored.synced_at.get(config.key)) for config in configs],
        [_vendor_line(manifest) for manifest in manifests.values()],
        stored.given_up,
        stored.absent,
    )


async def _require_sound(configs: Sequence[SourceConfig]) -> None:
    """Raises InvalidSourceConfig."""
    await Registry(configs).close()


def _stored(settings: Settings) -> _Stored:
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        return _Stored(absent="There is no database yet.")
    try:
        with open_database(settings.database_url, settings.data_dir) as database:
            return run(_read_store(settings, database.url))
    except (DatabaseUnavailable, NotMigrated) as exc:
        return _Stored(absent=str(exc))


async def _read_store(settings: Settings, url: str) -> _Stored:
    async with prepared_engine(settings, url, migrates=False) as engine:
        return _Stored(await last_syncs(engine), await given_up_documents(engine))


def _source_line(config: SourceConfig, manifest: Manifest, last_sync_at: datetime | None) -> SourceLine:
    return SourceLine(
        key=config.key,
        name=config.name,
        vendor=config.vendor,
        kind=manifest.kind,
        enabled=config.enabled,
        capabilities=sorted(manifest.capabilities),
        sync=sorted(config.sync),
        push=sorted(config.push),
        last_sync_at=last_sync_at,
    )


def _vendor_line(manifest: Manifest) -> VendorLine:
    return VendorLine(
        name=manifest.name,
        title=manifest.title,
        kind=manifest.kind,
        api_version=manifest.api_version,
        capabilities=sorted(manifest.capabilities),
        quality=manifest.quality,
    )


async def _checked(configs: Sequence[SourceConfig]) -> list[CheckLine]:
    registry = Registry(configs)
    try:
        lines = await asyncio.gather(*(_checked_source(registry, config) for config in configs))
        return [line for each in lines for line in each]
    finally:
        await registry.close()


async def _checked_source(registry: Registry, config: SourceConfig) -> list[CheckLine]:
    if not config.enabled:
        return [CheckLine(config.key, "source", "skipped", "It is disabled.")]
    connector = registry[config.key]
    if not isinstance(connector, Checkable):
        return [CheckLine(config.key, "source", "skipped", f"The connector to {config.vendor} cannot check itself.")]
    try:
        findings = await connector.check(deadline=time.monotonic() + CHECK_TIMEOUT_S)
    except SourceFailure as failure:
        return [CheckLine(config.key, "source", "failed", f"{failure.message}.")]
    return [_check_line(config.key, finding) for finding in findings]


def _check_line(source: str, finding: Finding) -> CheckLine:
    return CheckLine(source, finding.what, "ok" if finding.is_ok else "failed", finding.detail)


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")


def _show_listing(console: Console, listing: Listing) -> None:
    if listing.sources:
        table = _table("source", "vendor", "kind", "enabled", "sync", "push", "last sync")
        for each in listing.sources:
            table.add_row(each.key, each.vendor, each.kind, *_state(each))
        console.print(table)
    else:
        console.print(f"No source is configured: {SOURCES_FILE} in the data folder names them.")
    if listing.without_store:
        console.print(f"What was copied is not known: {listing.without_store}", style="dim", markup=False)
    if listing.given_up:
        console.print()
        table = _table("not taken by", "what", "about", "since", "reason")
        for given_up in listing.given_up:
            since = f"{given_up.since:%Y-%m-%d %H:%M:%S} UTC"
            table.add_row(given_up.source_key, given_up.push, given_up.about, since, _plain(given_up.reason))
        console.print(table)
    console.print()
    table = _table("vendor", "kind", "version", "quality")
    table.add_column("capabilities", overflow="fold")
    for vendor in listing.vendors:
        able = " ".join(vendor.capabilities)
        table.add_row(vendor.name, vendor.kind, vendor.api_version, _quality(vendor.quality), able)
    console.print(table)


def _state(line: SourceLine) -> Iterable[str]:
    yield "yes" if line.enabled else "[bold]no[/]"
    yield " ".join(line.sync) or "-"
    yield " ".join(line.push) or "-"
    yield f"{line.last_sync_at:%Y-%m-%d %H:%M:%S} UTC" if line.last_sync_at else "-"


def _quality(rules: Mapping[str, str]) -> str:
    """`6 done, 1 todo, 1 exempt`; what a rule says, --json tells."""
    words = [rule.partition(":")[0] for rule in rules.values()]
    return ", ".join(f"{words.count(word)} {word}" for word in ("done", "todo", "exempt") if word in words)


def _show_checks(console: Console, lines: Sequence[CheckLine]) -> None:
    table = _table("source", "what", "", "finding")
    for line in lines:
        verdict = f"[{STYLES[line.verdict]}]{line.verdict}[/]"
        table.add_row(line.source, line.what, verdict, _plain(line.detail))
    console.print(table)


def _plain(text: str) -> str:
    """Brackets are Rich's markup."""
    return text.replace("[", r"\[")


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False)
