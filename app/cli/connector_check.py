"""Asks sources about their own set-up, side by side, and shows what they find."""

import asyncio
import time
from collections.abc import Sequence
from typing import Literal

import msgspec
from rich.console import Console

from app.cli.tables import plain, table
from app.connectors.contract import SourceFailure
from app.connectors.ports.checking import Checkable, Finding
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig

CHECK_TIMEOUT_S = 30.0
"""Ours: a check asks for a description of everything that is used, and nobody's page waits for it."""
STYLES = {"ok": "green", "failed": "bold red", "skipped": "dim"}


class CheckLine(msgspec.Struct, frozen=True):
    source: str
    what: str
    verdict: Literal["ok", "failed", "skipped"]
    detail: str


async def checked(configs: Sequence[SourceConfig]) -> list[CheckLine]:
    registry = Registry(configs)
    try:
        lines = await asyncio.gather(*(_checked(registry, config) for config in configs))
        return [line for each in lines for line in each]
    finally:
        await registry.close()


async def _checked(registry: Registry, config: SourceConfig) -> list[CheckLine]:
    if not config.enabled:
        return [CheckLine(config.key, "source", "skipped", "It is disabled.")]
    connector = registry[config.key]
    if not isinstance(connector, Checkable):
        return [CheckLine(config.key, "source", "skipped", f"The connector to {config.vendor} cannot check itself.")]
    try:
        findings = await connector.check(deadline=time.monotonic() + CHECK_TIMEOUT_S)
    except SourceFailure as failure:
        return [CheckLine(config.key, "source", "failed", f"{failure.message}.")]
    return [_line(config.key, finding) for finding in findings]


def _line(source: str, finding: Finding) -> CheckLine:
    return CheckLine(source, finding.what, "ok" if finding.is_ok else "failed", finding.detail)


def show_checks(console: Console, lines: Sequence[CheckLine]) -> None:
    shown = table("source", "what", "", "finding")
    for line in lines:
        verdict = f"[{STYLES[line.verdict]}]{line.verdict}[/]"
        shown.add_row(line.source, line.what, verdict, plain(line.detail))
    console.print(shown)
