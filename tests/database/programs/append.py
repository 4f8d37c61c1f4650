"""Appends rows one by one to the database in the given folder and prints each id once Postgres has acknowledged it."""

import asyncio
import sys
from pathlib import Path

import asyncpg

from app.database.open import open_database


async def append(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS written (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
    while True:
        written = await connection.fetchval("INSERT INTO written (text) VALUES (repeat('x', 500)) RETURNING id")
        sys.stdout.write(f"{written}\n")


with open_database(None, Path(sys.argv[1])) as database:
    sys.stdout.write(f"{database.origin} {database.url}\n")
    asyncio.run(append(database.url))
