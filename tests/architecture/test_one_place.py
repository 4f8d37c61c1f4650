"""Each dangerous act has one place. Where a test here fails, move the act there; do not widen the test."""

import ast
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


def test_states_move_by_the_tables_of_the_lifecycles_alone() -> None:
    """A state that is assigned is what a table says (or, of a parcel, what its reports say): nothing skips a guard."""
    found = {
        f"{relative(path)}: {ast.unparse(node)}"
        for path in source_files(APP)
        if path.is_relative_to(APP / "domain") or path.is_relative_to(APP / "workflows")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Attribute) and target.attr == "status" for target in node.targets)
        and not re.match(r"[A-Z]+_LIFECYCLE\.move\(|shipment_status\(", ast.unparse(node.value))
    }
    # The first is what a move answered, a line above; the second tells the order of its return.
    assert found == {
        "app/domain/order_summary.py: self.status = status",
        "app/domain/loaded_return.py: known.status = self.status",
    }


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
