"""A server of the user's own, named by DATABASE_URL."""

import socket
from pathlib import Path

import pytest

from app.database.errors import DatabaseUnavailable
from app.database.open import Database, open_database
from tests.database.processes import fetch


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_given_server_is_used_and_the_folder_untouched(postgres: Database, tmp_path: Path, scheme: str) -> None:
    with open_database(postgres.url.replace("postgresql", scheme, 1), tmp_path) as database:
        assert (database.url, database.origin, database.reset_folder) == (postgres.url, "url", None)
        assert fetch(database.url, "SELECT 1") == [1]
    assert list(tmp_path.iterdir()) == []
    assert fetch(postgres.url, "SELECT 1") == [1]


def test_closed_port_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with (
        pytest.raises(DatabaseUnavailable, match=r"refused|Connect call failed") as refusal,
        open_database(f"postgresql://me:secret@127.0.0.1:{port}/shop", tmp_path),
    ):
        pass
    assert f"Cannot reach the database postgresql://me:***@127.0.0.1:{port}/shop: " in str(refusal.value)
    assert str(refusal.value).endswith("; correct DATABASE_URL, or unset it to use the embedded Postgres.")
    assert list(tmp_path.iterdir()) == []


def test_missing_database_is_named(postgres: Database, tmp_path: Path) -> None:
    with (
        pytest.raises(DatabaseUnavailable, match='database "absent" does not exist; correct DATABASE_URL'),
        open_database(postgres.url.replace("/postgres?", "/absent?"), tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://me@shop/orders", "DATABASE_URL must start with postgresql://, not mysql://."),
        (
            "postgresql://me:secret@shop:port/orders",
            "DATABASE_URL is not a URL; it should read postgresql://user@host/name.",
        ),
        ("secret", "DATABASE_URL is not a URL; it should read postgresql://user@host/name."),
    ],
)
def test_what_is_no_postgres_url_is_refused(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refusal, open_database(url, tmp_path):
        pass
    assert str(refusal.value) == message
