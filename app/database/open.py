"""Where Postgres comes from: the URL that was given, or a server of our own in the data folder."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.database.errors import DatabaseUnavailable
from app.database.server import use_server
from app.database.timeouts import CONNECT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Database:
    url: str
    """postgresql://…, as asyncpg takes it; SQLAlchemy takes it with the scheme postgresql+asyncpg."""
    origin: Literal["url", "embedded", "joined"]
    """Given by URL, started by this process, or found running in the data folder."""
    data_dir: Path

    @property
    def reset_folder(self) -> Path | None:
        """What to delete, while nothing runs, to start empty. None when the server is not ours."""
        return None if self.origin == "url" else self.data_dir / "postgres"


@contextmanager
def open_database(url: str | None, data_dir: Path, *, durable: bool = True) -> Iterator[Database]:
    """The database for as long as the block runs. Call it before the event loop starts.

    Without `url`, the embedded server in `data_dir/postgres` runs while at least one process is inside such a block,
    however the others ended. `durable=False` trades safety against power loss for speed, for tests.
    Raises DatabaseUnavailable.
    """
    data_dir = data_dir.absolute()
    if url:
        yield Database(_reachable(url), "url", data_dir)
        return
    with use_server(data_dir / "postgres", durable=durable) as server:
        yield Database(server.url, "embedded" if server.is_ours else "joined", data_dir)


def _reachable(text: str) -> str:
    url = _parse(text)
    dsn = f"postgresql://{text.partition('://')[2]}"
    try:
        asyncio.run(_connect(dsn))
    except TimeoutError as exc:
        raise _unreachable(url, f"no answer within {CONNECT_TIMEOUT_S:g} s") from exc
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        raise _unreachable(url, str(exc).partition("\n")[0]) from exc
    return dsn


def _parse(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as exc:
        # The text is not repeated: it may hold a password.
        raise DatabaseUnavailable("DATABASE_URL is not a URL; it should read postgresql://user@host/name.") from exc
    if url.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise DatabaseUnavailable(f"DATABASE_URL must start with postgresql://, not {url.drivername}://.")
    return url


async def _connect(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
    await connection.close(timeout=CONNECT_TIMEOUT_S)


def _unreachable(url: URL, reason: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"Cannot reach the database {url.set(drivername='postgresql')!r}: {reason.rstrip('.')}; "
        "correct DATABASE_URL, or unset it to use the embedded Postgres."
    )
