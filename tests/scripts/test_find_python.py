"""Which Python the environment is made with, and what a person reads when there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "find-python"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The only folder on PATH."""
    return tmp_path


def command(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def works(folder: Path, name: str) -> None:
    command(folder, name, f'"{sys.executable}" "$@" >/dev/null && echo {name}')


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", SCRIPT], env={"PATH": str(path), **environment}, capture_output=True, text=True, check=False
    )


def test_the_newest_wins(path: Path) -> None:
    works(path, "python3")
    works(path, "python3.11")
    works(path, "python3.12")
    assert find_python(path).stdout == "python3.12\n"


def test_a_shim_that_only_fails_is_passed_over(path: Path) -> None:
    command(path, "python3.13", "echo 'command not found' >&2; exit 127")
    works(path, "python3")
    assert find_python(path).stdout == "python3\n"


def test_the_named_one_is_used(path: Path) -> None:
    works(path, "python3.12")
    works(path, "mine")
    assert find_python(path, PYTHON="mine").stdout == "mine\n"


@pytest.mark.parametrize(
    "answer",
    [
        "is Python 3.9, but Junction needs 3.11 or newer",
        "is without its ensurepip module (Debian and Ubuntu: apt-get install python3.11-venv)",
    ],
)
def test_an_unfit_one_is_refused_in_one_sentence(path: Path, answer: str) -> None:
    command(path, "python3", f"echo '{answer}' >&2; exit 1")
    found = find_python(path)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == f"{path}/python3 {answer}; install it or name another: make PYTHON=/path/to/python3\n"


def test_none_at_all_is_said_in_one_sentence(path: Path) -> None:
    found = find_python(path)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == (
        "No Python that runs was found (python3.13 python3.12 python3.11 python3); "
        "install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3\n"
    )
