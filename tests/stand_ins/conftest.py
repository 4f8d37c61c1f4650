"""Node.js with the packages of package-lock.json, installed when the first test asks for them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.node import Node, find_node, install_packages

FOLDER = Path(__file__).parent
VERSION_MIN = 18
"""What Prism 5 needs."""


@pytest.fixture(scope="session")
def node() -> Node:
    """Skips where there is neither Node.js nor a network to fetch it from; not in CI, where there must be."""
    try:
        found = find_node(Path(sys.prefix), version_min=VERSION_MIN)
        install_packages(FOLDER, found)
    except (OSError, subprocess.SubprocessError) as exc:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs Node.js packages, which cannot be installed: {exc}")
    return found
