"""How the interpreter executes: Strawberry's way, but for deferred parts and for commands."""

from collections.abc import Awaitable
from typing import Any

from graphql import GraphQLObjectType
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Begins what is deferred beside the first part, and all items of a streamed list together.

    One after the other, each item would load what it needs by itself: a statement and a call to a source for each.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enable_early_execution = True

    def execute_field(self, parent_type: GraphQLObjectType, *args: Any, **kwargs: Any) -> Any:
        result = super().execute_field(parent_type, *args, **kwargs)
        if parent_type is self.schema.mutation_type and self.is_awaitable(result):
            return self._performed(result)
        return result

    async def _performed(self, result: Awaitable[Any]) -> Any:
        """Until the command's whole answer is complete: the next one is performed only then."""
        async with self.context_value.performing():
            return await result
