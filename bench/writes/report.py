"""From the cells of a run to medians, and from these to the tables, the JSON file and the verdict on each target."""

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.page import Verdict, table
from bench.writes.comparison import BUSY, BUYERS, FLOOR, JUNCTION, UNITS, Cell
from bench.writes.load import LIFECYCLE

FIGURES = ("rate", "p50_ms", "p99_ms", "server_cpu_ms", "postgres_cpu_ms", "load_cpu_ms")
TIMES_VENDURE = 15
PART_OF_FLOOR = 0.6
STATEMENTS_MAX = 20
TITLES = {
    "spread": "Orders, spread over 1,000 SKUs",
    "hot": "Orders, all with one SKU among their lines",
    LIFECYCLE: "Lifecycles, from placing to delivery",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """Measured by us on two cores like these, orders of three lines through its own API."""

    name: str
    rate: str
    statements: int


VENDURE_RATE = 12.7
PEERS = (Peer("Vendure 3.7", f"{VENDURE_RATE}", 291), Peer("Saleor 3.24", "2 to 3", 420))

Setting = tuple[str, str, int, int]
"""Kind, server, processes and connections."""
Medians = Mapping[Setting, Mapping[str, float]]
"""Of each figure."""


@dataclass(frozen=True, slots=True)
class Found:
    medians: Medians
    statements: Mapping[str, float]
    """By kind."""
    last_units: int
    """Buyers who got one of the last units."""


def medians(cells: Iterable[Cell]) -> Medians:
    groups: dict[Setting, list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.kind, cell.server, cell.processes, cell.connections), []).append(cell)
    return {
        setting: {name: statistics.median(getattr(cell, name) for cell in group) for name in FIGURES}
        for setting, group in groups.items()
    }


def write_json(found: Found, file: Path) -> None:
    cells = [
        {"kind": kind, "server": server, "processes": processes, "connections": connections}
        | {name: round(figure, 4) for name, figure in figures.items()}
        for (kind, server, processes, connections), figures in found.medians.items()
    ]
    written: dict[str, Any] = {
        "cells": cells,
        "statements": {"order": found.statements["spread"], "lifecycle": found.statements[LIFECYCLE]},
        "last_units": {"buyers": BUYERS, "units": UNITS, "got_one": found.last_units},
        "peers": [{"name": peer.name, "orders_per_s": peer.rate, "statements": peer.statements} for peer in PEERS],
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(written, indent=2) + "\n")


def verdicts(found: Found) -> Iterator[Verdict]:
    ours = found.medians.get(("spread", JUNCTION, 1, BUSY))
    if ours is not None:
        wanted = TIMES_VENDURE * VENDURE_RATE
        times = ours["rate"] / VENDURE_RATE
        target = f"at least {TIMES_VENDURE} × Vendure's rate, {wanted:.1f} orders a second, of one process"
        yield Verdict(target, ours["rate"] >= wanted, f"{ours['rate']:.1f}, {times:.1f} ×")
    count = found.statements["spread"]
    yield Verdict(f"at most {STATEMENTS_MAX} statements an order", count <= STATEMENTS_MAX, f"{count:.1f}")
    got = found.last_units
    yield Verdict(f"{BUYERS} buyers at once, {UNITS} units: {UNITS} get one", got == UNITS, str(got))
    for (kind, server, processes, connections), figures in found.medians.items():
        floor = found.medians.get((kind, FLOOR, processes, connections))
        if server == JUNCTION and floor is not None:
            part = figures["rate"] / floor["rate"]
            target = f"{kind}, {_places(processes, connections)}: at least {PART_OF_FLOOR:.0%} of the floor's rate"
            yield Verdict(target, part >= PART_OF_FLOOR, f"{part:.0%}")


def page(found: Found, about: Sequence[str]) -> str:
    """The section of RESULTS.md; `about` are sentences on the run."""
    lines = ["## Writes", "", *(f"- {each}" for each in about), "", *table(verdicts(found))]
    lines += ["", "CPU in ms of each order or lifecycle; of all processes of a server."]
    head = "processes | connections | server | a second | p50 ms | p99 ms | server CPU | Postgres CPU | load CPU"
    for kind, title in TITLES.items():
        lines += ["", f"### {title}", "", f"| {head} |", "| ---: | ---: | --- |" + " ---: |" * 6]
        for _, server, processes, connections in sorted(each for each in found.medians if each[0] == kind):
            figures = found.medians[kind, server, processes, connections]
            lines.append(f"| {processes} | {connections} | {server} | {_printed(figures)} |")
    lines += ["", "### Statements", "", "| | statements | orders a second |", "| --- | ---: | ---: |"]
    ours = found.medians.get(("spread", JUNCTION, 1, BUSY))
    rate = "" if ours is None else f"{ours['rate']:.0f}"
    lines.append(f"| Junction, an order | {found.statements['spread']:.1f} | {rate} |")
    lines += [f"| {peer.name}, an order | {peer.statements} | {peer.rate} |" for peer in PEERS]
    lines.append(f"| Junction, a lifecycle | {found.statements[LIFECYCLE]:.1f} | |")
    return "\n".join(lines)


def _places(processes: int, connections: int) -> str:
    to = f" to {processes} processes" if processes > 1 else ""
    return f"{connections} connection{'s' * (connections > 1)}{to}"


def _printed(figures: Mapping[str, float]) -> str:
    digits = {"rate": 1, "p50_ms": 2, "p99_ms": 1, "server_cpu_ms": 2, "postgres_cpu_ms": 2, "load_cpu_ms": 2}
    return " | ".join(f"{figures[name]:,.{places}f}" for name, places in digits.items())
