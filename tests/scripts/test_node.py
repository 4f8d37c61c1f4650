"""Installing the packages that others' programs are made of, when several processes want them at once."""

import subprocess
import sys
from pathlib import Path

from scripts.node import Node, install_packages

ROOT = Path(__file__).parents[2]
INSTALL = """
import sys
from pathlib import Path
from scripts.node import Node, install_packages
install_packages(Path(sys.argv[1]), Node(sys.executable, (sys.executable, sys.argv[2])))
"""
NPM = """
import time
from pathlib import Path
modules = Path("node_modules")
modules.mkdir()
with Path("calls").open("a") as calls:
    calls.write("ci\\n")
time.sleep(0.2)
"""
"""Fails where the modules are there already."""


def prepared(folder: Path) -> Path:
    (folder / "package-lock.json").write_text("{}")
    npm = folder / "npm.py"
    npm.write_text(NPM)
    return npm


def test_several_processes_install_once(tmp_path: Path) -> None:
    npm = prepared(tmp_path)
    command = [sys.executable, "-c", INSTALL, str(tmp_path), str(npm)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert (tmp_path / "calls").read_text() == "ci\n"


def test_another_lock_is_installed_anew(tmp_path: Path) -> None:
    npm = prepared(tmp_path)
    node = Node(sys.executable, (sys.executable, str(npm)))
    install_packages(tmp_path, node)
    install_packages(tmp_path, node)
    (tmp_path / "node_modules").rmdir()
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3}')
    install_packages(tmp_path, node)
    assert (tmp_path / "calls").read_text() == "ci\nci\n"
