"""A killed import goes on where it stopped; a complete one adds nothing a second time."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping
from app.workflows.order_import.report import ImportReport
from tests.order_import.files import data_set, write_rows
from tests.order_import.online_retail import sample
from tests.order_import.store import broken_laws, counts, staging_schemas, value


@pytest.fixture(scope="module")
def some_of_online_retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = sample(data_set("online_retail"), first_lines=4_000)
    return write_rows(tmp_path_factory.mktemp("retail") / "retail.csv", rows)


@pytest.mark.parametrize(
    ("step", "times", "orders_loaded"),
    [("Reading", 1, 0), ("Judging", 0, 0), ("Importing", 0, 0), ("Importing", 3, 72), ("Scoring customers", 0, 204)],
)
async def test_after_a_kill_the_import_goes_on(
    engine: AsyncEngine, migrated_database: str, some_of_online_retail: Path, step: str, times: int, orders_loaded: int
) -> None:
    file = some_of_online_retail
    command = [sys.executable, "-m", "tests.order_import.killed_import", migrated_database, str(file), "online_retail"]
    killed = await asyncio.create_subprocess_exec(*command, step, str(times))
    assert await killed.wait() == -signal.SIGKILL
    assert await value(engine, "SELECT count(*) FROM orders") == orders_loaded

    resumed = await import_orders(engine, file, load_mapping("online_retail"))

    assert resumed.resumed
    assert await broken_laws(engine) == []
    assert await staging_schemas(engine) == []
    assert await value(engine, "SELECT count(*) FROM import_runs") == 1
    assert (await counts(engine))["orders"] == 204
    assert await value(engine, "SELECT count(*) FROM events") == 204
    assert said(resumed) == SAID
    again = await import_orders(engine, file, load_mapping("online_retail"))
    assert again.totals.lines["imported"] == 0


async def test_a_killed_import_that_another_overtook_starts_over(
    engine: AsyncEngine, migrated_database: str, some_of_online_retail: Path, tmp_path: Path
) -> None:
    file, mapping = some_of_online_retail, load_mapping("online_retail")
    command = [sys.executable, "-m", "tests.order_import.killed_import", migrated_database, str(file), "online_retail"]
    killed = await asyncio.create_subprocess_exec(*command, "Importing", "3")
    assert await killed.wait() == -signal.SIGKILL
    assert await value(engine, "SELECT count(*) FROM orders") == 72
    other = write_rows(tmp_path / "other.csv", sample(data_set("online_retail"), first_lines=2_500))
    overtaking = await import_orders(engine, other, mapping)

    report = await import_orders(engine, file, mapping)

    assert not report.resumed
    assert await value(engine, "SELECT count(*) FROM orders") == 204
    assert await value(engine, "SELECT count(*) FROM import_runs WHERE phase = 'COMPLETE'") == 2
    assert 72 + overtaking.stored["orders"] + report.stored["orders"] == 204
    assert report.totals.lines["merged_by_reason"]["already_imported"] > overtaking.totals.lines["imported"]
    assert await broken_laws(engine) == []
    assert await staging_schemas(engine) == []


async def test_a_second_run_adds_nothing_and_says_so(engine: AsyncEngine, some_of_online_retail: Path) -> None:
    mapping = load_mapping("online_retail")
    first = await import_orders(engine, some_of_online_retail, mapping)
    stored = await counts(engine)

    second = await import_orders(engine, some_of_online_retail, mapping)

    assert await counts(engine) == stored
    assert not second.resumed
    assert second.stored == dict.fromkeys(first.stored, 0)
    assert second.totals.lines["read"] == first.totals.lines["read"]
    assert second.totals.lines["rejected_by_reason"] == first.totals.lines["rejected_by_reason"]
    assert second.totals.lines["merged_by_reason"] == {
        **first.totals.lines["merged_by_reason"],
        "already_imported": first.totals.lines["imported"],
    }
    assert second.totals.lines["imported"] == 0
    assert (
        second.totals.amounts["GBP"]["merged_by_reason"]["already_imported"]
        == (first.totals.amounts["GBP"]["imported"])
    )
    assert await staging_schemas(engine) == []


async def test_a_dry_run_says_the_same_and_writes_nothing(engine: AsyncEngine, some_of_online_retail: Path) -> None:
    mapping = load_mapping("online_retail")

    planned = await import_orders(engine, some_of_online_retail, mapping, dry_run=True)

    assert planned.dry_run
    assert set((await counts(engine)).values()) == {0}
    assert await value(engine, "SELECT count(*) FROM sources") == 0
    assert await value(engine, "SELECT count(*) FROM import_runs") == 0
    assert await staging_schemas(engine) == []
    assert said(planned) == said(await import_orders(engine, some_of_online_retail, mapping)) == SAID


def said(report: ImportReport) -> tuple[object, ...]:
    return report.totals.lines["read"], report.totals.lines["imported"], report.stored


SAID = (
    4097,
    3997,
    {"orders": 204, "order_lines": 3985, "customers": 139, "products": 1468, "returns": 4, "cancellations": 4},
)
