"""Connectors: what only the running process knows of them, and how the copying went."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Text, column, select, true, values

from app.connectors.contract import CircuitState
from app.domain.sync import SyncMode
from app.execution.sources import column_of
from app.execution.statements import among
from app.models import SyncCursor, SyncRun
from app.resolvers.context import Context


async def circuits(keys: Sequence[str], _arguments: Mapping[str, Any], context: Context) -> list[CircuitState]:
    return [context.registry.circuit(key) for key in keys]


async def last_errors(keys: Sequence[str], _arguments: Mapping[str, Any], context: Context) -> list[str | None]:
    """Of the latest request of this process, else of the latest runs that copy from it."""
    requests = {key: context.registry.last_failure(key) for key in keys}
    quiet = [key for key, failure in requests.items() if failure is None]
    runs = await _errors_of_runs(quiet, context) if quiet else {}
    return [runs.get(key) if failure is None else failure.message for key, failure in requests.items()]


async def _errors_of_runs(keys: Sequence[str], context: Context) -> dict[str, str]:
    """By source; of several feeds that fail, one. A full run has not succeeded because one of what has changed did."""
    modes = values(column("mode", Text), name="modes").data([(mode,) for mode in SyncMode])
    run = (
        select(SyncRun.error)
        .where(
            SyncRun.source_key == SyncCursor.source_key, SyncRun.feed == SyncCursor.feed, SyncRun.mode == modes.c.mode
        )
        .order_by(SyncRun.started_at.desc())
        .limit(1)
        .lateral()
    )
    statement = (
        select(SyncCursor.source_key, run.c.error)
        .select_from(SyncCursor)
        .join(modes, true())
        .join(run, true())
        .where(among(column_of(SyncCursor.source_key), keys), run.c.error.is_not(None))
        .order_by(SyncCursor.source_key, SyncCursor.feed)
    )
    found = await context.fetch(statement)
    return {row.source_key: row.error for row in found}
