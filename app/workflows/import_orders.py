"""`junction import orders`: history from a file into the store, in steps that an interrupted run goes on from.

1. Copy: the file, joined with its side files, goes row by row into a staging table. Memory holds one block of it.
2. Judge: line by line and as whole documents, then cancellations are matched with sales. Nothing is imported yet,
   and everything the report says is known. A dry run ends here and is rolled back.
3. Load: orders in batches, two at a time, each in a transaction that also marks it done.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.order_import import ImportPhase
from app.stores.customer_scores import refresh_customer_scores
from app.stores.order_import import effects, findings, judgment, loading, matches, parties, runs, staging
from app.workflows.order_import.errors import ImportInProgress
from app.workflows.order_import.mapping import Mapping
from app.workflows.order_import.matching import Cancellation, Sale, match
from app.workflows.order_import.order_files import Chunk, OrderFiles, chunks, staging_columns
from app.workflows.order_import.progress import Progress, Silence
from app.workflows.order_import.report import (
    ImportReport,
    reason_counts,
    rejects_path,
    totals,
    write_rejects,
)
from app.workflows.order_import.staging import LINES

STAGING_VERSION = 1
"""Raised with every change of the staging tables: a newer program begins an interrupted run anew."""
_MATCHES_BUFFERED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Pace:
    batch_lines: int = 20_000
    """Loaded in one transaction."""
    loaders: int = 2
    """Batches loaded at the same time, each on a connection of its own."""
    lock_wait_s: float = 30
    """For another import of the source to end: a killed one's last statement may still be running on the server."""


async def import_orders(
    engine: AsyncEngine,
    file: Path,
    mapping: Mapping,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    report: Path | None = None,
    pace: Pace = Pace(),
) -> ImportReport:
    """Again adds nothing. Raises ImportRefused.

    Writes `report` as JSON, and the rejected rows beside it as CSV.
    """
    started_s = time.monotonic()
    work = _Import(engine, OrderFiles.locate(file, mapping), mapping, progress or Silence(), pace)
    if dry_run:
        done = await work.look(report)
    else:
        try:
            async with runs.source_lock(engine, mapping.source.key, pace.lock_wait_s):
                done = await work.run(report)
        except runs.LockNotFree as exc:
            raise ImportInProgress(
                f"Another import from {mapping.source.name} is running; start this one again when it has ended."
            ) from exc
    done = replace(done, seconds=time.monotonic() - started_s)
    if report is not None:
        done.write(report)
    return done


@dataclass(frozen=True, slots=True)
class _Import:
    engine: AsyncEngine
    files: OrderFiles
    mapping: Mapping
    progress: Progress
    pace: Pace

    async def look(self, report: Path | None) -> ImportReport:
        run = runs.passing_run(self.mapping.formats.timezone)
        async with runs.staging(self.engine, run, keep=False) as connection:
            await self._copy(connection, run)
            await self._judge(connection, run)
            stored = await findings.planned(connection, self.mapping.source.key)
            return await self._assess(connection, stored, report)

    async def run(self, report: Path | None) -> ImportReport:
        source = self.mapping.source
        run = await runs.begin_run(
            self.engine,
            source={"key": source.key, "name": source.name, "kind": source.kind.value},
            file_name=self.files.lines.name,
            file=await asyncio.to_thread(lambda: self.files.fingerprint),
            mapping=f"{STAGING_VERSION}:{self.mapping.fingerprint}",
            timezone=self.mapping.formats.timezone,
        )
        if run.phase is ImportPhase.STAGING:
            async with runs.staging(self.engine, run) as connection:
                await self._copy(connection, run)
                await runs.enter_phase(connection, run, ImportPhase.JUDGING)
        if run.phase is not ImportPhase.LOADING:
            async with runs.staging(self.engine, run) as connection:
                await self._judge(connection, run)
                stored = await findings.planned(connection, source.key)
                await parties.add_parties(connection, self._party_rules())
                await runs.enter_phase(connection, run, ImportPhase.LOADING, stored)
        async with runs.staging(self.engine, run) as connection:
            stored = await runs.noted_report(connection, run)
            done = await self._assess(connection, stored, report)
        await self._load(run)
        return await self._finish(run, replace(done, run_id=str(run.id), resumed=run.resumed))

    async def _copy(self, connection: AsyncConnection, run: runs.Run) -> None:
        await staging.create_staging(connection, run)
        sides = await asyncio.to_thread(self.files.side_files)
        self.progress.begin("Reading", None)
        rows = 0
        for file, stager in self.files.stagers():
            columns = await asyncio.to_thread(staging_columns, file, stager, sides)
            csv = self._watched(chunks(file, stager, sides, columns, rows + 1))
            await staging.copy_lines(connection, run, csv, columns)
            rows += stager.rows
        await staging.index_lines(connection)

    async def _watched(self, source: Iterator[Chunk]) -> AsyncIterator[bytes]:
        """Reads in a thread, so that the connection goes on sending what was read before."""
        while (chunk := await asyncio.to_thread(next, source, None)) is not None:
            yield chunk.csv
            self.progress.advance(chunk.rows)

    async def _judge(self, connection: AsyncConnection, run: runs.Run) -> None:
        mapping = self.mapping
        self.progress.begin("Judging", None)
        rules = judgment.Judgment(
            source_key=mapping.source.key,
            number_prefix=mapping.orders.number_prefix,
            zero_price=mapping.rules.zero_price.value,
            ships=mapping.is_mapped("shipped_at"),
        )
        await judgment.judge_lines(connection, rules)
        await self._match(connection, run)
        await judgment.judge_matches(connection)
        rules_of_effects = effects.EffectRules(
            number_prefix=mapping.orders.number_prefix,
            cancel_within=timedelta(hours=mapping.rules.cancel_within_hours),
            charges=mapping.rules.charges,
            batch_lines=self.pace.batch_lines,
        )
        await effects.derive_effects(connection, rules_of_effects)

    async def _match(self, connection: AsyncConnection, run: runs.Run) -> None:
        await matches.create_matches(connection)
        found: list[tuple[int, int, int, int]] = []
        async for group in matches.candidate_groups(connection, self.mapping.rules.match_on.value):
            found.extend(_matched(group))
            if len(found) > _MATCHES_BUFFERED_MAX:
                await matches.add_matches(connection, run, found)
                found = []
        await matches.add_matches(connection, run, found)
        await matches.index_matches(connection)

    async def _assess(self, connection: AsyncConnection, stored: dict[str, int], report: Path | None) -> ImportReport:
        sums = await findings.sums(connection)
        found = await findings.findings(connection, reason_counts(sums), self.mapping.rules.charges)
        by_file = {
            origin: totals(part for part in sums if part.origin == origin)
            for origin in dict.fromkeys([LINES, *(part.origin for part in sums)])
        }
        own = by_file.pop(LINES)
        self.progress.assessed(own, found)
        if report is not None:
            await write_rejects(rejects_path(report), findings.rejects(connection, self._names(own.lines["read"])))
        return ImportReport(
            file=self.files.lines.name,
            source=self.mapping.source.key,
            totals=own,
            side_files=by_file,
            findings=found,
            stored=stored,
            rejects_file=rejects_path(report).name if report is not None else None,
        )

    async def _load(self, run: runs.Run) -> None:
        async with runs.staging(self.engine, run) as connection:
            waiting = await loading.waiting_batches(connection)
        self.progress.begin("Importing", sum(batch.line_count for batch in waiting))
        queue = iter(waiting)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.pace.loaders):
                    group.create_task(self._load_batches(run, queue))
        except ExceptionGroup as failed:  # a caller need not know how many loaders there are
            raise failed.exceptions[0] from failed

    async def _load_batches(self, run: runs.Run, queue: Iterator[loading.Batch]) -> None:
        mapping = self.mapping
        rules = loading.LoadRules(
            source_key=mapping.source.key,
            source_name=mapping.source.name,
            number_prefix=mapping.orders.number_prefix,
            channel=mapping.channel,
            disposition=mapping.rules.disposition.value,
        )
        for batch in queue:
            async with runs.staging(self.engine, run) as connection:
                await loading.load_batch(connection, run, batch, rules)
            self.progress.advance(batch.line_count)

    async def _finish(self, run: runs.Run, done: ImportReport) -> ImportReport:
        self.progress.begin("Scoring customers", None)
        at = datetime.now(UTC)
        async with runs.staging(self.engine, run) as connection:
            await findings.store_rejects(connection, run.id, self._names(done.totals.lines["read"]))
            await parties.analyze(connection)
            await refresh_customer_scores(connection, at)
            await runs.complete_run(connection, run, done.as_json(), at)
        return done

    def _names(self, file_rows: int) -> dict[str, Any]:
        returns = self.files.returns
        return {
            "file_name": self.files.lines.name,
            "returns_name": returns.name if returns is not None else "",
            "file_rows": file_rows,
        }

    def _party_rules(self) -> parties.PartyRules:
        return parties.PartyRules(
            source_key=self.mapping.source.key,
            kind=self.mapping.customers.kind.value,
            display_name=self.mapping.customers.display_name,
        )


def _matched(group: list[matches.Candidate]) -> Iterator[tuple[int, int, int, int]]:
    sales = [Sale(it.line_no, it.at, it.unit_price_minor, it.quantity) for it in group if it.is_sale]
    taking = [Cancellation(it.line_no, it.at, it.unit_price_minor, it.quantity) for it in group if not it.is_sale]
    for found in match(sales, taking):
        yield found.cancellation_line_no, found.sale_line_no, found.quantity, found.unit_price_minor
