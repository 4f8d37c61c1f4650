"""How Junction's time grows: with the page it should grow no faster than the page, with the tables not at all."""

import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from bench.reads.comparison import Bench
from bench.reads.database import filled_database
from bench.reads.load import Cell
from bench.reads.operations import PAGE_SIZE

PAGES = (25, 50, 100)
SCALES = (1, 10)
OPERATIONS = ("A", "B", "C")
SAME_TIME_MAX = 1.2
"""What still counts as the same time, on a machine that is never quite alone."""

Setting = tuple[str, int, int]
"""Operation, page size and scale."""
Cells = dict[Setting, list[Cell]]


def growth(folder: Path, rounds: int, duration_s: int) -> str:
    """The section of RESULTS.md."""
    cells: Cells = {}
    for scale in SCALES:
        settings = [(name, PAGE_SIZE, scale) for name in OPERATIONS]
        if scale == 1:
            settings += [("B", page, scale) for page in PAGES if page != PAGE_SIZE]
        with filled_database(folder, scale) as url:
            bench = Bench(folder, url, duration_s, scale)
            for setting in settings * rounds:
                name, page, _ = setting
                cells.setdefault(setting, []).extend(bench.measure_one("junction", [name], [1], page_size=page))
    return "\n".join(_page(cells, rounds, duration_s))


def _page(cells: Cells, rounds: int, duration_s: int) -> Iterator[str]:
    yield f"## Growth\n\nJunction alone, one connection, {rounds} × {duration_s} s a cell, medians.\n"
    yield from ("| target | | found |", "| --- | --- | --- |")
    for small, large in pairwise(PAGES):
        yield _verdict(cells, ("B", small, 1), ("B", large, 1), f"B: {large} rows a page for {small}", 2)
    for name in OPERATIONS:
        yield _verdict(
            cells, (name, PAGE_SIZE, 1), (name, PAGE_SIZE, SCALES[-1]), f"{name}: tables ×{SCALES[-1]}", SAME_TIME_MAX
        )
    yield "\n| operation | page of B | tables | p50 ms | p99 ms | server CPU ms | Postgres CPU ms |"
    yield "| --- | ---: | ---: |" + " ---: |" * 4
    for setting in sorted(cells):
        name, page, scale = setting
        figures = (_median(cells[setting], each) for each in ("p50_ms", "p99_ms", "server_cpu_ms", "postgres_cpu_ms"))
        printed = " | ".join(f"{figure:.3f}" for figure in figures)
        yield f"| {name} | {page if name == 'B' else ''} | ×{scale} | {printed} |"


def _verdict(cells: Cells, before: Setting, after: Setting, change: str, times_max: float) -> str:
    times = _median(cells[after], "p50_ms") / _median(cells[before], "p50_ms")
    verdict = "met" if times <= times_max else "**missed**"
    return f"| {change}: at most {times_max:g} × the time | {verdict} | {times:.2f} × |"


def _median(cells: list[Cell], figure: str) -> float:
    return float(statistics.median(getattr(each, figure) for each in cells))
