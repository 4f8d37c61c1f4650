"""The HTTP application: which path is answered by what."""

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from app.http import graphiql
from app.http.health import Sources, health
from app.http.metrics import Metrics
from app.http.request_log import RequestLog

GRAPHQL = "/graphql"


def create_http_application(
    graphql: ASGIApp, metrics: Metrics, engine: AsyncEngine, sources: Sources, *more: BaseRoute
) -> ASGIApp:
    routes = [
        Route("/", RedirectResponse(GRAPHQL)),
        graphiql.assets(),
        health(engine, sources),
        metrics.route(),
        *more,
    ]
    others = Starlette(routes=routes, exception_handlers={500: _internal_error})
    # Found without the router, which takes as long for a request as a plan does.
    asked = ServerErrorMiddleware(graphql, handler=_internal_error)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await (asked if scope.get("path") == GRAPHQL else others)(scope, receive, send)

    return RequestLog(application)


def _internal_error(_: Request, __: Exception) -> JSONResponse:
    """The server logs what broke, with the request's id; a client learns no more."""
    request_id = get_contextvars()["request_id"]
    error = {
        "message": f"Something went wrong here. It is logged as {request_id}.",
        "extensions": {"code": "INTERNAL", "id": request_id},
    }
    return JSONResponse({"errors": [error]}, 500)
