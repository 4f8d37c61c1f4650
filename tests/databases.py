"""Databases of the tests' own on the session's server."""

import asyncpg
from sqlalchemy.engine import make_url

from app.database.open import Database


async def create_database(server: Database, name: str, *, template: str = "template1") -> str:
    """Its URL."""
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(server.url).set(database=name).render_as_string(hide_password=False)


async def drop_database(server: Database, name: str) -> None:
    """Also under connections that are still open."""
    await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: Database, statement: str) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(statement)
    await connection.close()
