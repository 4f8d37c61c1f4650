"""The shape of the API: types, inputs, enums, scalars. `schema` is the whole of it, ready to execute."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from app.execution.cost import Cost
from app.execution.engine import Engine, GivenDocument, Limits
from app.execution.executor import Executor
from app.execution.limits import Sizes, depth_limit, parts_limit, size_limit
from app.execution.rows import StoredTypes
from app.schema.inventory import Reservation
from app.schema.mutation import Mutation
from app.schema.query import Query
from app.schema.scalars import SCALARS
from app.schema.user_error import USER_ERRORS

QUERY_DEPTH_MAX = 16
QUERY_TOKENS_MAX = 10_000
QUERY_CHARACTERS_MAX = 100_000
QUERY_FIELDS_MAX = 1_000
QUERY_ALIASES_MAX = 100
QUERY_REPEATS_MAX = 25
QUERY_PARTS_MAX = 25
MOST = Cost(rows=50_000, values=500_000, fields=2_000, reads=100, parts=1_000)


class Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: Strawberry would log every error, the client's own too. `errors.present` logs ours."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    types=[Reservation, *USER_ERRORS],
    config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
    execution_context_class=Executor,
    extensions=[GivenDocument],
)
stored_types = StoredTypes(schema)


def new_engine(sizes: Sizes) -> Engine:
    """The engine over the schema, with its limits. What it remembers is its own."""
    rules = [
        size_limit(QUERY_FIELDS_MAX, QUERY_ALIASES_MAX, QUERY_REPEATS_MAX),
        depth_limit(QUERY_DEPTH_MAX),
        parts_limit(QUERY_PARTS_MAX),
    ]
    return Engine(schema, stored_types, Limits(rules, QUERY_TOKENS_MAX, MOST, sizes))
