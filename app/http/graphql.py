"""POST /graphql, and GET for browsers and for queries in the URL: GraphQL over HTTP, with JSON in every answer.

Which status goes with what (GraphQL over HTTP, working draft of 2025, sections 6.3 and 6.4): a request that is not
GraphQL at all has a 4xx of its own; a GraphQL request that could not be executed is 400 for clients that accept
application/graphql-response+json and 200 for those that know only application/json; everything else is 200.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.connectors.freshness import LiveReads
from app.connectors.registry import Registry
from app.execution.errors import BadUserInput, LimitExceeded, TimedOut, present
from app.execution.loaders import TOO_LARGE
from app.http import graphiql
from app.http.leaving import unless_client_leaves
from app.resolvers.context import Context
from app.schema import QUERY_CHARACTERS_MAX, new_plans, schema, stored_types

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
ANSWER_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""An answer is one client's, and nothing but the media type it names."""
ENGINE, PLAN, INTERPRETER = "Junction-Engine", "plan", "interpreter"
"""The response header says which of the two answered: plans, or Strawberry field by field."""
QUERIES_ONLY = frozenset({OperationType.QUERY})
QUERIES_AND_MUTATIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})


@dataclass(frozen=True, slots=True)
class Limits:
    body_bytes_max: int
    request_timeout_s: float
    page_size_default: int
    page_size_max: int
    ids_max: int
    may_choose_engine: bool = False
    """Whether the request header Junction-Engine, plan or interpreter, forces one way; for the demo and tests."""


class GraphQLRequest(msgspec.Struct, rename="camel"):
    """The body of a request; `variables` and `extensions` may be null."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class NotGraphQL(Exception):
    """A request that is no GraphQL request: `status` and a sentence on what to send instead."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class GraphQLEndpoint:
    """An ASGI application."""

    def __init__(self, engine: AsyncEngine, reads: LiveReads, registry: Registry, limits: Limits) -> None:
        # Reading needs no transaction around a single statement.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reads = reads
        self._registry = registry
        self._limits = limits
        self._plans = new_plans()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        if response is not None:
            response.headers["Vary"] = "Accept"
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response | None:
        """None for a client that has left."""
        accepted = request.headers.get("accept", "*/*")
        if request.method in ("GET", "HEAD") and "query" not in request.query_params and "text/html" in accepted:
            return graphiql.page(request)
        media_type = JSON
        try:
            media_type = _negotiate(accepted)
            asked, allowed = await self._read(request)
        except NotGraphQL as refusal:
            return _answer({"errors": [_error(str(refusal))]}, refusal.status, media_type, refusal.headers)
        except ClientDisconnect:
            return None
        return await unless_client_leaves(
            request.receive, self._execute(asked, allowed, media_type, self._engine_for(request))
        )

    def _engine_for(self, request: Request) -> str:
        return request.headers.get(ENGINE, "") if self._limits.may_choose_engine else ""

    async def _read(self, request: Request) -> tuple[GraphQLRequest, frozenset[OperationType]]:
        if request.method == "GET":
            return _from_url(request), QUERIES_ONLY
        if request.method != "POST":
            raise NotGraphQL(405, "Send a POST, or a GET with the query in the URL.", {"Allow": "GET, POST"})
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise NotGraphQL(415, "Send the request as JSON, with Content-Type: application/json.")
        return _from_body(await self._body(request)), QUERIES_AND_MUTATIONS

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.request_timeout_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self._limits.body_bytes_max:
                        raise NotGraphQL(413, f"The body may have {self._limits.body_bytes_max} bytes at most.")
        except TimeoutError as exc:
            message = f"The body took longer than {self._limits.request_timeout_s:g} s to arrive."
            raise NotGraphQL(408, message, {"Connection": "close"}) from exc
        return bytes(body)

    async def _execute(
        self, asked: GraphQLRequest, allowed: frozenset[OperationType], media_type: str, engine: str
    ) -> Response:
        if len(asked.query) > QUERY_CHARACTERS_MAX:
            # Also because texts are remembered: what one of them may hold bounds what all of them do.
            too_long = f"The query may have {QUERY_CHARACTERS_MAX:,} characters at most: send values as variables."
            return _refused(too_long, media_type, LimitExceeded.code)
        try:
            async with asyncio.timeout(self._limits.request_timeout_s), self._context() as context:
                if engine != INTERPRETER:
                    body = await self._plans.answer(asked.query, asked.operation_name, asked.variables, context)
                    if body is not None:
                        return _response(body, 200, media_type, {ENGINE: PLAN})
                if engine == PLAN:
                    return _refused("No plan covers this request.", media_type)
                result = await schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    operation_name=asked.operation_name,
                    context_value=context,
                    allowed_operation_types=allowed,
                )
        except TimeoutError:
            message = f"The answer took longer than {self._limits.request_timeout_s:g} s and was stopped."
            return _answer({"errors": [_error(message, TimedOut.code)]}, 200, media_type)
        except CannotGetOperationTypeError as exc:
            return _refused(exc.as_http_error_reason(), media_type)
        except InvalidOperationTypeError as exc:
            kind = f"{exc.operation_type.value}s".capitalize()
            if exc.operation_type in QUERIES_AND_MUTATIONS:
                return _answer({"errors": [_error(f"{kind} need a POST.")]}, 405, media_type, {"Allow": "POST"})
            return _refused(f"{kind} are not answered here.", media_type)
        if context.rows_left < 0:
            # Not an error at each of the thousands of places that had to go without.
            return _answer({"errors": [_error(TOO_LARGE, LimitExceeded.code)], "data": None}, 200, media_type)
        return _interpreted(result, asked.operation_name, media_type)

    def _context(self) -> Context:
        return Context(
            engine=self._engine,
            types=stored_types,
            page_size_default=self._limits.page_size_default,
            page_size_max=self._limits.page_size_max,
            ids_max=self._limits.ids_max,
            reads=self._reads,
            registry=self._registry,
        )


def _interpreted(result: ExecutionResult, operation_name: str | None, media_type: str) -> Response:
    errors = result.errors or []
    answer: dict[str, Any] = {}
    if errors:
        answer["errors"] = [present(error, request={"operation": operation_name}) for error in errors]
    # Without data and without a path the request itself was wrong: nothing was executed, and no data is null.
    is_executed = result.data is not None or any(error.path for error in errors)
    if is_executed:
        answer["data"] = result.data
    status = 400 if not is_executed and media_type == GRAPHQL_RESPONSE else 200
    return _answer(answer, status, media_type, {ENGINE: INTERPRETER})


def _refused(message: str, media_type: str, code: str = BadUserInput.code) -> Response:
    """A GraphQL request that cannot be executed as it is."""
    status = 400 if media_type == GRAPHQL_RESPONSE else 200
    return _answer({"errors": [_error(message, code)]}, status, media_type)


def _negotiate(accepted: str) -> str:
    """The media type of the answer, application/json for clients that take anything."""
    ranges = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    if GRAPHQL_RESPONSE in ranges:
        return GRAPHQL_RESPONSE
    if {JSON, "application/*", "*/*"} & set(ranges):
        return JSON
    raise NotGraphQL(406, f"Answers come as {GRAPHQL_RESPONSE} or {JSON}: name one of them in Accept.")


def _from_body(body: bytes) -> GraphQLRequest:
    try:
        request = msgspec.json.decode(body, type=GraphQLRequest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise NotGraphQL(400, f"The body is not a GraphQL request: {exc}.") from exc
    if not request.query.strip():
        raise NotGraphQL(400, "The query is empty.")
    return request


def _from_url(request: Request) -> GraphQLRequest:
    parameters = request.query_params
    if not parameters.get("query", "").strip():
        raise NotGraphQL(400, "Give the query in the URL's parameter query, or send a POST.")
    given = parameters.get("variables")
    try:
        variables = msgspec.json.decode(given, type=dict[str, Any] | None) if given else None
    except (msgspec.DecodeError, RecursionError) as exc:
        raise NotGraphQL(400, f"The parameter variables is not a JSON object: {exc}.") from exc
    return GraphQLRequest(parameters["query"], parameters.get("operationName"), variables)


def _error(message: str, code: str = BadUserInput.code) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}


def _answer(
    answer: Mapping[str, Any], status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    return _response(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS), status, media_type, headers)


def _response(body: bytes, status: int, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, {**ANSWER_HEADERS, **(headers or {})}, f"{media_type}; charset=utf-8")
