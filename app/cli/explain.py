"""`junction explain`: how a query would be answered, and with --analyze what answering it took."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from app.cli import options
from app.cli.errors import CannotRun
from app.cli.running import run
from app.cli.sources import present_sources
from app.connectors.freshness import LiveReads
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.database.open import open_database
from app.domain.actor import SYSTEM
from app.execution.arguments import InvalidVariables
from app.execution.connections import ReadsRows
from app.execution.explain import Analysis, explained
from app.execution.explanation import Explanation, Prepared
from app.execution.loaders import ReadContext
from app.execution.operations import NotExecutable, Operation
from app.execution.trace import Trace
from app.resolvers.context import Context
from app.schema import new_engine, stored_types
from app.settings import Settings
from app.stores.engine import create_connections, open_writers
from app.wiring import policy_of, prepared_engine, sizes_of
from app.workflows.routing.configuration import configured_routing
from app.workflows.work import Work

STDIN = "-"
ERRORS_SHOWN_MAX = 5


@click.command()
@click.argument("file")
@click.option("--analyze", is_flag=True, help="Run it, too, and tell what that took.")
@click.option("--variables", default="{}", metavar="JSON", help="Its variables.")
@click.option("--operation", metavar="NAME", help="Which one, where the file holds several.")
@options.data_dir
@options.database_url
def explain(
    file: str,
    analyze: bool,
    variables: str,
    operation: str | None,
    data_dir: Path | None,
    database_url: str | None,
) -> None:
    """Show how a query is answered: SQL, remote batches, cost.

    FILE holds it; - is stdin.
    """
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    text, given = _text(file), _object(variables)
    engine = new_engine(sizes_of(settings))
    try:
        chosen = engine.operation(text, operation)
        explanation = engine.explanation(chosen, given, _unconnected(settings))
    except NotExecutable as exc:
        raise CannotRun(_wrong(exc, file)) from exc
    except InvalidVariables as exc:
        raise CannotRun(f"The variables do not fit the query: {exc}") from exc
    analysis = None
    if analyze and explanation.refusal is None:
        analysis = _analyzed(settings, text, chosen, given, explanation)
    click.echo(explained(explanation, analysis), nl=False)


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise CannotRun(f"There is no file {file}.") from exc
    except OSError as exc:
        raise CannotRun(f"Cannot read {file}: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise CannotRun(f"Cannot read {file}: it is not UTF-8.") from exc


def _object(variables: str) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(variables, type=dict[str, Any])
    except msgspec.DecodeError as exc:
        raise CannotRun(f"--variables is not a JSON object: {exc}.") from exc


def _wrong(exc: NotExecutable, file: str) -> str:
    error, *others = exc.errors
    place = "".join(f":{at.line}:{at.column}" for at in (error.locations or ())[:1])
    more = f" (and {len(others)} more)" if others else ""
    return f"{'stdin' if file == STDIN else file}{place}: {error.message}{more}"


def _unconnected(settings: Settings) -> ReadContext:
    """Enough to prepare with."""
    url = "postgresql://"
    connections = create_connections(url, connections_max=1, statement_timeout_s=settings.request_timeout_s)
    return ReadContext(connections, stored_types, sizes_of(settings))


def _analyzed(
    settings: Settings, text: str, operation: Operation, given: Mapping[str, Any], explanation: Explanation
) -> Analysis:
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        raise CannotRun("There is no database yet: start it with junction serve, or choose another DATA_DIR.")
    sources = present_sources(settings.data_dir)
    # Another than the one that explains: what is remembered of an operation knows the connections it runs on.
    engine = new_engine(sizes_of(settings))

    async def analyze(url: str) -> Analysis:
        try:
            async with asyncio.timeout(settings.request_timeout_s), reading_context(settings, url, sources) as context:
                context.trace = trace = Trace()
                answer = await engine.answer(text, engine.operation(text, operation.name), given, context)
                return await _analysis(answer.body, trace, explanation.prepared, context.connections)
        except TimeoutError as exc:
            raise CannotRun(
                f"The query took longer than {settings.request_timeout_s:g} s and was stopped; "
                "REQUEST_TIMEOUT_S says how long it may take."
            ) from exc

    with open_database(settings.database_url, settings.data_dir) as database:
        return run(analyze(database.url))


@asynccontextmanager
async def reading_context(
    settings: Settings, database_url: str, sources: Sequence[SourceConfig]
) -> AsyncIterator[Context]:
    """Connected already, so that this is not measured, and to read only."""
    url = f"{database_url}{'&' if '?' in database_url else '?'}default_transaction_read_only=on"
    connections = create_connections(url, connections_max=1, statement_timeout_s=settings.request_timeout_s)
    registry = Registry(sources)
    writers = await open_writers(url, connections_max=1)
    # Without the cache: writing is refused here.
    reads = LiveReads(registry, source_timeout_s=settings.source_timeout_s)
    try:
        async with prepared_engine(settings, url, migrates=False):
            await connections.rows("SELECT 1", ())
        work = Work(writers, registry, policy_of(settings), configured_routing(settings.routing_policy))
        async with Context(
            connections,
            stored_types,
            sizes_of(settings),
            reads=reads,
            registry=registry,
            work=work,
            actor=SYSTEM,
        ) as context:
            yield context
    finally:
        await reads.close()
        await writers.close()
        await connections.close()
        await registry.close()


async def _analysis(body: bytes, trace: Trace, prepared: Prepared | None, connections: ReadsRows) -> Analysis:
    took_ms, postgres = trace.ms, None
    if prepared is not None and trace.reason is None:
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {prepared.island.sql}"
        ((printed,),) = await connections.rows(asked, prepared.parameters)
        (postgres,) = json.loads(printed)
    errors = json.loads(body).get("errors", ())
    told = [_error(each) for each in errors[:ERRORS_SHOWN_MAX]]
    if len(errors) > ERRORS_SHOWN_MAX:
        told.append(f"and {len(errors) - ERRORS_SHOWN_MAX:,} more")
    return Analysis(trace, took_ms, len(body), told, postgres)


def _error(error: Mapping[str, Any]) -> str:
    path = ".".join(str(each) for each in error.get("path", ()))
    return f"{path}: {error['message']}" if path else str(error["message"])
