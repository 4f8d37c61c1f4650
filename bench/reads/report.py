"""From the cells of a run to medians, and from these to the table, the JSON file and the verdict on each target."""

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.page import Verdict, table
from bench.reads.load import Cell

JUNCTION, FLOOR = "junction", "floor"
PEERS = ("postgraphile", "mercurius")
FIGURES = ("rps", "p50_ms", "p99_ms", "server_cpu_ms", "postgres_cpu_ms", "rss_mb")
BUSY = 32
"""The number of connections that most targets are about."""
TIMES_FASTER = {"A": {"postgraphile": 4.0, "mercurius": 4.0}, "B": {"postgraphile": 4.0, "mercurius": 4.0}} | {
    "C": {"postgraphile": 3.0, "mercurius": 1.3},
    "D": {"mercurius": 4.0},
}
TIMES_SLOWER_THAN_FLOOR = {"A": 1.4, "B": 1.4}
PART_OF_MEMORY = 0.25

Medians = dict[tuple[str, str, int], dict[str, float]]
"""By operation, server and connections; of each figure."""


def medians(cells: Iterable[Cell]) -> Medians:
    groups: dict[tuple[str, str, int], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.operation, cell.server, cell.connections), []).append(cell)
    return {
        key: {name: statistics.median(getattr(cell, name) for cell in group) for name in FIGURES}
        for key, group in sorted(groups.items())
    }


def write_json(found: Medians, file: Path) -> None:
    """The busy cells: {"A": {"junction": {"rps": …}}}."""
    by_operation: dict[str, dict[str, dict[str, float]]] = {}
    for (operation, server, connections), figures in found.items():
        if connections == BUSY:
            rounded = {name: round(value, 4) for name, value in figures.items()}
            by_operation.setdefault(operation, {})[server] = rounded
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(by_operation, indent=2) + "\n")


def verdicts(found: Medians) -> list[Verdict]:
    return [*_against_peers(found), *_against_floor(found), *_alone(found), *_in_memory(found)]


def _against_peers(found: Medians) -> Iterator[Verdict]:
    for operation, peers in TIMES_FASTER.items():
        for peer, times in peers.items():
            ratio = _ratio(found, operation, JUNCTION, peer, BUSY)
            if ratio is not None:
                yield Verdict(f"{operation}: at least {times:g} × {peer}", ratio >= times, f"{ratio:.2f} ×")


def _against_floor(found: Medians) -> Iterator[Verdict]:
    for operation, times in TIMES_SLOWER_THAN_FLOOR.items():
        ratio = _ratio(found, operation, FLOOR, JUNCTION, BUSY)
        if ratio is not None:
            yield Verdict(f"{operation}: the floor is at most {times:g} × as fast", ratio <= times, f"{ratio:.2f} ×")


def _alone(found: Medians) -> Iterator[Verdict]:
    for operation in TIMES_FASTER:
        for peer in PEERS:
            ratio = _ratio(found, operation, JUNCTION, peer, 1)
            if ratio is not None:
                target = f"{operation}: not slower than {peer} on one connection"
                yield Verdict(target, ratio >= 1, f"{ratio:.2f} ×")


def _in_memory(found: Medians) -> Iterator[Verdict]:
    ours = _peak_mb(found, JUNCTION)
    for peer in PEERS:
        theirs = _peak_mb(found, peer)
        if ours and theirs:
            part = ours / theirs
            target = f"memory: at most {PART_OF_MEMORY:g} of {peer}"
            yield Verdict(target, part <= PART_OF_MEMORY, f"{part:.2f}: {ours:.0f} of {theirs:.0f} MB")


def _ratio(found: Medians, operation: str, server: str, other: str, connections: int) -> float | None:
    """How many times as many requests a second."""
    try:
        return found[operation, server, connections]["rps"] / found[operation, other, connections]["rps"]
    except KeyError:
        return None  # not measured in this run


def _peak_mb(found: Medians, server: str) -> float:
    return max((figures["rss_mb"] for (_, name, _), figures in found.items() if name == server), default=0)


def page(found: Medians, about: Sequence[str]) -> str:
    """The section of RESULTS.md; `about` are sentences on the run."""
    lines = ["## Reads", "", *(f"- {each}" for each in about), ""]
    lines += table(verdicts(found))
    head = "connections | server | requests/s | p50 ms | p99 ms | server CPU ms | Postgres CPU ms | peak MB"
    for operation in dict.fromkeys(key[0] for key in found):
        lines += ["", f"### {operation}", "", f"| {head} |", "| ---: | --- |" + " ---: |" * 6]
        rows = sorted((key[2], -figures["rps"], key[1]) for key, figures in found.items() if key[0] == operation)
        for connections, _, server in rows:
            figures = found[operation, server, connections]
            lines.append(f"| {connections} | {server} | {_printed(figures)} |")
    return "\n".join(lines)


def _printed(figures: dict[str, float]) -> str:
    digits = {"rps": 0, "p50_ms": 2, "p99_ms": 1, "server_cpu_ms": 3, "postgres_cpu_ms": 3, "rss_mb": 0}
    return " | ".join(f"{figures[name]:,.{places}f}" for name, places in digits.items())
