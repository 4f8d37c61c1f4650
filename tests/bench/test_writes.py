"""What the benchmark of writes stands on: valid questions, rows that the store takes, what counts, and the verdicts."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import build_schema, parse, validate

from app.schema import schema
from app.settings import Settings
from app.stores.doctor import Verdict, examine
from app.stores.engine import create_engine
from app.wiring import running_application
from bench.writes import lifecycle, orders, recording, report
from bench.writes.comparison import Cell
from bench.writes.database import fill
from bench.writes.floor import placing
from bench.writes.load import Measured, Suspicious, body_of, refuse_suspicious
from bench.writes.recording import Different, masked, statements_of
from bench.writes.statements import statements_in


@pytest.mark.parametrize("text", [orders.PLACE, *lifecycle.TEXTS])
def test_every_question_is_valid(text: str) -> None:
    assert validate(build_schema(str(schema)), parse(text)) == []


async def test_the_store_takes_the_rows_and_they_add_up(migrated_database: str) -> None:
    connection = await asyncpg.connect(migrated_database)
    await fill(connection)
    counts = {
        table: await connection.fetchval(f"SELECT count(*) FROM {table}")
        for table in ("locations", "products", "inventory_positions", "inventory_movements", "customers")
    }
    last = await connection.fetchval(
        "SELECT sum(on_hand) FROM inventory_positions JOIN products ON products.id = product_id WHERE sku = 'LAST'"
    )
    await connection.close()
    engine = create_engine(migrated_database)
    findings = await examine(engine)
    await engine.dispose()
    assert counts == {
        "locations": 2,
        "products": orders.SKUS + 2,
        "inventory_positions": 2 * (orders.SKUS + 2),
        "inventory_movements": 2 * (orders.SKUS + 2),
        "customers": orders.CUSTOMERS,
    }
    assert last == 50
    assert [each for each in findings if each.verdict is not Verdict.OK] == []


def test_an_order_has_three_lines_of_different_products() -> None:
    draw = random.Random(3)  # noqa: S311
    for _ in range(100):
        spread, hot = orders.spread(draw), orders.hot(draw)
        assert len(set(spread)) == len(set(hot)) == 3
        assert all("SKU-0001" <= sku <= "SKU-1000" for sku in spread)
        assert hot[0] == "HOT"


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ({"order": {"number": "7", "status": "CONFIRMED"}, "userErrors": []}, "CONFIRMED"),
        ({"order": {"number": "7", "status": "ON_HOLD"}, "userErrors": []}, "ON_HOLD"),
        ({"order": {"number": None, "status": "CONFIRMED"}, "userErrors": []}, "no number"),
        ({"order": None, "userErrors": [{"code": "INSUFFICIENT_STOCK", "message": "…"}]}, "INSUFFICIENT_STOCK"),
    ],
)
def test_an_answer_is_read(payload: Mapping[str, Any], outcome: str) -> None:
    assert orders.placed(orjson.dumps({"data": {"orderPlace": payload}})) == outcome


@pytest.mark.parametrize("answer", ['{"errors":[{"message":"no"}]}', "no JSON", '{"data":null}'])
def test_an_answer_that_is_none_is_quoted(answer: str) -> None:
    assert orders.placed(answer.encode()) == answer


def test_an_answer_ends_with_its_last_byte() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{  }"
    assert [body_of(whole[:n]) for n in range(len(whole))] == [None] * len(whole)
    assert body_of(whole) == b"{  }"


def measured(*latencies_ms: float, outcomes: Mapping[str, int] | None = None) -> Measured:
    return Measured(2.0, sorted(latencies_ms), dict(outcomes or {}), 0.1)


def test_percentiles_are_latencies_that_occurred() -> None:
    found = measured(*range(1, 201))
    assert (found.percentile_ms(50), found.percentile_ms(99), found.rate) == (100, 198, 100)
    assert measured(7).percentile_ms(99) == 7


@pytest.mark.parametrize("outcomes", [{"CONFIRMED": 99, "ON_HOLD": 1}, {"INVALID": 100}, {}])
def test_a_server_that_fails_fast_does_not_count(outcomes: Mapping[str, int]) -> None:
    refuse_suspicious("junction, spread", measured(1, outcomes={"CONFIRMED": 100}), "CONFIRMED")
    with pytest.raises(Suspicious, match=r"^junction, spread: .*, where all should be CONFIRMED$"):
        refuse_suspicious("junction, spread", measured(1, outcomes=outcomes), "CONFIRMED")


async def test_the_floor_leaves_the_rows_that_junction_leaves(migrated_database: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(migrated_database)
    await fill(connection)
    await connection.close()
    settings = Settings(data_dir=tmp_path, worker=False)
    async with running_application(settings, migrated_database, (), migrates=False) as application:
        junction = recording.sending(application.http)
        statements = await recording.recorded(junction)
        async with placing(statements, migrated_database, 2) as place:
            await recording.check_equal(migrated_database, junction, recording.sending(place))
            with pytest.raises(Different, match=r"^no order came of b'\{\}'$"):
                await recording.check_equal(migrated_database, _silent, recording.sending(place))


async def _silent(_: bytes) -> bytes:
    return b"{}"


def test_rows_of_two_orders_are_compared_without_what_is_their_own() -> None:
    one = {
        "id": "01a206ad-b644-7ac2-a761-56ec75d84e4e",
        "number": "1001",
        "at": "2026-11-23T04:32:57.410999+00:00",
        "job": "order.route:01a206ad-b644-7ac2-a761-56ec75d84e4e",
        "lines": [{"sku": "A", "ordered": 1}, {"sku": "B", "ordered": 2}],
    }
    other = {
        "id": "01a206ad-b645-7198-b1e4-31f1c4140542",
        "number": "1002",
        "at": "2026-11-23T04:33:01+00:00",
        "job": "order.route:01a206ad-b645-7198-b1e4-31f1c4140542",
        "lines": [{"sku": "B", "ordered": 2}, {"sku": "A", "ordered": 1}],
    }
    assert masked(one) == masked(other)
    changes: list[dict[str, Any]] = [{"job": "order.hold:1"}, {"lines": []}, {"status": None}]
    for changed in changes:
        assert masked(one) != masked(other | changed)


def test_statements_that_the_floor_does_not_know_end_the_run() -> None:
    names = [f"SELECT {n}" for n in range(9)]
    assert statements_of([*names[:8], "SELECT pg_notify($1, $2)", names[8]]).read == "SELECT 8"
    with pytest.raises(Different, match=r"^Junction sends 10 statements for an order, the floor 9$"):
        statements_of([*names, "SELECT 9"])


def test_statements_are_counted_with_begin_and_commit() -> None:
    log = (
        "2026-11-23 04:43:00.000 UTC [7] LOG:  statement: BEGIN;\n"
        "2026-11-23 04:43:00.001 UTC [7] LOG:  execute __asyncpg_stmt_1__: SELECT sku\n\t  FROM products\n"
        "2026-11-23 04:43:00.001 UTC [7] DETAIL:  Parameters: $1 = 'execute one: two'\n"
        "2026-11-23 04:43:00.002 UTC [7] LOG:  statement: COMMIT;\n"
        "2026-11-23 04:43:00.003 UTC [7] LOG:  duration: 1.2 ms\n"
    )
    assert statements_in(log) == ["BEGIN;", "SELECT sku", "COMMIT;"]


def cell(kind: str, server: str, connections: int, rate: float, processes: int = 1) -> Cell:
    return Cell(kind, server, processes, connections, rate, 1.0, 2.0, 3.0, 4.0, 0.25)


def found(rate: float = 200, *, floor: float = 300, statements: float = 12.04, last_units: int = 50) -> report.Found:
    rounds = [cell("spread", "junction", 32, each) for each in (1, rate, 9000)]
    others = [cell("spread", "floor", 32, floor), cell("hot", "junction", 1, 50), cell("lifecycle", "junction", 8, 9)]
    counts = {"spread": statements, "lifecycle": 100.0}
    return report.Found(report.medians([*rounds, *others]), counts, last_units)


def test_verdicts_are_on_medians() -> None:
    assert [(each.target, each.is_met, each.found) for each in report.verdicts(found())] == [
        ("at least 15 × Vendure's rate, 190.5 orders a second, of one process", True, "200.0, 15.7 ×"),
        ("at most 20 statements an order", True, "12.0"),
        ("200 buyers at once, 50 units: 50 get one", True, "50"),
        ("spread, 32 connections: at least 60% of the floor's rate", True, "67%"),
    ]


def test_targets_can_be_missed() -> None:
    missed = found(190, floor=400, statements=20.1, last_units=51)
    assert [(each.is_met, each.found) for each in report.verdicts(missed)] == [
        (False, "190.0, 15.0 ×"),
        (False, "20.1"),
        (False, "51"),
        (False, "48%"),
    ]


def test_the_file_of_results_holds_every_cell(tmp_path: Path) -> None:
    file = tmp_path / "results" / "writes.json"
    report.write_json(found(), file)
    written = json.loads(file.read_text())
    assert written["cells"][0] == {
        "kind": "spread",
        "server": "junction",
        "processes": 1,
        "connections": 32,
        "rate": 200,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "server_cpu_ms": 3.0,
        "postgres_cpu_ms": 4.0,
        "load_cpu_ms": 0.25,
    }
    assert len(written["cells"]) == 4
    assert written["statements"] == {"order": 12.04, "lifecycle": 100.0}
    assert written["last_units"] == {"buyers": 200, "units": 50, "got_one": 50}
    assert [peer["name"] for peer in written["peers"]] == ["Vendure 3.7", "Saleor 3.24"]


def test_the_page_has_a_table_of_each_kind() -> None:
    page = report.page(found(), ["Two cores."])
    rows = [line for line in page.splitlines() if line.startswith("| 1 |")]
    assert rows == [
        "| 1 | 32 | floor | 300.0 | 1.00 | 2.0 | 3.00 | 4.00 | 0.25 |",
        "| 1 | 32 | junction | 200.0 | 1.00 | 2.0 | 3.00 | 4.00 | 0.25 |",
        "| 1 | 1 | junction | 50.0 | 1.00 | 2.0 | 3.00 | 4.00 | 0.25 |",
        "| 1 | 8 | junction | 9.0 | 1.00 | 2.0 | 3.00 | 4.00 | 0.25 |",
    ]
