"""Which operation of a document is meant."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension


class OperationIsNamed(SchemaExtension):
    """Several operations and no name is an error (GraphQL specification, 6.1); Strawberry would run the first.

    Stands behind the extension that validates: a document that is wrong anyway says so first.
    """

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        asked_for = context._provided_operation_name  # noqa: SLF001 - the public name falls back to the first one's
        if context.graphql_document is not None and asked_for is None and not context.pre_execution_errors:
            definitions = context.graphql_document.definitions
            operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
            if len(operations) > 1:
                message = "The document holds several operations: say in operationName which one is meant."
                context.pre_execution_errors = [GraphQLError(message, operations)]
        yield
