"""bench/RESULTS.md: a section for each benchmark, replaced when that one has run again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = "# Results\n\nWritten by the benchmarks themselves; README.md says how to run them.\n"


@dataclass(frozen=True, slots=True)
class Verdict:
    target: str
    is_met: bool
    found: str

    def __str__(self) -> str:
        return f"{'met   ' if self.is_met else 'MISSED'}  {self.target}: {self.found}"


def table(verdicts: Iterable[Verdict]) -> list[str]:
    rows = (f"| {each.target} | {'met' if each.is_met else '**missed**'} | {each.found} |" for each in verdicts)
    return ["| target | | found |", "| --- | --- | --- |", *rows]


def write_section(name: str, text: str) -> None:
    """`text` begins with a heading of the second level."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    section = f"{begin}{text.strip()}\n{end}"
    page = RESULTS.read_text() if RESULTS.exists() else HEAD
    if begin in page:
        page = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: section, page, flags=re.DOTALL)
    else:
        page += f"\n{section}"
    RESULTS.write_text(page)
