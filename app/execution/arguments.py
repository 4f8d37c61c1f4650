"""Values of variables and arguments, by readers that are made once for a text.

GraphQL's own way (graphql-core, then Strawberry's conversion) looks every name and type up again for each request. Here
that is done beforehand for what requests are made of: plain variables, constants, and input objects of both. Whatever
is not plain goes the full way, so there is one place that knows all the rules.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    Node,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_input_type,
    is_leaf_type,
    type_from_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from graphql.utilities import coerce_input_literal
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry import UNSET, Schema
from strawberry.types.arguments import convert_argument, convert_arguments
from strawberry.types.base import StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from app.execution.input_values import Coercions, Conversions, Convert, NotPlain, has_default

Arguments = Mapping[str, Any]
"""By Python name, as resolvers have them; absent and null ones are left out."""


class InvalidVariables(Exception):
    """The interpreter says what is wrong with them; the message is the first thing."""


class Variables:
    """Of one request: `coerced` by name, and on demand all that graphql-core knows of them."""

    def __init__(self, reader: "VariablesReader", given: Mapping[str, Any], coerced: Mapping[str, Any] | None) -> None:
        self._reader = reader
        self._given = given
        self.coerced = self.values.coerced if coerced is None else coerced

    @cached_property
    def values(self) -> VariableValues:
        return self._reader.fully(self._given)


class VariablesReader:
    """Of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._checks = [
            (each.variable.name.value, _coercion(schema, each), isinstance(each.type, NonNullTypeNode))
            for each in self._definitions
        ]
        self.required = frozenset(name for name, _, is_required in self._checks if is_required)

    def read(self, given: Mapping[str, Any]) -> Variables:
        """Raises InvalidVariables."""
        return Variables(self, given, self._plainly(given))

    def fully(self, given: Mapping[str, Any]) -> VariableValues:
        values = get_variable_values(self._schema, self._definitions, dict(given), max_errors=1)
        if isinstance(values, list):
            raise InvalidVariables(values[0].message)
        return values

    def _plainly(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """None where a value or its type is not plain."""
        coerced: dict[str, Any] = {}
        for name, coerce, is_required in self._checks:
            value = given.get(name)
            if coerce is None or (is_required and value is None):
                return None
            if value is not None:
                try:
                    coerced[name] = coerce(value)
                except NotPlain:
                    return None
            elif name in given:
                coerced[name] = None
        return coerced


class ArgumentsReader:
    """Of one field of a text."""

    def __init__(
        self,
        schema: Schema,
        declared: StrawberryField,
        definition: GraphQLField,
        node: FieldNode,
        required: frozenset[str],
    ) -> None:
        """`required` are the variables that are never null."""
        self._schema = schema
        self._declared = declared
        self._definition = definition
        self._node = node
        self.is_constant = not _has_variables(node)
        self._readers: Mapping[str, Read] | None = None
        with suppress(NotPlain):
            self._readers = _Readers(schema, required).of_field(declared, definition, node)

    def __call__(self, variables: Variables) -> Arguments:
        if self._readers is None:
            return self._fully(variables)
        return {
            name: value
            for name, read in self._readers.items()
            if (value := read(variables.coerced)) is not None and value is not UNSET
        }

    def _fully(self, variables: Variables) -> Arguments:
        """Raises InvalidVariables."""
        try:
            given = get_argument_values(self._definition, self._node, variables.values)
        except GraphQLError as exc:
            raise InvalidVariables(exc.message) from exc
        converted = convert_arguments(
            given,
            self._declared.arguments,
            config=self._schema.config,
            scalar_registry=self._schema.schema_converter.scalar_registry,
        )
        return {name: value for name, value in converted.items() if value is not None and value is not UNSET}


Read = Callable[[Mapping[str, Any]], Any]
"""From the coerced variables to a value; UNSET for one that is absent."""


class _Readers:
    def __init__(self, schema: Schema, required: frozenset[str]) -> None:
        self._schema = schema
        self._required = required
        self._conversions = Conversions(schema)

    def of_field(self, declared: StrawberryField, definition: GraphQLField, node: FieldNode) -> dict[str, Read]:
        arguments = {self._schema.config.name_converter.from_argument(each): each for each in declared.arguments}
        readers = {
            each.name.value: self._of_value(
                each.value, definition.args[each.name.value].type, arguments[each.name.value].type
            )
            for each in node.arguments or ()
        }
        for name, argument in definition.args.items():
            if has_default(argument):
                default = self._converted(coerce_default_value(argument), arguments[name].type)
                readers[name] = _or_default(readers.get(name), default)
        return {str(arguments[name].python_name): read for name, read in readers.items()}

    def _of_value(self, node: ValueNode, type_: GraphQLInputType, python_type: Any) -> Read:
        if not _has_variables(node):
            constant = self._converted(coerce_input_literal(node, type_), python_type)
            return lambda _: constant
        if isinstance(node, VariableNode):
            return self._of_variable(node.name.value, type_, python_type)
        if isinstance(node, ObjectValueNode):
            return self._of_object(node, type_, python_type)
        raise NotPlain

    def _of_variable(self, name: str, type_: GraphQLInputType, python_type: Any) -> Read:
        if isinstance(type_, GraphQLNonNull) and name not in self._required:
            raise NotPlain
        if is_leaf_type(_nullable(type_)):
            return lambda coerced: coerced.get(name, UNSET)
        convert = self._conversions.of(python_type)
        return lambda coerced: convert(coerced[name]) if name in coerced else UNSET

    def _of_object(self, node: ObjectValueNode, type_: GraphQLInputType, python_type: Any) -> Read:
        input_type = _input_class(python_type)
        definition = get_object_definition(input_type)
        if definition is None or definition.from_input is not None:
            raise NotPlain
        graphql_type = get_named_type(type_)
        if not isinstance(graphql_type, GraphQLInputObjectType) or any(map(has_default, graphql_type.fields.values())):
            raise NotPlain
        if graphql_type.is_one_of and not self._are_given(node):
            raise NotPlain
        own = {self._schema.config.name_converter.from_field(each): each for each in definition.fields}
        readers = {
            own[each.name.value].python_name: self._of_value(
                each.value,
                graphql_type.fields[each.name.value].type,
                own[each.name.value].resolve_type(type_definition=definition),
            )
            for each in node.fields
        }
        absent = {
            each.python_name: None
            for each in definition.fields
            if each.default_value is MISSING and each.default_factory is MISSING
        }

        def read(coerced: Mapping[str, Any]) -> Any:
            given = {name: value for name, read in readers.items() if (value := read(coerced)) is not UNSET}
            return input_type(**(absent | given))

        return read

    def _are_given(self, node: ObjectValueNode) -> bool:
        return all(
            each.value.name.value in self._required for each in node.fields if isinstance(each.value, VariableNode)
        )

    def _converted(self, value: Any, python_type: Any) -> Any:
        registry = self._schema.schema_converter.scalar_registry
        return convert_argument(value, python_type, registry, self._schema.config)


def _coercion(schema: GraphQLSchema, definition: VariableDefinitionNode) -> Convert | None:
    """Of a value that is not null. None where defaults or types make it less than plain."""
    type_ = type_from_ast(schema, definition.type)
    if definition.default_value is not None or not is_input_type(type_):
        return None
    return Coercions().of(_nullable(type_))


def _or_default(read: Read | None, default: Any) -> Read:
    """In place of an argument that is not given, and of a variable that is not."""
    if read is None:
        return lambda _: default
    return lambda coerced: default if (value := read(coerced)) is UNSET else value


def _nullable(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _input_class(type_: Any) -> Any:
    while isinstance(type_, StrawberryOptional | LazyType):
        type_ = type_.of_type if isinstance(type_, StrawberryOptional) else type_.resolve_type()
    return type_


def _has_variables(node: Node) -> bool:
    found: list[VariableNode] = []

    class Variables(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            found.append(variable)

        def enter_selection_set(self, *_: Any) -> Any:
            return self.SKIP

    visit(node, Variables())
    return bool(found)
