"""Inputs that take exactly one field (@oneOf), held to that by graphql-core.

Strawberry has a rule and a coercion of its own. The rule fails on a fragment that stands before its operation, and of a
fragment of several operations it looks at the variables of one.
"""

from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    ValidationRule,
)


def tell_one_of(schema: GraphQLSchema) -> None:
    """Strawberry does not tell graphql-core, whose rules and introspection know nothing of these inputs then."""
    for each in schema.type_map.values():
        if isinstance(each, GraphQLInputObjectType):
            each.is_one_of = each.extensions["strawberry-definition"].is_one_of


class OneOfVariables(ValidationRule):
    """A variable for the one field is never null: graphql-core's rule overlooks inputs that are themselves not null."""

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        definitions = {each.variable.name.value: each for each in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            parent = usage.parent_type.of_type if isinstance(usage.parent_type, GraphQLNonNull) else None
            definition = definitions.get(usage.node.name.value)
            if not isinstance(parent, GraphQLInputObjectType) or not parent.is_one_of or definition is None:
                continue
            if not isinstance(definition.type, NonNullTypeNode):
                message = f"Variable '${usage.node.name.value}' is a field of '{parent}', so it must not be nullable."
                self.report_error(GraphQLError(message, [definition, usage.node]))
