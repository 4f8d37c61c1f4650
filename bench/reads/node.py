"""The peers that Node.js runs, and which versions of them."""

import json
from pathlib import Path

from bench.servers import ROOT, Program
from scripts.node import Node, find_node, install_packages

PEERS = ROOT / "bench" / "peers"
VERSION_MIN = 22
"""What PostGraphile 5 needs."""


def peers(folder: Path) -> tuple[Program, Program]:
    """PostGraphile and Mercurius. What is missing is installed first, Node into `folder`."""
    node = _node(folder)
    install_packages(PEERS, node)
    return (
        Program("postgraphile", (node.program, str(PEERS / "postgraphile.js")), dialect="postgraphile"),
        Program("mercurius", (node.program, str(PEERS / "mercurius.js")), operations="ABCD"),
    )


def versions(folder: Path) -> str:
    packages = json.loads((PEERS / "package.json").read_text())["dependencies"]
    return ", ".join([f"Node {_node(folder).version}", *(f"{name} {number}" for name, number in packages.items())])


def _node(folder: Path) -> Node:
    return find_node(folder, version_min=VERSION_MIN)
