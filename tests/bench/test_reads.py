"""What the comparison of reads stands on: valid questions, rows that the store takes, equality, verdicts."""

import json
import os
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
from graphql import build_schema, parse, validate

from app.schema import schema
from bench import page, processes
from bench.reads import report
from bench.reads.database import fill
from bench.reads.equal import canonical
from bench.reads.load import Cell, Suspicious, Target, refuse_suspicious
from bench.reads.node import PEERS
from bench.reads.operations import NAMES, Operation, text
from bench.servers import Program, Server

QUESTIONS = (*NAMES, "cursors")


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_valid_for_junction_and_for_the_peer_with_its_contract(name: str) -> None:
    question = parse(text(name, "junction"))
    assert validate(build_schema(str(schema)), question) == []
    assert validate(build_schema((PEERS / "schema.graphql").read_text()), question) == []


async def test_the_store_takes_the_rows(migrated_database: str) -> None:
    connection = await asyncpg.connect(migrated_database)
    await fill(connection, 0.002)
    tables = ("customers", "orders", "order_lines", "shipments", "products", "inventory_positions")
    counts = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
    busiest = await connection.fetch("SELECT count(*) FROM orders GROUP BY customer_id ORDER BY 1 DESC LIMIT 9")
    await connection.close()
    assert counts == {
        "customers": 40,
        "orders": 200,
        "order_lines": 600,
        "shipments": 200,
        "products": 2000,
        "inventory_positions": 10_000,
    }
    assert [row["count"] for row in busiest] == [12] * 8 + [4]


def test_answers_of_different_notation_have_one_form() -> None:
    ours = {
        "orders": {
            "nodes": [
                {"currency": "EUR", "placedAt": "2024-01-02T03:04:05+00:00", "totals": {"total": {"amount": "12.50"}}},
                {"currency": "JPY", "placedAt": None, "lines": [{"total": {"amount": "12"}}]},
            ]
        }
    }
    theirs = {
        "orders": [
            {"currency": "EUR", "placedAt": "2024-01-02T03:04:05.000000+00:00", "total": "1250"},
            {"currency": "JPY", "placedAt": None, "lines": [{"total": "12"}]},
        ]
    }
    assert canonical(ours) == canonical(theirs)
    assert canonical(ours)["orders"][0]["total"] == Decimal(1250)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": None}, {"a": 1}),
        ({"currency": "EUR", "total": {"amount": "12.51"}}, {"currency": "EUR", "total": "1250"}),
        ({"placedAt": "2024-01-02T03:04:05+00:00"}, {"placedAt": "2024-01-02T03:04:05+01:00"}),
        ({"nodes": [1, 2]}, [2, 1]),
    ],
)
def test_different_answers_stay_different(one: object, other: object) -> None:
    assert canonical(one) != canonical(other)


AIMED = Target(Server(Program("junction", ()), 1, 1), Operation("A", ()), Path(), answer_bytes=8000)


def test_answers_of_the_right_size_count() -> None:
    refuse_suspicious(AIMED, {"requests": 10, "errors": 0, "bytes": 83_000})


@pytest.mark.parametrize(
    ("requests", "errors", "received", "reason"),
    [
        (10, 1, 83_000, "1 errors in 10 requests"),
        (0, 0, 0, "0 errors in 0 requests"),
        (10, 0, 2_000, "200 bytes an answer, where 8000 were expected"),
        (10, 0, 95_000, "9500 bytes an answer, where 8000 were expected"),
    ],
)
def test_a_server_that_fails_fast_does_not_count(requests: int, errors: int, received: int, reason: str) -> None:
    with pytest.raises(Suspicious, match=f"^junction on A: {reason}$"):
        refuse_suspicious(AIMED, {"requests": requests, "errors": errors, "bytes": received})


def cell(operation: str, server: str, connections: int, rps: float, rss_mb: float = 10) -> Cell:
    return Cell(server, operation, connections, 1000, rps, 1.0, 2.0, 0.5, 0.25, rss_mb)


def test_verdicts_are_on_medians() -> None:
    rounds = [cell("C", "junction", 32, rps, rss_mb=30) for rps in (1, 310, 9000)]
    peers = [
        cell("C", "postgraphile", 32, 100, rss_mb=120),
        cell("C", "mercurius", 32, 300, rss_mb=100),
        cell("C", "junction", 1, 9, rss_mb=20),
        cell("C", "mercurius", 1, 10),
    ]
    found = report.verdicts(report.medians([*rounds, *peers]))
    assert [(each.target, each.is_met, each.found) for each in found] == [
        ("C: at least 3 × postgraphile", True, "3.10 ×"),
        ("C: at least 1.3 × mercurius", False, "1.03 ×"),
        ("C: not slower than mercurius on one connection", False, "0.90 ×"),
        ("memory: at most 0.25 of postgraphile", True, "0.25: 30 of 120 MB"),
        ("memory: at most 0.25 of mercurius", False, "0.30: 30 of 100 MB"),
    ]


def test_the_file_of_results_holds_the_busy_cells(tmp_path: Path) -> None:
    file = tmp_path / "results" / "reads.json"
    report.write_json(report.medians([cell("A", "junction", 32, 5), cell("A", "junction", 1, 7)]), file)
    assert json.loads(file.read_text()) == {
        "A": {
            "junction": {
                "rps": 5,
                "p50_ms": 1.0,
                "p99_ms": 2.0,
                "server_cpu_ms": 0.5,
                "postgres_cpu_ms": 0.25,
                "rss_mb": 10,
            }
        }
    }


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = tmp_path / "RESULTS.md"
    monkeypatch.setattr(page, "RESULTS", results)
    page.write_section("reads", "## Reads\n\none")
    page.write_section("writes", "## Writes\n\ntwo")
    page.write_section("reads", r"## Reads\n three")
    body = results.read_text().removeprefix(page.HEAD)
    assert body == (
        "\n<!-- reads -->\n## Reads\\n three\n<!-- end of reads -->\n"
        "\n<!-- writes -->\n## Writes\n\ntwo\n<!-- end of writes -->\n"
    )


def test_the_tree_of_a_process_has_its_parents() -> None:
    assert processes.parent(os.getpid()) == os.getppid()
    assert os.getpid() in processes.tree(os.getppid())
