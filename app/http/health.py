"""Is the process alive, and can it serve? The answers that a load balancer or an orchestrator polls."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from app.connectors.contract import CircuitState, SourceInfo
from app.stores.migrations import is_current

DATABASE_TIMEOUT_S = 2.0
OK = "ok"


class Sources(Protocol):
    """What health tells of the registry."""

    @property
    def sources(self) -> Sequence[SourceInfo]: ...

    def circuit(self, key: str) -> CircuitState: ...


def health(engine: AsyncEngine, sources: Sources) -> Mount:
    """/health/live: the event loop turns. /health/ready: 200 when requests can be served, else 503 and why not.

    A source in trouble is told but does not count: it costs its fields, never the answer.
    """

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"status": OK}, headers={"Cache-Control": "no-store"})

    async def ready(_: Request) -> JSONResponse:
        checks = await _check_database(engine)
        is_ready = all(state == OK for state in checks.values())
        body = {"status": OK if is_ready else "unavailable", "checks": checks, "sources": _states(sources)}
        return JSONResponse(body, 200 if is_ready else 503, headers={"Cache-Control": "no-store"})

    return Mount("/health", routes=[Route("/live", live), Route("/ready", ready)])


async def _check_database(engine: AsyncEngine) -> dict[str, str]:
    try:
        async with asyncio.timeout(DATABASE_TIMEOUT_S):
            is_migrated = await is_current(engine)
    except TimeoutError:
        return {"database": f"no answer within {DATABASE_TIMEOUT_S:g} s", "migrations": "unknown"}
    except (SQLAlchemyError, OSError):
        # The driver's text may name hosts and users: it belongs in the log of the database, not in a public answer.
        return {"database": "cannot be reached", "migrations": "unknown"}
    return {"database": OK, "migrations": OK if is_migrated else "not current: run junction migrate"}


def _states(sources: Sources) -> list[dict[str, Any]]:
    return [
        {"key": info.key, "enabled": info.enabled, "circuit": sources.circuit(info.key) if info.enabled else None}
        for info in sources.sources
    ]
