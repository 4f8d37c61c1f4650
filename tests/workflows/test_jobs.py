"""The table of jobs, as operators read it."""

import re

from app.workflows.job_kind import ATTEMPTS_MAX, RETRY_S_MAX, TIMEOUT_S
from app.workflows.jobs import JOBS
from tests.architecture.source_tree import ROOT

TEXT = (ROOT / "docs" / "jobs.md").read_text()


def test_the_documentation_has_every_job_and_its_schedule() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (?:every ([\d,]+) s)?", TEXT, re.MULTILINE)
    documented = {name: int(every_s.replace(",", "")) if every_s else None for name, every_s in rows}
    assert documented == {name: kind.every_s for name, kind in JOBS.items()}


def test_the_documentation_has_the_bounds_of_retries() -> None:
    assert f"at most {RETRY_S_MAX:g} seconds" in TEXT
    assert f"{ATTEMPTS_MAX} times" in TEXT
    assert f"One attempt may take {TIMEOUT_S:g} s" in TEXT
