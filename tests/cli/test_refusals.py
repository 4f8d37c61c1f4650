"""What cannot be done is told in one sentence on stderr, without a traceback, and the exit code says so."""

import json
import socket
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.cli.demo_file import SandboxAddress, published
from app.database.open import Database
from tests.cli.conftest import Here
from tests.cli.processes import junction
from tests.database.processes import fetch


def _refusal(*arguments: str, **settings: object) -> str:
    done = junction(*arguments, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = _refusal("serve", PORT=port, DATA_DIR=tmp_path / "data")
    assert told == f"junction: Port {port} of 127.0.0.1 is taken; choose another with --port or PORT (0: any).\n"
    assert not (tmp_path / "data").exists()


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    told = _refusal("serve", "--host", "203.0.113.1", "--port", "0", DATA_DIR=tmp_path)
    assert told == (
        "junction: Cannot listen on port 0 of 203.0.113.1: Cannot assign requested address; correct HOST or PORT.\n"
    )


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = _refusal("migrate", "--data-dir", str(tmp_path / "file" / "data"))
    assert told.startswith(f"junction: Postgres cannot keep its data in {tmp_path}/file/data/postgres: ")
    assert told.count("\n") == 1


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = f"postgresql://someone:s3cret@127.0.0.1:{port}/store"
    told = _refusal("serve", "--port", "0", DATABASE_URL=url, DATA_DIR=tmp_path)
    assert told.startswith(f"junction: Cannot reach the database postgresql://someone:***@127.0.0.1:{port}/store: ")
    assert told.count("\n") == 1


def test_a_database_role_without_rights(fresh_database: str, postgres: Database) -> None:
    fetch(postgres.url, "CREATE ROLE guest LOGIN")
    url = make_url(fresh_database).set(username="guest").render_as_string(hide_password=False)
    told = _refusal("migrate", "--database-url", url)
    assert told == "junction: The database gave up: permission denied for schema public\n"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "70000", "PORT must be between 0 and 65535, not 70000"),
        ("PORT", "many", "PORT must be a whole number"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'LOUD'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of auto, text, json, not 'xml'"),
    ],
)
def test_a_wrong_setting(here: Here, name: str, value: str, sentence: str) -> None:
    assert here("migrate", **{name: value}) == (1, "", f"junction: {sentence}\n")


def test_a_file_that_is_not_there_makes_no_database(here: Here, tmp_path: Path) -> None:
    missing = tmp_path / "orders.csv"
    told = here("import", "orders", str(missing), "--mapping", "northwind", DATA_DIR=tmp_path / "data")
    assert told == (1, "", f"junction: There is no file {missing}.\n")
    assert not (tmp_path / "data").exists()


def test_no_demo_to_control(here: Here, tmp_path: Path) -> None:
    told = here("sandbox", "fault", "salesforce", "down", DATA_DIR=tmp_path)
    assert told == (1, "", f"junction: No demo runs on {tmp_path}: start one with junction serve --demo.\n")


def test_a_demo_that_was_killed_counts_for_nothing(here: Here, tmp_path: Path) -> None:
    """Its file is still there, its lock is not."""
    (tmp_path / "demo.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "s3cret"}))
    told = here("sandbox", "fault", "salesforce", "down", DATA_DIR=tmp_path)
    assert told == (1, "", f"junction: No demo runs on {tmp_path}: start one with junction serve --demo.\n")
    assert here("connectors", "check", DATA_DIR=tmp_path)[:2] == (0, "source  what    finding\n")


def test_a_demo_that_does_not_answer(here: Here, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with published(SandboxAddress(url, "s3cret"), tmp_path):
        told = here("sandbox", "fault", "salesforce", "down", DATA_DIR=tmp_path)
    assert told == (1, "", "junction: The demo's sandbox does not answer: is junction serve --demo still running?\n")


@pytest.mark.parametrize(
    "line",
    [
        ("serve", "--loudly"),
        ("conquer",),
        ("sandbox", "fault", "salesforce", "explode"),
        ("sandbox", "fault", "salesforce", "down", "--latency-ms", "5"),
    ],
    ids=" ".join,
)
def test_a_line_that_is_not_understood(here: Here, line: tuple[str, ...]) -> None:
    code, out, err = here(*line)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: junction ")
