"""How Junction's time grows: with the page it should grow no faster than the page, with the tables not at all."""

from pathlib import Path

from bench.reads.comparison import Bench
from bench.reads.database import filled_database
from bench.reads.load import Cell
from bench.reads.operations import PAGE_SIZE

PAGES = (25, 50, 100)
SCALES = (1, 10)
OPERATIONS = ("A", "B", "C")


def growth(folder: Path, duration_s: int) -> str:
    """The section of RESULTS.md."""
    rows: list[tuple[int, int, Cell]] = []
    for scale in SCALES:
        with filled_database(folder, scale) as url:
            bench = Bench(folder, url, duration_s, scale)
            if scale == 1:
                for page in PAGES:
                    rows += [(scale, page, cell) for cell in bench.measure_one("junction", ["B"], [1], page_size=page)]
            rows += [(scale, PAGE_SIZE, cell) for cell in bench.measure_one("junction", OPERATIONS, [1])]
    return _page(rows, duration_s)


def _page(rows: list[tuple[int, int, Cell]], duration_s: int) -> str:
    lines = [
        "## Growth",
        "",
        f"Junction alone, one connection, {duration_s} s a cell. Twice the page should take at most twice the time;",
        "ten times the customers, orders and lines the same time.",
        "",
        "| operation | page of B | tables | p50 ms | p99 ms | server CPU ms | Postgres CPU ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for scale, page, cell in rows:
        shown = page if cell.operation == "B" else ""
        figures = f"{cell.p50_ms:.2f} | {cell.p99_ms:.1f} | {cell.server_cpu_ms:.3f} | {cell.postgres_cpu_ms:.3f}"
        lines.append(f"| {cell.operation} | {shown} | ×{scale} | {figures} |")
    return "\n".join(lines)
