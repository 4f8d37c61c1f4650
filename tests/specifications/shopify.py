"""Shopify's own schema, by introspection: what we send is valid there, and what is answered could be its answer."""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_client_schema,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from tests.specifications.exchange import SPECS, Exchange, Violation

FILE = SPECS / "shopify" / "admin_2026-10.json.gz"
TOKEN_PATH = "/admin/oauth/access_token"
GRAPHQL_PATH = "/admin/api/2026-10/graphql.json"
WANT_A_KEY = {"refundCreate", "inventoryAdjustQuantities"}
"""Which the schema does not say: https://shopify.dev/changelog/
making-idempotency-mandatory-for-inventory-adjustments-and-refund-mutations, read 2026-11."""
Json = dict[str, Any]


@cache
def official_schema() -> GraphQLSchema:
    introspection = json.loads(gzip.decompress(FILE.read_bytes()))
    return build_client_schema(introspection.get("data", introspection), assume_valid=True)


def violations(exchange: Exchange) -> Iterator[Violation]:
    if exchange.path == TOKEN_PATH:
        return
    if (exchange.method, exchange.path) != ("POST", GRAPHQL_PATH):
        yield Violation(f"{exchange.method} {exchange.path}", "", "paths", "is not described")
        return
    asked = exchange.json
    document, errors = understood(asked["query"])
    if document is None:
        for error in errors:
            yield Violation("document", "", "validate", error.message)
        return
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    name = operation.name.value if operation.name else "?"
    for message in _of_variables(operation, asked.get("variables", {})):
        yield Violation(name, "variables", "type", message)
    yield from _without_key(name, operation)
    if exchange.status == 200 and (data := exchange.answer.get("data")) is not None:
        kind = official_schema().get_root_type(operation.operation)
        assert kind is not None
        yield from _Answer(name, document).of_selections(operation.selection_set, kind, data, "$")


@cache
def understood(query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    try:
        document = parse(query)
    except GraphQLSyntaxError as exc:
        return None, [exc]
    errors = validate(official_schema(), document)
    return (None, errors) if errors else (document, [])


def _of_variables(operation: OperationDefinitionNode, given: Json) -> list[str]:
    coerced = get_variable_values(official_schema(), operation.variable_definitions or (), given)
    unknown = given.keys() - {each.variable.name.value for each in operation.variable_definitions or ()}
    wrong = [error.message for error in coerced] if isinstance(coerced, list) else []
    return wrong + [f"${each} is not declared" for each in sorted(unknown)]


def _without_key(name: str, operation: OperationDefinitionNode) -> Iterator[Violation]:
    if operation.operation is not OperationType.MUTATION:
        return
    for each in operation.selection_set.selections:
        if isinstance(each, FieldNode) and each.name.value in WANT_A_KEY:
            directives = {directive.name.value for directive in each.directives or ()}
            if "idempotent" not in directives:
                yield Violation(name, each.name.value, "idempotent", "wants a key")


class _Answer:
    """Walks an answer along its document, by the official types."""

    def __init__(self, operation: str, document: DocumentNode) -> None:
        self._operation = operation
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def of_selections(
        self, selections: SelectionSetNode, kind: GraphQLNamedType, value: Any, where: str
    ) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield self._wrong(where, "type", "is no object")
            return
        concrete = _concrete(kind, selections, value)
        fields = dict(self._fields(selections, concrete))
        if extra := sorted(value.keys() - fields.keys()):
            yield self._wrong(where, "additionalProperties", f"was not asked for {', '.join(extra)}")
        for key, field in fields.items():
            if field.name.value == "__typename":
                continue
            if key not in value:
                yield self._wrong(f"{where}.{key}", "required", "is missing")
            elif isinstance(concrete, GraphQLObjectType):
                declared = concrete.fields[field.name.value].type
                yield from self._of_value(field, declared, value[key], f"{where}.{key}")

    def _of_value(self, field: FieldNode, declared: GraphQLOutputType, value: Any, where: str) -> Iterator[Violation]:
        if isinstance(declared, GraphQLNonNull):
            if value is None:
                yield self._wrong(where, "nullable", "is null")
            declared = declared.of_type
        if value is None:
            return
        if isinstance(declared, GraphQLList):
            if not isinstance(value, list):
                yield self._wrong(where, "type", "is no list")
                return
            for each in value:
                yield from self._of_value(field, declared.of_type, each, f"{where}[]")
        elif field.selection_set is None:
            assert isinstance(declared, GraphQLEnumType | GraphQLScalarType)
            if not _is_of(declared, value):
                yield self._wrong(where, "type", f"{value!r} is no {declared.name}")
        else:
            assert isinstance(declared, GraphQLNamedType)
            yield from self.of_selections(field.selection_set, declared, value, where)

    def _fields(self, selections: SelectionSetNode, kind: GraphQLNamedType) -> Iterator[tuple[str, FieldNode]]:
        for each in selections.selections:
            match each:
                case FieldNode():
                    yield (each.alias or each.name).value, each
                case InlineFragmentNode(type_condition=on, selection_set=inner):
                    if on is None or _applies(on.name.value, kind):
                        yield from self._fields(inner, kind)
                case FragmentSpreadNode():
                    fragment = self._fragments[each.name.value]
                    if _applies(fragment.type_condition.name.value, kind):
                        yield from self._fields(fragment.selection_set, kind)

    def _wrong(self, where: str, keyword: str, reason: str) -> Violation:
        return Violation(self._operation, where, keyword, reason)


def _concrete(kind: GraphQLNamedType, selections: SelectionSetNode, value: Mapping[str, Any]) -> GraphQLNamedType:
    """Of an interface the type that the id names; without one the only type that is asked for."""
    if isinstance(kind, GraphQLObjectType):
        return kind
    if named := re.match(r"gid://shopify/(\w+)/", str(value.get("id", ""))):
        return official_schema().type_map[named[1]]
    asked = {
        each.type_condition.name.value
        for each in selections.selections
        if isinstance(each, InlineFragmentNode) and each.type_condition
    }
    return official_schema().type_map[asked.pop()] if len(asked) == 1 else kind


def _applies(on: str, kind: GraphQLNamedType) -> bool:
    if on == kind.name:
        return True
    return isinstance(kind, GraphQLObjectType) and on in {each.name for each in kind.interfaces}


def _is_of(declared: GraphQLEnumType | GraphQLScalarType, value: Any) -> bool:
    if isinstance(declared, GraphQLEnumType):
        return value in declared.values
    check = _SCALARS.get(declared.name, lambda each: isinstance(each, str))
    try:
        return check(value)
    except (ValueError, TypeError, InvalidOperation):
        return False


_SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "Boolean": lambda value: isinstance(value, bool),
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "JSON": lambda value: True,
    "ID": lambda value: value.startswith("gid://shopify/"),
    "DateTime": lambda value: datetime.fromisoformat(value).tzinfo is not None,
    "Decimal": lambda value: isinstance(value, str) and Decimal(value).is_finite(),
    "Money": lambda value: isinstance(value, str) and Decimal(value).is_finite(),
    "UnsignedInt64": lambda value: isinstance(value, str) and value.isdecimal(),
}
"""Whatever else there is, is text."""
