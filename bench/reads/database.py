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
        asyncio.run(_fill(database.url, scale))
        yield database.url


async def _fill(url: str, scale: int) -> None:
    engine = create_engine(url, connections_max=1)
    await migrate(engine)
    await engine.dispose()
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM customers)"):
            return
        print(f"Filling the database, scale {scale}", flush=True)
        async with connection.transaction():
            await connection.execute(f"SET LOCAL bench.scale = '{scale}'")
            await connection.execute(ROWS.read_text())
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
