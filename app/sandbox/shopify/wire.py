"""A Shopify shop on the wire: the token endpoint and the Admin GraphQL API, version 2026-10, with its cost bucket."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLSyntaxError,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.sandbox.data import Row, ShopifyShop
from app.sandbox.shopify.cost import CostBucket, actual_cost, requested_cost
from app.sandbox.tokens import AccessTokens, form_of, knows_client

VERSION = "2026-10"
GRAPHQL_PATH = f"/admin/api/{VERSION}/graphql.json"
IDS_MAX = 250
"""https://shopify.dev/api/usage/limits, read 2026-11"""
QUERY_COST_MAX = 1_000
BUCKET_POINTS_MAX = 2_000.0
RESTORE_POINTS_PER_S = 100.0
"""The rate of a standard shop: https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits, read 2026-11"""
TOKEN_LIFETIME_S = 86_399

GLOBAL_ID = re.compile(r"gid://shopify/[A-Za-z]+/[0-9]+")


class _GraphQLRequest(msgspec.Struct):
    query: str
    variables: dict[str, Any] = {}


class ShopifyApp:
    def __init__(
        self,
        shop: ShopifyShop,
        *,
        bucket_points_max: float = BUCKET_POINTS_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tokens = AccessTokens(prefix="shpat_", lifetime_s=TOKEN_LIFETIME_S, monotonic=monotonic)
        self.asgi = Starlette(
            routes=[
                Route("/admin/oauth/access_token", self._token, methods=["POST"]),
                Route(GRAPHQL_PATH, self._graphql, methods=["POST"]),
            ]
        )
        self.bucket = CostBucket(maximum=bucket_points_max, restore_rate=RESTORE_POINTS_PER_S, monotonic=monotonic)
        self._schema = _schema({customer["id"]: customer for customer in shop.customers})

    async def _token(self, request: Request) -> JSONResponse:
        form = await form_of(request)
        if form.get("grant_type") != "client_credentials" or not knows_client(form):
            return JSONResponse({"error": "invalid_client", "error_description": "unknown client"}, status_code=400)
        scope, token = "read_customers", self.tokens.issue()
        return JSONResponse({"access_token": token, "scope": scope, "expires_in": TOKEN_LIFETIME_S})

    async def _graphql(self, request: Request) -> JSONResponse:
        if not self.tokens.accepts(request.headers.get("X-Shopify-Access-Token", "")):
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return JSONResponse({"errors": message}, status_code=401)
        try:
            body = msgspec.json.decode(await request.body(), type=_GraphQLRequest)
        except msgspec.DecodeError:
            return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, status_code=400)
        return JSONResponse(self._answer(body))

    def throttled(self, _retry_after_s: int | None) -> JSONResponse:
        """Somebody else has emptied the bucket. Shopify tells how full it is; how long to wait is to be computed."""
        self.bucket.take(self.bucket.available)
        return JSONResponse(self._throttled(QUERY_COST_MAX))

    def _throttled(self, requested: int) -> dict[str, Any]:
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
        return {"errors": [error], "extensions": self.bucket.extension(requested, None)}

    def _answer(self, request: _GraphQLRequest) -> dict[str, Any]:
        try:
            document = parse(request.query)
        except GraphQLSyntaxError as exc:
            return {"errors": [exc.formatted]}
        if errors := validate(self._schema, document):
            return {"errors": [error.formatted for error in errors]}
        requested = requested_cost(self._schema, document, request.variables)
        if requested > QUERY_COST_MAX:
            message = f"Query cost is {requested}, which exceeds the single query max cost limit ({QUERY_COST_MAX})."
            return {"errors": [{"message": message, "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        if requested > self.bucket.available:
            return self._throttled(requested)
        result = execute_sync(self._schema, document, variable_values=request.variables)
        actual = actual_cost(result.data)
        self.bucket.take(actual)
        return _formatted(result) | {"extensions": self.bucket.extension(requested, actual)}


def _formatted(result: ExecutionResult) -> dict[str, Any]:
    errors = [error.formatted for error in result.errors or ()]
    return {"data": result.data} | ({"errors": errors} if errors else {})


def _schema(customers: dict[str, Row]) -> GraphQLSchema:
    """The subset of Shopify's schema in shopify.graphql, answered from one shop's customers."""
    schema = build_schema((Path(__file__).parent / "schema.graphql").read_text())

    def node(_root: object, _info: object, id: str) -> Row | None:  # noqa: A002
        if not GLOBAL_ID.fullmatch(id):
            raise GraphQLError(f"Invalid global id '{id}'", extensions={"code": "INVALID_VARIABLE"})
        return customers.get(id)

    def nodes(root: object, info: object, ids: list[str]) -> list[Row | None]:
        if len(ids) > IDS_MAX:
            message = f"The input array size of {len(ids)} is greater than the maximum allowed of {IDS_MAX}."
            raise GraphQLError(message, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
        return [node(root, info, id_) for id_ in ids]

    assert schema.query_type is not None  # noqa: S101
    fields = schema.query_type.fields
    fields["node"].resolve = fields["customer"].resolve = node
    fields["nodes"].resolve = nodes
    interface = schema.type_map["Node"]
    assert isinstance(interface, GraphQLInterfaceType)  # noqa: S101
    interface.resolve_type = lambda row, _info, _type: row["id"].split("/")[3]
    return schema
