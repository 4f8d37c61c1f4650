"""The embedded server in one process: first start, later starts, and folders it cannot use."""

import os
import pwd
import signal
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database.errors import DatabaseUnavailable
from app.database.open import Database, open_database
from tests.database.processes import fetch, is_locked, is_served, wait_until


def test_first_start_makes_a_cluster_below_the_data_folder(tmp_path: Path) -> None:
    with open_database(None, tmp_path / "new/data", durable=False) as database:
        assert (database.origin, database.data_dir) == ("embedded", tmp_path / "new/data")
        assert fetch(database.url, "SELECT 1") == [1]
        assert database.reset_folder == tmp_path / "new/data/postgres"
    assert [path.name for path in (tmp_path / "new/data").iterdir()] == ["postgres"]
    assert not is_served(tmp_path / "new/data")


def test_later_start_finds_the_rows_of_the_first(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as first:
        fetch(first.url, "CREATE TABLE kept AS SELECT 7 AS id")
    with open_database(None, tmp_path, durable=False) as second:
        assert second.origin == "embedded"
        assert fetch(second.url, "SELECT id FROM kept") == [7]


def test_deleting_the_reset_folder_starts_empty(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as first:
        fetch(first.url, "CREATE TABLE gone ()")
        folder = first.reset_folder
    assert folder is not None
    subprocess.run(["rm", "-r", folder], check=True)
    with open_database(None, tmp_path, durable=False) as second:
        assert fetch(second.url, "SELECT to_regclass('gone')") == [None]


def test_folder_deleted_under_the_server_does_not_disturb_leaving(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as database:
        server_lock = (tmp_path / "postgres/server.lock").open()
        subprocess.run(["rm", "-r", str(database.reset_folder)], check=True)
    with server_lock:
        wait_until(lambda: not is_locked(server_lock))


def test_text_is_ordered_by_code_point_and_case_is_unicode(postgres: Database) -> None:
    assert fetch(postgres.url, "SELECT v FROM (VALUES ('ä'), ('b'), ('B'), ('a')) AS t(v) ORDER BY v") == list("Babä")
    assert fetch(postgres.url, "SELECT upper('straße é')") == ["STRAßE É"]


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_only_a_server_for_tests_risks_acknowledged_rows(tmp_path: Path, durable: bool, expected: str) -> None:
    names = "'fsync', 'synchronous_commit', 'full_page_writes'"
    with open_database(None, tmp_path, durable=durable) as database:
        settings = fetch(database.url, f"SELECT setting FROM pg_settings WHERE name IN ({names})")
    assert settings == [expected] * 3


def test_settings_do_not_come_from_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with open_database(None, tmp_path, durable=False) as database:
        names = "'TimeZone', 'jit', 'listen_addresses', 'port'"
        query = f"SELECT setting FROM pg_settings WHERE name IN ({names}) ORDER BY lower(name)"
        assert fetch(database.url, query) == ["off", "", "5432", "UTC"]


async def test_sqlalchemy_takes_the_url_with_its_own_scheme(fresh_database: str) -> None:
    engine = create_async_engine(fresh_database.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT current_database()"))).scalar_one() in fresh_database
    await engine.dispose()


def test_search_by_trigram_is_available(fresh_database: str) -> None:
    fetch(fresh_database, "CREATE EXTENSION pg_trgm")
    assert fetch(fresh_database, "SELECT 'junction' % 'juncton'") == [True]


def test_socket_is_closed_to_other_accounts(postgres: Database) -> None:
    folder = Path(parse_qs(urlsplit(postgres.url).query)["host"][0])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700
    if os.geteuid() != 0:
        pytest.skip("only root can try it as somebody else")
    other = pwd.getpwnam("daemon")
    tried = subprocess.run(["ls", folder], user=other.pw_uid, group=other.pw_gid, extra_groups=(), capture_output=True)
    assert (tried.returncode, tried.stdout) == (2, b"")


def test_process_id_left_by_a_killed_server_is_not_believed(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as database:
        fetch(database.url, "CREATE TABLE kept AS SELECT 7 AS id")
        left_behind = (tmp_path / "postgres/cluster/postmaster.pid").read_text().splitlines()
    owner = (tmp_path / "postgres/cluster").stat()
    # The id belongs to a living process of the server's own account, as it may after a reboot.
    user = owner.st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=user) as other:
        stale = tmp_path / "postgres/cluster/postmaster.pid"
        stale.write_text("\n".join([str(other.pid), *left_behind[1:], ""]))
        with open_database(None, tmp_path, durable=False) as database:
            assert (database.origin, fetch(database.url, "SELECT id FROM kept")) == ("embedded", [7])
        other.send_signal(signal.SIGKILL)


def test_first_start_cut_short_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres/cluster.new/base").mkdir(parents=True)
    with open_database(None, tmp_path, durable=False) as database:
        assert database.origin == "embedded"
    assert not (tmp_path / "postgres/cluster.new").exists()


def test_data_of_another_major_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    marker = tmp_path / "postgres/cluster/PG_VERSION"
    marker.parent.mkdir(parents=True)
    marker.write_text("9\n")
    with (
        pytest.raises(DatabaseUnavailable, match=r"was written by Postgres 9 and this is Postgres \d+; use version 9"),
        open_database(None, tmp_path),
    ):
        pass
    assert [path.name for path in marker.parent.iterdir()] == ["PG_VERSION"]
    assert not is_served(tmp_path)


def test_folder_without_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres/cluster/base").mkdir(parents=True)
    with (
        pytest.raises(DatabaseUnavailable, match="holds no Postgres data; restore it from a backup, or delete"),
        open_database(None, tmp_path),
    ):
        pass
    assert [path.name for path in (tmp_path / "postgres/cluster").iterdir()] == ["base"]


def test_damaged_cluster_is_refused_in_the_words_of_postgres(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False):
        pass
    (tmp_path / "postgres/cluster/global/pg_control").unlink()
    with (
        pytest.raises(
            DatabaseUnavailable, match=r"stopped while starting on .*/cluster/global/pg_control\": No such file"
        ),
        open_database(None, tmp_path, durable=False),
    ):
        pass
    assert not is_served(tmp_path)


def test_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with (
        pytest.raises(DatabaseUnavailable, match=r"cannot keep its data in .*data/postgres: .*; make it writable"),
        open_database(None, tmp_path / "data"),
    ):
        pass
    assert (tmp_path / "data").read_text() == "not a folder"
