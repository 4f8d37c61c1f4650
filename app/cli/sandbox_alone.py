"""The vendor sandbox without a Junction beside it: for those who develop against it, a connector of their own say."""

import asyncio
import errno
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from starlette.applications import Starlette

from app.cli.demo_file import SandboxAddress, published
from app.cli.demo_sources import demo_sources
from app.cli.errors import CannotRun
from app.connectors.source_config import SourceConfig
from app.sandbox.app import close_sandbox, create_sandbox, send_events_to
from app.sandbox.faults import LATENCY_MS_DEFAULT, Fault
from app.sandbox.server import RunningSandbox, serve_sandbox
from app.sandbox.story import tell

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class FaultFromStart:
    source: str
    fault: Fault
    latency_ms: int
    retry_after_s: int | None


def fault_from_start(text: str) -> FaultFromStart:
    """Of `shopify=slow:500`. Raises BadParameter."""
    source, _, rest = text.partition("=")
    word, _, number = rest.partition(":")
    faults = {each.value: each for each in Fault}
    if not source or word not in faults:
        raise click.BadParameter(f"{text!r} is not SOURCE=FAULT with a FAULT of {', '.join(faults)}")
    if number and not (word in (Fault.SLOW, Fault.THROTTLED) and number.isdecimal()):
        raise click.BadParameter(f"{text!r}: a number goes with slow (milliseconds) and throttled (seconds) only")
    fault, given = faults[word], int(number) if number else None
    latency_ms = LATENCY_MS_DEFAULT if given is None else given
    return FaultFromStart(
        source, fault, latency_ms if fault is Fault.SLOW else 0, given if fault is Fault.THROTTLED else None
    )


async def serve_alone(data_dir: Path, *, port: int, events_to: str | None, faults: Sequence[FaultFromStart]) -> None:
    """Until a signal comes. Raises CannotRun."""
    token = secrets.token_urlsafe()
    vendors = create_sandbox(tell(_last_midnight()).sandbox, control_token=token)
    for each in faults:
        _set(vendors, each)
    running = await _listening(vendors, port)
    try:
        if events_to is not None:
            await send_events_to(vendors, events_to.rstrip("/"))
        with published(SandboxAddress(running.base_url, token), data_dir):
            click.echo(_told(running.base_url, token))
            await asyncio.Event().wait()
    finally:
        await close_sandbox(vendors)
        await running.close()


def _last_midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _set(vendors: Starlette, wanted: FaultFromStart) -> None:
    source = vendors.state.sources.get(wanted.source)
    if source is None:
        known = ", ".join(sorted(vendors.state.sources))
        raise CannotRun(f"No source of the sandbox is called {wanted.source}; choose from {known}.")
    source.state.fault = wanted.fault
    source.state.latency_ms, source.state.retry_after_s = wanted.latency_ms, wanted.retry_after_s


async def _listening(vendors: Starlette, port: int) -> RunningSandbox:
    try:
        return await serve_sandbox(vendors, HOST, port)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise CannotRun(f"Port {port} of {HOST} is taken; choose another with --port (0: any).") from exc
        raise CannotRun(f"Cannot listen on port {port} of {HOST}: {exc.strerror}; choose another with --port.") from exc


def _told(url: str, token: str) -> str:
    tables = "\n".join(_table(each) for each in demo_sources(url))
    return f"""The vendors answer at {url}, each under its key. A sources.toml for them:

{tables}
Faults: junction sandbox fault SOURCE FAULT, on the same DATA_DIR; or with this token:
  curl -H 'Authorization: Bearer {token}' {url}/_control

Stop with Ctrl-C."""


def _table(source: SourceConfig) -> str:
    lines = [
        f"[sources.{source.key}]",
        f'vendor = "{source.vendor}"',
        f'name = "{source.name}"',
        f'base_url = "{source.base_url}"',
        *(f"{name} = {sorted(used)}".replace("'", '"') for name, used in _uses(source) if used),
        f"[sources.{source.key}.settings]",
        *(f'{name} = "{value}"' for name, value in source.settings.items()),
    ]
    if source.locations:
        lines += [f"[sources.{source.key}.locations]"]
        lines += [f'"{theirs}" = "{ours}"' for theirs, ours in source.locations.items()]
    return "".join(f"{line}\n" for line in lines)


def _uses(source: SourceConfig) -> Sequence[tuple[str, Sequence[str]]]:
    return (("sync", [str(each) for each in source.sync]), ("push", [str(each) for each in source.push]))
