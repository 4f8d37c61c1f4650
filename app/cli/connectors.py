"""`junction connectors`: which vendors there are, which sources are configured and how they do; `check` asks them."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console

from app.cli import options
from app.cli.connector_check import checked, show_checks
from app.cli.connector_list import listing_of, show_listing
from app.cli.connector_retry import told_again
from app.cli.connector_subscribe import subscribed
from app.cli.errors import CannotRun
from app.cli.running import run
from app.cli.sources import SOURCES_FILE, present_sources
from app.connectors.source_config import SourceConfig

FAILING = 1

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group(invoke_without_command=True)
@as_json_option
@options.data_dir
@options.database_url
@click.pass_context
def connectors(context: click.Context, as_json: bool, data_dir: Path | None, database_url: str | None) -> None:
    """List vendors, and configured sources with their state."""
    if context.invoked_subcommand is not None:
        if as_json or data_dir or database_url:
            raise click.UsageError(f"put the options behind {context.invoked_subcommand}")
        return
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    listing = listing_of(settings)
    if as_json:
        _print_json(listing)
    else:
        show_listing(Console(), listing)


@connectors.command()
@click.argument("name", required=False)
@as_json_option
@options.data_dir
def check(name: str | None, as_json: bool, data_dir: Path | None) -> None:
    """Ask a source whether it lets us in and has what we use.

    NAME is its key; without it every source is asked. Exits 1 when anything is amiss. It changes nothing, here or
    there.
    """
    # The transport would log what the command is about to say itself.
    settings = options.prepare(data_dir=data_dir, log_level="CRITICAL")
    configs = present_sources(settings.data_dir)
    lines = run(checked(configs if name is None else [_named(name, configs)]))
    if as_json:
        _print_json(lines)
    else:
        show_checks(Console(), lines)
    if any(line.verdict == "failed" for line in lines):
        sys.exit(FAILING)


@connectors.command()
@click.argument("name")
@click.argument("address")
@options.data_dir
def subscribe(name: str, address: str, data_dir: Path | None) -> None:
    """Have a source send its events to this server.

    NAME is its key, and ADDRESS where it reaches this server, such as https://api.acme.com.

    For vendors that are told so by their API. Done again, it adds what is missing.
    """
    settings = options.prepare(data_dir=data_dir, log_level="CRITICAL")
    source = _named(name, present_sources(settings.data_dir))
    if not address.startswith(("https://", "http://")):
        raise CannotRun(f"{address} is no address: begin with https://.")
    url = f"{address.rstrip('/')}/webhooks/{name}"
    topics = run(subscribed(source, url))
    click.echo(f"{name} sends its events to {url}; new: {', '.join(topics) or 'none'}")


@connectors.command("retry")
@click.argument("name")
@options.data_dir
@options.database_url
def retry(name: str, data_dir: Path | None, database_url: str | None) -> None:
    """Tell a source once more of what it did not take.

    NAME is its key.
    """
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    _named(name, present_sources(settings.data_dir))
    count = told_again(settings, name)
    click.echo(f"{name} is told again of {count} {'document' if count == 1 else 'documents'}.")


def _named(key: str, configs: Sequence[SourceConfig]) -> SourceConfig:
    """Raises CannotRun."""
    for config in configs:
        if config.key == key:
            return config
    known = ", ".join(config.key for config in configs)
    choices = f"choose from {known}" if known else f"{SOURCES_FILE} in the data folder names none"
    raise CannotRun(f"No source is called {key}; {choices}.")


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
