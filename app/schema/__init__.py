"""The shape of the API: types, inputs, enums, scalars. `schema` is the whole of it, ready to execute."""

import strawberry
from graphql import ASTValidationRule, GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from app.execution.limits import depth_limit, size_limit
from app.execution.operation import OperationIsNamed
from app.execution.plans import Plans
from app.execution.rows import StoredTypes
from app.schema.inventory import Reservation
from app.schema.query import Query
from app.schema.scalars import SCALARS

QUERY_DEPTH_MAX = 16
QUERY_TOKENS_MAX = 10_000
QUERY_CHARACTERS_MAX = 100_000
QUERY_FIELDS_MAX = 1_000
QUERY_ALIASES_MAX = 100
DOCUMENTS_CACHED_MAX = 500
"""Query text comes from outside: what is remembered of it is bounded."""
LIMITS: list[type[ASTValidationRule]] = [size_limit(QUERY_FIELDS_MAX, QUERY_ALIASES_MAX), depth_limit(QUERY_DEPTH_MAX)]


class Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: Strawberry would log every error, the client's own too. `errors.present` logs ours."""


schema = Schema(
    query=Query,
    types=[Reservation],
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[
        lambda: MaxTokensLimiter(max_token_count=QUERY_TOKENS_MAX),
        lambda: AddValidationRules(LIMITS),
        lambda: ParserCache(maxsize=DOCUMENTS_CACHED_MAX),
        lambda: ValidationCache(maxsize=DOCUMENTS_CACHED_MAX),
        OperationIsNamed,
    ],
)
stored_types = StoredTypes(schema)


def new_plans() -> Plans:
    """An empty cache of plans over the schema, with its limits."""
    return Plans(schema, stored_types, rules=LIMITS, tokens_max=QUERY_TOKENS_MAX)
