"""`junction webhooks`: events that could not be taken over; `retry` and `drop` decide what becomes of one."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import click
import msgspec
from rich.console import Console
from rich.table import Table

from app.cli import options
from app.cli.errors import CannotRun
from app.cli.running import run
from app.database.open import open_database
from app.domain.actor import SYSTEM, Actor
from app.settings import Settings
from app.stores.engine import open_writers
from app.stores.inbox import FailedEvent, failed_events
from app.stores.transaction import Writers
from app.wiring import prepared_engine
from app.workflows.webhook_decide import drop_event, retry_event

Decide = Callable[[Writers, UUID, Actor], Awaitable[bool]]


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON, with their bodies.")
@options.data_dir
@options.database_url
@click.pass_context
def webhooks(context: click.Context, as_json: bool, data_dir: Path | None, database_url: str | None) -> None:
    """List the events that could not be taken over.

    The oldest failure comes first.
    """
    if context.invoked_subcommand is not None:
        if as_json or data_dir or database_url:
            raise click.UsageError(f"put the options behind {context.invoked_subcommand}")
        return
    settings = _prepared(data_dir, database_url)
    with open_database(settings.database_url, settings.data_dir) as database:
        events = run(_failed(settings, database.url))
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(events) + b"\n")
    else:
        _show(Console(), events)


@webhooks.command()
@click.argument("event_id", metavar="ID", type=click.UUID)
@options.data_dir
@options.database_url
def retry(event_id: UUID, data_dir: Path | None, database_url: str | None) -> None:
    """Have the event ID tried again, as if it had just come."""
    _decide(retry_event, event_id, data_dir, database_url)
    click.echo("It waits to be taken over.")


@webhooks.command("drop")
@click.argument("event_id", metavar="ID", type=click.UUID)
@options.data_dir
@options.database_url
def drop_(event_id: UUID, data_dir: Path | None, database_url: str | None) -> None:
    """Forget the event ID."""
    _decide(drop_event, event_id, data_dir, database_url)
    click.echo("It is forgotten.")


def _decide(decide: Decide, event_id: UUID, data_dir: Path | None, database_url: str | None) -> None:
    settings = _prepared(data_dir, database_url)
    with open_database(settings.database_url, settings.data_dir) as database:
        is_done = run(_decided(settings, database.url, decide, event_id))
    if not is_done:
        raise CannotRun(f"No failed event has the id {event_id}; junction webhooks lists them.")


def _prepared(data_dir: Path | None, database_url: str | None) -> Settings:
    """Raises CannotRun: to look into a database is no reason to make one."""
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        raise CannotRun("There is no database yet; start one with junction serve, or choose another DATA_DIR.")
    return settings


async def _failed(settings: Settings, url: str) -> Sequence[FailedEvent]:
    async with prepared_engine(settings, url, migrates=False) as engine:
        return await failed_events(engine)


async def _decided(settings: Settings, url: str, decide: Decide, event_id: UUID) -> bool:
    async with prepared_engine(settings, url, migrates=False):
        writers = await open_writers(url, connections_max=1)
        try:
            return await decide(writers, event_id, SYSTEM)
        finally:
            await writers.close()


def _show(console: Console, events: Sequence[FailedEvent]) -> None:
    if not events:
        console.print("Every event that was taken in could be taken over.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    for head in ("source", "event", "about", "failed"):
        table.add_column(head)
    table.add_column("reason", overflow="fold")
    for each in events:
        failed_at = f"{each.failed_at:%Y-%m-%d %H:%M:%S} UTC"
        about = each.subject or "-"
        table.add_row(str(each.id), each.source_key, each.external_event_id, about, failed_at, each.failure)
    console.print(table)
