"""Which databases the application starts on."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.settings import InvalidSetting, Settings
from app.stores.migrations import DatabaseTooOld
from app.wiring import NotMigrated, notifier_of, prepared_engine


@asynccontextmanager
async def posing_as_version_17(url: str) -> AsyncIterator[str]:
    """The URL of a relay in front of the database that changes nothing but what the server calls itself."""
    connection = await asyncpg.connect(url)
    version = str(await connection.fetchval("SHOW server_version_num"))
    await connection.close()
    target = make_url(url)
    socket = f"{target.query['host']}/.s.PGSQL.{target.query.get('port', '5432')}"
    tasks: list[asyncio.Task[None]] = []

    async def relay(source: StreamReader, sink: StreamWriter, *, poses: bool) -> None:
        while block := await source.read(65_536):
            sink.write(block.replace(version.encode(), b"170006") if poses else block)
        sink.close()

    async def accept(reader: StreamReader, writer: StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(socket)
        tasks.append(asyncio.create_task(relay(reader, server_writer, poses=False)))
        tasks.append(asyncio.create_task(relay(server_reader, writer, poses=True)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        account = target.username or ""
        yield f"postgresql://{account}@127.0.0.1:{port}/{target.database}?sslmode=disable"
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("migrates", [True, False])
async def test_a_server_that_is_too_old_is_told_whoever_migrates(fresh_database: str, *, migrates: bool) -> None:
    async with posing_as_version_17(fresh_database) as url:
        with pytest.raises(DatabaseTooOld, match=r"^Junction needs PostgreSQL 18 or newer; this server is 17\.$"):
            async with prepared_engine(Settings(), url, migrates=migrates):
                pass
    connection = await asyncpg.connect(fresh_database)
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert tables == 0


async def test_a_database_that_somebody_else_migrates_is_left_alone(fresh_database: str) -> None:
    with pytest.raises(NotMigrated, match=r"^The database's tables are not those of this version; run junction"):
        async with prepared_engine(Settings(), fresh_database, migrates=False):
            pass


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"smtp_url": "mail.example:secret"}, "SMTP_URL must read smtp://"),
        ({"smtp_url": "smtp://mail.example", "notify_from": "Shop"}, "NOTIFY_FROM must read"),
    ],
)
def test_a_mail_setting_that_cannot_be_used_is_named_without_its_value(values: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{reason}") as caught:
        notifier_of(Settings(**values))  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)
