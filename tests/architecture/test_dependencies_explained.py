import re
import tomllib

from tests.architecture.source_tree import ROOT


def test_docs_explain_every_dependency_and_no_other() -> None:
    """A dependency is earned in writing: docs/dependencies.md says what for and what if it dies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    text = (ROOT / "docs" / "dependencies.md").read_text().partition("## For the page")[0]
    explained = re.findall(r"^\| ([a-z][a-z0-9-]+) \|", text, re.MULTILINE)
    assert sorted(explained) == sorted({re.split(r"[^a-z0-9-]", name, maxsplit=1)[0] for name in required})
