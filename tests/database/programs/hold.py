"""Opens the database in the given folder, says where it is, and keeps it until standard input ends or Ctrl-C."""

import asyncio
import sys
from pathlib import Path

import asyncpg

from app.database.errors import DatabaseUnavailable
from app.database.open import open_database


async def answer(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT 42"))
    finally:
        await connection.close()


try:
    with open_database(None, Path(sys.argv[1])) as database:
        try:
            sys.stdout.write(f"{database.origin} {database.url}\n")
            sys.stdin.read()
        except KeyboardInterrupt:
            sys.stdout.write(f"{asyncio.run(answer(database.url))}\n")
except DatabaseUnavailable as exc:
    sys.stdout.write(f"unavailable {exc}\n")
