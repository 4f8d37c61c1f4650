"""A Shopify shop on the wire: the token endpoint and the Admin GraphQL API, version 2026-10, with its cost bucket."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSyntaxError, execute_sync, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.sandbox.data import ShopifyShop
from app.sandbox.faults import Sleep
from app.sandbox.shopify.control import shop_control
from app.sandbox.shopify.cost import CostBucket, actual_cost, requested_cost
from app.sandbox.shopify.mutations import Context, Keys
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.orders import Shop
from app.sandbox.shopify.schema import shop_schema
from app.sandbox.shopify.webhooks import Webhooks, event
from app.sandbox.tokens import AccessTokens, form_of, knows_client

VERSION = "2026-10"
GRAPHQL_PATH = f"/admin/api/{VERSION}/graphql.json"
QUERY_COST_MAX = 1_000
BUCKET_POINTS_MAX = 2_000.0
RESTORE_POINTS_PER_S = 100.0
"""The rate of a standard shop: https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits, read 2026-11"""
TOKEN_LIFETIME_S = 86_399

SCOPES = (
    "read_products",
    "write_customers",
    "write_inventory",
    "read_locations",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_returns",
)
"""Who may write may read."""


class _GraphQLRequest(msgspec.Struct):
    query: str
    variables: dict[str, Any] = {}


class ShopifyApp:
    def __init__(
        self,
        shop: ShopifyShop,
        *,
        bucket_points_max: float = BUCKET_POINTS_MAX,
        scopes: Sequence[str] = SCOPES,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.tokens = AccessTokens(prefix="shpat_", lifetime_s=TOKEN_LIFETIME_S, monotonic=monotonic)
        self.asgi = Starlette(
            routes=[
                Route("/admin/oauth/access_token", self._token, methods=["POST"]),
                Route(GRAPHQL_PATH, self._graphql, methods=["POST"]),
            ]
        )
        self.bucket = CostBucket(maximum=bucket_points_max, restore_rate=RESTORE_POINTS_PER_S, monotonic=monotonic)
        self.webhooks = Webhooks(sleep=sleep)
        self.shop = Shop(shop, now=now, tell=self._happened)
        self.control = shop_control(self.shop, self.webhooks)
        self.withheld: frozenset[str] = frozenset()
        """Fields of customers' data that the app is not approved to see."""
        self._schema = shop_schema()
        self.keys = Keys()
        self._context = Context(self.shop, scopes, self.keys)

    def _happened(self, topic: str, payload: Object) -> None:
        named = topic.replace("/", "_").upper()
        subscribed = [each["uri"] for each in self.shop.subscriptions if each["topic"] == named]
        self.webhooks.happened(event(topic, payload, self.shop.at()), subscribed)

    async def _token(self, request: Request) -> JSONResponse:
        form = await form_of(request)
        if form.get("grant_type") != "client_credentials" or not knows_client(form):
            return JSONResponse({"error": "invalid_client", "error_description": "unknown client"}, status_code=400)
        scope, token = ",".join(self._context.scopes), self.tokens.issue()
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
        document, errors = _understood(request.query)
        if document is None:
            return {"errors": [error.formatted for error in errors]}
        requested = requested_cost(self._schema, document, request.variables)
        if requested > QUERY_COST_MAX:
            message = f"Query cost is {requested}, which exceeds the single query max cost limit ({QUERY_COST_MAX})."
            return {"errors": [{"message": message, "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        if requested > self.bucket.available:
            return self._throttled(requested)
        result = execute_sync(self._schema, document, context_value=self._context, variable_values=request.variables)
        actual = actual_cost(result.data)
        withheld = _withhold(result.data, self.withheld)
        self.bucket.take(actual)
        return _formatted(result, withheld) | {"extensions": self.bucket.extension(requested, actual)}


@lru_cache(maxsize=256)
def _understood(query: str) -> tuple[DocumentNode | None, Sequence[GraphQLError]]:
    """None with the reasons why not."""
    try:
        document = parse(query)
    except GraphQLSyntaxError as exc:
        return None, [exc]
    errors = validate(shop_schema(), document)
    return (None, errors) if errors else (document, [])


def _withhold(data: Any, fields: frozenset[str], path: tuple[str | int, ...] = ()) -> list[dict[str, Any]]:
    """Makes them null, and answers with an error for each."""
    errors = []
    for name, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if name in fields and value is not None:
            data[name] = None
            message = f"This app is not approved to use the {name} field."
            errors.append({"message": message, "path": [*path, name], "extensions": {"code": "ACCESS_DENIED"}})
        else:
            errors += _withhold(value, fields, (*path, name))
    return errors


def _formatted(result: ExecutionResult, withheld: list[dict[str, Any]]) -> dict[str, Any]:
    errors = [*(error.formatted for error in result.errors or ()), *withheld]
    return {"data": result.data} | ({"errors": errors} if errors else {})
