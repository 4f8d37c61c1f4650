"""Each dangerous act has one place. Where a test here fails, move the act there; do not widen the test."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source_tree import APP, ROOT, called_methods, imported_modules, relative, source_files

HTTP_CLIENTS = {"aiohttp", "http.client", "httpx", "httpx2", "requests", "urllib.request", "urllib3"}


def test_other_systems_are_called_by_the_transport_alone() -> None:
    """It carries deadline, retries, breaker and redaction; a call beside it has none of them.

    The command line is free to speak to its own running server.
    """
    callers = {relative(path) for path in source_files(APP) if HTTP_CLIENTS & set(imported_modules(path))}
    assert {path for path in callers if not path.startswith("app/cli/")} <= {"app/connectors/transport.py"}


def test_transactions_are_committed_by_stores_and_workflows_alone() -> None:
    """What commits decides what belongs together; further up or down nobody can know."""
    committing = {relative(path) for path in source_files(APP) if "commit" in set(called_methods(path))}
    assert {path for path in committing if not path.startswith(("app/stores/", "app/workflows/"))} == set()


@pytest.fixture(scope="module")
def tracked_files() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are tracked is not known")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_locks_name_no_address(tracked_files: list[Path]) -> None:
    """Where packages come from is the machine's affair; what they are is settled by version and checksum."""
    option = re.compile(r"://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b", re.MULTILINE)
    requirements = [path for path in tracked_files if path.parent.name == "requirements"]
    assert {"dev.txt", "node.txt", "runtime.txt"} <= {path.name for path in requirements}
    assert [path.name for path in requirements if option.search(path.read_text())] == []
    assert '"resolved"' not in (ROOT / "graphiql" / "package-lock.json").read_text()


def test_no_tracked_file_names_a_folder_of_one_machine(tracked_files: list[Path]) -> None:
    personal = re.compile(rf"{re.escape(str(ROOT.parent))}/|(?<![\w.])/(home|Users)/\w")
    assert [relative(path) for path in tracked_files if personal.search(path.read_text(errors="replace"))] == []
