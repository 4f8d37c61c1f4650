"""Databases of the tests' own on the session's server."""

import asyncpg
from sqlalchemy.engine import make_url

from app.database.open import Database


async def create_database(server: Database, name: str, *, template: str = "template1") -> str:
    """Its URL."""
    # By copying files, not by logging each page of them: it takes half of the time.
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return make_url(server.url).set(database=name).render_as_string(hide_password=False)


async def drop_database(server: Database, name: str) -> None:
    """Also under connections that are still open."""
    await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: Database, statement: str) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(statement)
    await connection.close()
