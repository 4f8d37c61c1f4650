"""From the cells of a run to medians, and from these to the table, the JSON file and the verdict on each target."""

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.customer_page.comparison import ALL, OF_VENDOR, WELL, Cell
from bench.page import Verdict, table

FIGURES = ("p50_ms", "p99_ms", "max_ms", "server_cpu_ms")
SOURCE_TIMEOUT_MS = 2_000
"""How long Junction waits for a source unless it is told otherwise."""
OWN_WORK_MS = 500
"""What the page may take beside waiting, on cores that it shares with all vendors."""


@dataclass(frozen=True, slots=True)
class Found:
    figures: Mapping[str, float]
    outcomes: Mapping[str, int]
    """Pages, over all rounds."""


def found_in(cells: Iterable[Cell]) -> dict[str, Found]:
    """By case, in the order of the run."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.case, []).append(cell)
    return {case: _found(group) for case, group in groups.items()}


def _found(group: Sequence[Cell]) -> Found:
    outcomes: dict[str, int] = {}
    for each in group:
        for outcome, count in each.measured.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    return Found({name: statistics.median(getattr(each, name) for each in group) for name in FIGURES}, outcomes)


def write_json(found: Mapping[str, Found], file: Path) -> None:
    written = {
        case: {name: round(figure, 3) for name, figure in each.figures.items()} | {"outcomes": dict(each.outcomes)}
        for case, each in found.items()
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(written, indent=2) + "\n")


def verdicts(found: Mapping[str, Found]) -> Iterator[Verdict]:
    """Only on cases that were measured."""
    well = found.get(WELL)
    if well is None:
        return
    for case in (*(f"{vendor} dead" for vendor in OF_VENDOR), f"{ALL} dead"):
        if case in found:
            p50_ms = found[case].figures["p50_ms"]
            target = f"{case}: half of the pages take no longer than when all is well, within a fifth"
            yield Verdict(target, p50_ms <= well.figures["p50_ms"] * 1.2, f"{p50_ms:.1f} ms")
    for case, each in found.items():
        slowest_ms = each.figures["max_ms"]
        most_ms = SOURCE_TIMEOUT_MS + OWN_WORK_MS
        yield Verdict(
            f"{case}: no page takes longer than {most_ms:,} ms", slowest_ms <= most_ms, f"{slowest_ms:.0f} ms"
        )


def page(found: Mapping[str, Found], about: Sequence[str]) -> str:
    """The section of RESULTS.md; `about` are sentences on the run."""
    lines = ["## Customer page", "", *(f"- {each}" for each in about), "", *table(verdicts(found)), ""]
    lines += ["| | p50 ms | p99 ms | slowest ms | server CPU ms | pages |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    for case, each in found.items():
        figures = " | ".join(f"{each.figures[name]:,.1f}" for name in FIGURES)
        pages = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(each.outcomes.items()))
        lines.append(f"| {case} | {figures} | {pages} |")
    return "\n".join(lines)
