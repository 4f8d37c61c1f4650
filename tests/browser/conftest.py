from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from strawberry.asgi import GraphQL

from app.http import graphiql
from tests.browser.chromium import EXECUTABLE, Tab, chromium_tab
from tests.browser.serving import served


@strawberry.type
class Query:
    name: str = strawberry.field(resolver=lambda: "Junction", description="The system's own name.")


def one_field_app(static: Path = graphiql.STATIC) -> Starlette:
    """The page over the smallest schema: what is tested here is the page, whatever it asks."""
    answers: GraphQL[None, None] = GraphQL(strawberry.Schema(Query), graphql_ide=None)

    async def query_page(request: Request) -> HTMLResponse:
        return graphiql.page(request, static=static)

    return Starlette(
        routes=[
            Route("/graphql", query_page, methods=["GET"]),
            Route("/graphql", answers, methods=["POST"]),
            graphiql.assets(static=static),
        ]
    )


@pytest.fixture
async def serving() -> AsyncIterator[str]:
    """The origin of a server whose /graphql is the page and answers queries."""
    async with served(one_field_app()) as origin:
        yield origin


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    if EXECUTABLE is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    async with chromium_tab(tmp_path) as opened:
        yield opened
