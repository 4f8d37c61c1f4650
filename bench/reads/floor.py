"""The practical limit: a program written by hand for a few queries, which sends what Junction sends.

It knows nothing of GraphQL: it finds the prepared statement by the query's text and the parameters by the variables,
runs Junction's own statement, and sends the value that Postgres printed. No limits, no log, no word on errors.

    DATABASE_URL=… PORT=… python -m bench.reads.floor RECORDINGS
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvicorn

CONNECTIONS = 10
"""As many as Junction may have."""
HEADERS = [(b"content-type", b"application/graphql-response+json; charset=utf-8")]


@dataclass(frozen=True, slots=True)
class Recording:
    """How Junction answers one operation, taken down by recording.py."""

    query: str
    sql: str
    settings: dict[str, str]
    """Of the session that ran it."""
    parameters: dict[tuple[Any, ...], tuple[Any, ...]]
    """By the request's variables."""
    before: bytes
    after: bytes
    """What the body has around the statement's value."""


async def serve(recordings: list[Recording]) -> None:
    by_query = {each.query: each for each in recordings}
    idle: asyncio.LifoQueue[dict[str, Any]] = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await _statements(recordings))

    async def app(_: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        asked = orjson.loads((await receive())["body"])
        recording = by_query[asked["query"]]
        parameters = recording.parameters[tuple(asked["variables"].values())]
        statements = await idle.get()
        try:
            value = await statements[recording.query].fetchval(*parameters)
        finally:
            idle.put_nowait(statements)
        text = value if isinstance(value, bytes) else value.encode()
        body = b"".join((recording.before, text, recording.after))
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    settings: dict[str, Any] = {"http": "httptools", "lifespan": "off", "log_config": None, "access_log": False}
    await uvicorn.Server(uvicorn.Config(app, port=int(os.environ["PORT"]), **settings)).serve()


async def _statements(recordings: list[Recording]) -> dict[str, Any]:
    """Prepared on one connection, by query."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"], server_settings=recordings[0].settings)
    statements = {each.query: await connection.prepare(each.sql) for each in recordings}
    # Preparing alone leaves the clock of statement_timeout running until the next command.
    await connection.execute("SELECT 1")
    return statements


if __name__ == "__main__":
    uvloop_runner = asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory())
    uvloop_runner.run(serve(pickle.loads(Path(sys.argv[1]).read_bytes())))  # noqa: S301 - our own file
