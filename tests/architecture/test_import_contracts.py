"""Each contract of [tool.importlinter] bites: a toy tree of the same layout keeps all, one bad line breaks its own."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source_tree import APP, ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {contract["id"]: contract for contract in CONFIGURATION["contracts"]}
MODULES = {
    *(name.strip(" ()") for line in CONTRACTS["layers"]["layers"] for name in line.replace(":", "|").split("|")),
    *CONTRACTS["layers"]["exhaustive_ignores"],
}

VIOLATIONS = {
    "layers": [
        ("app.wiring", "app.cli"),
        ("app.http", "app.wiring"),
        ("app.schema", "app.http"),
        ("app.resolvers", "app.schema"),
        ("app.workflows", "app.resolvers"),
        ("app.stores", "app.workflows"),
        ("app.stores", "app.connectors"),
        ("app.connectors", "app.stores"),
        ("app.models", "app.stores"),
        ("app.identity", "app.models"),
        ("app.analytics", "app.access"),
        ("app.domain", "app.identity"),
        ("app.execution", "app.database"),
    ],
    "vendors": [("app.connectors.salesforce", "app.connectors.shopify")],
    "sandbox": [("app.wiring", "app.sandbox"), ("app.http", "app.sandbox"), ("app.connectors", "app.sandbox")],
    "settings": [("app.stores", "app.settings"), ("app.sandbox", "app.settings")],
    "transport": [("app.connectors.shopify", "httpx2"), ("app.sandbox", "httpx2")],
    "pure": [("app.identity", "app.execution"), ("app.access", "app.database")],
}


def test_every_contract_has_its_violation_here() -> None:
    assert VIOLATIONS.keys() == CONTRACTS.keys()


def test_a_tree_that_follows_the_layout_keeps_every_contract(tmp_path: Path) -> None:
    plant(tmp_path, [("app.cli", "app.sandbox"), ("app.http", "app.settings"), ("app.stores", "app.models")])
    checked = lint(tmp_path)
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in checked.stdout
    assert checked.returncode == 0


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_forbidden_import_breaks_its_contract(contract: str, tmp_path: Path) -> None:
    plant(tmp_path, VIOLATIONS[contract])
    checked = lint(tmp_path, f"--contract={contract}")
    assert checked.returncode == 1
    missed = [pair for pair in VIOLATIONS[contract] if f"{pair[0]} -> {pair[1]} (l." not in checked.stdout]
    assert missed == [], checked.stdout


def test_a_folder_without_a_layer_is_refused(tmp_path: Path) -> None:
    plant(tmp_path, [("app.helpers", "app.domain")])
    checked = lint(tmp_path, "--contract=layers")
    assert checked.returncode == 1
    assert "- app.helpers" in checked.stdout


@pytest.mark.parametrize(
    ("contract", "importers"),
    [("sandbox", {"cli", "worker", "logs"}), ("settings", {"cli", "wiring", "worker", "logs", "http"})],
)
def test_every_folder_but_the_named_ones_is_under_the_contract(contract: str, importers: set[str]) -> None:
    bound = {name.removeprefix("app.") for name in CONTRACTS[contract]["source_modules"]}
    assert bound == MODULES - importers - {contract}


def test_every_vendor_is_under_the_vendors_contract() -> None:
    vendors = {manifest.parent.name for manifest in APP.glob("connectors/*/manifest.toml")}
    listed = {name.strip(" ()") for name in CONTRACTS["vendors"]["layers"][0].split("|")}
    assert vendors <= listed, "name the new vendor in [tool.importlinter], contract `vendors`"


def plant(root: Path, imports: list[tuple[str, str]]) -> None:
    """An empty package for each module of the layout; then `imports`, each (importer, imported)."""
    shutil.copy(ROOT / "pyproject.toml", root)
    for name in ("", *MODULES, "connectors.salesforce", "connectors.shopify"):
        source_file(root, f"app.{name}".rstrip("."))
    imports = [("app.connectors.transport", "httpx2"), *imports]
    for importer, imported in imports:
        with source_file(root, importer).open("a") as source:
            source.write(f"import {imported}\n")


def source_file(root: Path, module: str) -> Path:
    path = root / module.replace(".", "/") / "__init__.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def lint(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(LINT_IMPORTS), "--no-logo", "--no-cache", *options]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
