"""Takes down which statement Junction runs for each request of an operation: what the floor then sends as it is."""

import json
import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx2

from app.logs import configure_logs
from app.settings import Settings
from app.wiring import running_application
from bench.reads.floor import Recording
from bench.reads.operations import Operation
from bench.servers import Program

Executed = tuple[str, tuple[Any, ...]]
"""A statement and its parameters."""


async def floor(database_url: str, folder: Path, operations: Sequence[Operation]) -> Program:
    """The program, with its recordings in `folder`."""
    configure_logs("WARNING", "auto")
    recordings = await _recordings(database_url, folder, operations)
    file = folder / "recordings.pickle"
    file.write_bytes(pickle.dumps(recordings))
    command = (sys.executable, "-m", "bench.reads.floor", str(file))
    return Program("floor", command, operations="".join(each.name for each in operations))


async def _recordings(database_url: str, folder: Path, operations: Sequence[Operation]) -> list[Recording]:
    """Raises ValueError for an operation that takes more than one statement, or several different ones."""
    with _executed() as (executed, settings):
        async with running_application(Settings(data_dir=folder), database_url, (), migrates=False) as application:
            transport = httpx2.ASGITransport(application.http)
            async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
                found = [await _record(each, client, executed) for each in operations]
    connection = await asyncpg.connect(database_url, server_settings=settings)
    try:
        return [await _recording(operation, asked, settings, connection) for operation, asked in found]
    finally:
        await connection.close()


Asked = list[tuple[dict[str, Any], Executed, bytes]]
"""Variables, the statement that they led to, and the answer."""


async def _record(
    operation: Operation, client: httpx2.AsyncClient, executed: list[Executed]
) -> tuple[Operation, Asked]:
    asked: Asked = []
    for body in operation.bodies:
        executed.clear()
        answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        if len(executed) != 1:
            raise ValueError(f"{operation.name} takes {len(executed)} statements")
        asked.append((json.loads(body)["variables"], executed[0], answer.content))
    return operation, asked


async def _recording(
    operation: Operation, asked: Asked, settings: dict[str, str], connection: asyncpg.Connection
) -> Recording:
    if len({sql for _, (sql, _), _ in asked}) != 1:
        raise ValueError(f"{operation.name} has different statements")
    _, (sql, given), answer = asked[0]
    value = await connection.fetchval(sql, *given)
    before, found, after = answer.partition(value if isinstance(value, bytes) else value.encode())
    if not found:
        raise ValueError(f"the answer to {operation.name} is not what its statement prints")
    parameters = {tuple(variables.values()): given for variables, (_, given), _ in asked}
    return Recording(json.loads(operation.bodies[0])["query"], sql, settings, parameters, before, after)


@contextmanager
def _executed() -> Iterator[tuple[list[Executed], dict[str, str]]]:
    """What asyncpg executes inside the block, prepared or not, and the settings that its sessions were given.

    asyncpg tells its query loggers of direct statements only, so its own methods are listened to.
    """
    executed: list[Executed] = []
    settings: dict[str, str] = {}
    connect = asyncpg.connect

    async def connecting(*args: Any, **kwargs: Any) -> Any:
        settings.update(kwargs.get("server_settings") or {})
        return await connect(*args, **kwargs)

    def listening(method: Any, sql_of: Any) -> Any:
        async def listened(self: Any, *args: Any, **kwargs: Any) -> Any:
            sql, given = sql_of(self, *args)
            if "SELECT" in sql:  # neither a ping nor a setting
                executed.append((sql, tuple(given)))
            return await method(self, *args, **kwargs)

        return listened

    prepared, direct = "_PreparedStatement__bind_execute", "_execute"
    statement, connection = asyncpg.prepared_stmt.PreparedStatement, asyncpg.Connection
    with ExitStack() as stack:
        stack.enter_context(patch.object(asyncpg, "connect", connecting))
        listen = listening(getattr(statement, prepared), lambda self, given, *_: (self.get_query(), given))
        stack.enter_context(patch.object(statement, prepared, listen))
        listen = listening(getattr(connection, direct), lambda _, sql, given, *__: (sql, given))
        stack.enter_context(patch.object(connection, direct, listen))
        yield executed, settings
