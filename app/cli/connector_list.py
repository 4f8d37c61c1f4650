"""What `junction connectors` lists: vendors by their manifests, sources by their configuration and what the store says.

A store that cannot be reached takes its part away and no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from rich.console import Console

from app.cli.running import run
from app.cli.sources import SOURCES_FILE, present_sources
from app.cli.tables import plain, table, time_of
from app.connectors.manifest import Manifest, load_manifests
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.database.errors import DatabaseUnavailable
from app.database.open import open_database
from app.settings import Settings
from app.stores.inbox import failed_counts
from app.stores.outgoing_state import GivenUp, given_up_documents
from app.stores.sources import last_syncs
from app.stores.sync_states import SyncState, sync_states
from app.wiring import NotMigrated, prepared_engine


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
    syncs: Sequence[SyncState]
    """How far the copy of each feed is."""
    failed_webhooks: int
    """Events that could not be taken over: `junction webhooks` lists them."""


class Listing(msgspec.Struct, frozen=True):
    sources: Sequence[SourceLine]
    vendors: Sequence[VendorLine]
    given_up: Sequence[GivenUp]
    """What the sources would not take, the newest first."""
    without_store: str | None
    """Why nothing is known of what was copied and told."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store tells, by source; or why it does not."""

    synced_at: Mapping[str, datetime | None] = field(default_factory=dict)
    syncs: Sequence[SyncState] = ()
    failed_webhooks: Mapping[str, int] = field(default_factory=dict)
    given_up: Sequence[GivenUp] = ()
    absent: str | None = None


def listing_of(settings: Settings) -> Listing:
    """Raises InvalidManifest, InvalidSourceConfig."""
    manifests = load_manifests()
    configs = present_sources(settings.data_dir)
    run(_require_sound(configs))
    stored = _stored(settings)
    return Listing(
        [_source_line(config, manifests[config.vendor], stored) for config in configs],
        [_vendor_line(manifest) for manifest in manifests.values()],
        stored.given_up,
        stored.absent,
    )


async def _require_sound(configs: Sequence[SourceConfig]) -> None:
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
        return _Stored(
            await last_syncs(engine),
            await sync_states(engine),
            await failed_counts(engine),
            await given_up_documents(engine),
        )


def _source_line(config: SourceConfig, manifest: Manifest, stored: _Stored) -> SourceLine:
    return SourceLine(
        key=config.key,
        name=config.name,
        vendor=config.vendor,
        kind=manifest.kind,
        enabled=config.enabled,
        capabilities=sorted(manifest.capabilities),
        sync=sorted(config.sync),
        push=sorted(config.push),
        last_sync_at=stored.synced_at.get(config.key),
        syncs=[state for state in stored.syncs if state.source_key == config.key],
        failed_webhooks=stored.failed_webhooks.get(config.key, 0),
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


def show_listing(console: Console, listing: Listing) -> None:
    _show_sources(console, listing)
    _show_syncs(console, [state for source in listing.sources for state in source.syncs])
    for source in listing.sources:
        if source.failed_webhooks:
            events = "event" if source.failed_webhooks == 1 else "events"
            console.print(
                f"\n{source.key}: {source.failed_webhooks} {events} could not be taken over; see junction webhooks"
            )
    _show_given_up(console, listing.given_up)
    console.print()
    shown = table("vendor", "kind", "version", "quality")
    shown.add_column("capabilities", overflow="fold")
    for vendor in listing.vendors:
        able = " ".join(vendor.capabilities)
        shown.add_row(vendor.name, vendor.kind, vendor.api_version, _quality(vendor.quality), able)
    console.print(shown)


def _show_sources(console: Console, listing: Listing) -> None:
    if listing.sources:
        shown = table("source", "vendor", "kind", "enabled", "sync", "push", "last sync")
        for each in listing.sources:
            shown.add_row(each.key, each.vendor, each.kind, *_state(each))
        console.print(shown)
    else:
        console.print(f"No source is configured: {SOURCES_FILE} in the data folder names them.")
    if listing.without_store:
        console.print(f"What was copied is not known: {listing.without_store}", style="dim", markup=False)


def _show_syncs(console: Console, syncs: Sequence[SyncState]) -> None:
    if not syncs:
        return
    shown = table("copied from", "feed", "latest run", "complete", "refused", "error")
    for each in syncs:
        error = plain(each.error) if each.error else "-"
        refused = str(each.refusals) if each.refusals else "-"
        shown.add_row(each.source_key, each.feed, each.status, time_of(each.synced_at), refused, error)
    console.print()
    console.print(shown)


def _show_given_up(console: Console, documents: Sequence[GivenUp]) -> None:
    if not documents:
        return
    shown = table("not taken by", "what", "about", "since", "reason")
    for each in documents:
        shown.add_row(each.source_key, each.push, each.about, time_of(each.since), plain(each.reason))
    console.print()
    console.print(shown)


def _state(line: SourceLine) -> Iterable[str]:
    yield "yes" if line.enabled else "[bold]no[/]"
    yield " ".join(line.sync) or "-"
    yield " ".join(line.push) or "-"
    yield time_of(line.last_sync_at)


def _quality(rules: Mapping[str, str]) -> str:
    """`6 done, 1 todo, 1 exempt`; what a rule says, --json tells."""
    words = [rule.partition(":")[0] for rule in rules.values()]
    return ", ".join(f"{words.count(word)} {word}" for word in ("done", "todo", "exempt") if word in words)
