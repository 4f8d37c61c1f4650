"""Is the process alive, and can it serve? The answers that a load balancer or an orchestrator polls."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from app.connectors.contract import CircuitState, SourceInfo
from app.stores.readiness import OK, ReadinessCheck

NOT_STORED = {"Cache-Control": "no-store"}


class Sources(Protocol):
    """What health tells of the registry."""

    @property
    def sources(self) -> Sequence[SourceInfo]: ...

    def circuit(self, key: str) -> CircuitState: ...


def health(engine: AsyncEngine, sources: Sources) -> Mount:
    """/health/live: the event loop turns. /health/ready: 200 when requests can be served, else 503 and why not.

    A source in trouble is told but does not count: it costs its fields, never the answer.
    """
    check_readiness = ReadinessCheck(engine)

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"status": OK}, headers=NOT_STORED)

    async def ready(_: Request) -> JSONResponse:
        readiness = await check_readiness()
        status = OK if readiness.is_ready else "unavailable"
        body = {"status": status, "checks": asdict(readiness), "sources": _states(sources)}
        return JSONResponse(body, 200 if readiness.is_ready else 503, headers=NOT_STORED)

    return Mount("/health", routes=[Route("/live", live), Route("/ready", ready)])


def _states(sources: Sources) -> list[dict[str, Any]]:
    return [
        {"key": info.key, "enabled": info.enabled, "circuit": sources.circuit(info.key) if info.enabled else None}
        for info in sources.sources
    ]
