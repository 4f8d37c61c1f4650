"""Junction's own store with the rows of rows.sql: filled once for each scale, then used again."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from app.database.open import open_database
from app.stores.engine import create_engine
from app.stores.migrations import migrate

ROWS = Path(__file__).with_name("rows.sql")


@contextmanager
def filled_database(folder: Path, scale: int) -> Iterator[str]:
    """The URL of an embedded Postgres that runs while the block does. Call it before the event loop starts."""
    rows = hashlib.sha256(ROWS.read_bytes()).hexdigest()[:8]
    with open_database(None, folder / f"x{scale}-{rows}") as database:
        asyncio.run(_fill_empty(database.url, scale))
        yield database.url


async def _fill_empty(url: str, scale: int) -> None:
    engine = create_engine(url, connections_max=1)
    await migrate(engine)
    await engine.dispose()
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM customers)"):
            print(f"Filling the database, scale {scale}", flush=True)
            await fill(connection, scale)
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def fill(connection: asyncpg.Connection, scale: float) -> None:
    """Scale 1 is 20,000 customers."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL bench.scale = '{scale}'")
        await connection.execute(ROWS.read_text())
