"""Valid operations over the whole schema, made from a seed: arguments, variables, aliases, fragments, directives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
)

DEPTH_MAX = 7
FIELDS_MAX = 60
OFTEN = {"after": 0.05, "before": 0.05}
"""How often optional arguments are given, if not as others are: most cursors belong to another order, and one wrong
argument spoils the whole operation."""


@dataclass(frozen=True)
class Operation:
    query: str
    variables: Mapping[str, Any]
    field_count: int
    fields: frozenset[str]
    """As Type.field."""


def operations(schema: GraphQLSchema, seed: int, values: Mapping[str, Sequence[Any]]) -> Iterator[Operation]:
    """Without end. `values` are what scalars are given, by the name of the argument or input field, else the scalar's.

    Those under `odd` are given now and then to whatever is a text.
    """
    random = Random(seed)  # noqa: S311 - an order of trials, not a secret
    while True:
        yield _Writer(schema, random, values).operation()


class _Writer:
    """Writes one operation."""

    def __init__(self, schema: GraphQLSchema, random: Random, values: Mapping[str, Sequence[Any]]) -> None:
        self._schema = schema
        self._random = random
        self._values = values
        self._declared: list[str] = []
        self._variables: dict[str, Any] = {}
        self._fragments: list[str] = []
        self._fields: list[str] = []

    def operation(self) -> Operation:
        root = self._schema.query_type
        assert root is not None
        selection = self._selection(root, DEPTH_MAX)
        declared = f"({' '.join(self._declared)})" if self._declared else ""
        query = f"query Tried{declared} {selection} {' '.join(self._fragments)}"
        return Operation(query, self._variables, len(self._fields), frozenset(self._fields))

    def _chance(self, of: float) -> bool:
        return self._random.random() < of

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            inner = " ".join(self._on_possible_types(type_, depth))
        else:
            assert isinstance(type_, GraphQLObjectType)
            inner = " ".join(self._some_fields(type_, depth, must_alias=False))
        if self._chance(0.1):
            # The same fields once more: what has one response key merges.
            inner = f"{inner} ... on {type_.name} {{ {inner} }}"
        if self._chance(0.15):
            name = f"Part{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {type_.name} {{ {inner} }}")
            return f"{{ ...{name} }}"
        return f"{{ {inner} }}"

    def _on_possible_types(self, type_: GraphQLUnionType | GraphQLInterfaceType, depth: int) -> Iterator[str]:
        yield "__typename"
        possible = list(self._schema.get_possible_types(type_))
        for each in self._random.sample(possible, min(2, len(possible))):
            # The same name may be another type elsewhere, hence the aliases.
            yield f"... on {each.name} {{ {' '.join(self._some_fields(each, depth, must_alias=True))} }}"

    def _some_fields(self, type_: GraphQLObjectType, depth: int, *, must_alias: bool) -> Iterator[str]:
        yield "__typename"
        may_nest = depth > 1 and len(self._fields) < FIELDS_MAX
        fields = [
            (name, field)
            for name, field in type_.fields.items()
            if may_nest or not is_composite_type(get_named_type(field.type))
        ]
        for name, field in self._random.sample(fields, min(self._random.randint(1, 4), len(fields))):
            self._fields.append(f"{type_.name}.{name}")
            arguments = self._arguments(field)
            # Fragments may bring one field twice into one place: with other arguments it needs another name.
            alias = f"a{len(self._fields)}: " if arguments or must_alias or self._chance(0.1) else ""
            directive = self._condition() if self._chance(0.1) else ""
            named = get_named_type(field.type)
            nested = f" {self._selection(named, depth - 1)}" if is_composite_type(named) else ""
            yield f"{alias}{name}{arguments}{directive}{nested}"

    def _condition(self) -> str:
        name, value = self._random.choice((("include", True), ("include", True), ("skip", False), ("skip", True)))
        if self._chance(0.5):
            return f" @{name}(if: {json.dumps(value)})"
        return f" @{name}(if: {self._variable('Boolean!', value)})"

    def _arguments(self, field: GraphQLField) -> str:
        names = [
            name
            for name, argument in field.args.items()
            if isinstance(argument.type, GraphQLNonNull) or self._chance(OFTEN.get(name, 0.25))
        ]
        if "first" in names and "last" in names and self._chance(0.9):
            names.remove("last")
        given = [f"{name}: {self._argument(name, field.args[name].type)}" for name in names]
        return f"({', '.join(given)})" if given else ""

    def _argument(self, of: str, type_: GraphQLInputType) -> str:
        value = self._value(of, type_)
        if not self._chance(0.3):
            return _literal(value, type_)
        return self._variable(str(type_), value)

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._variables)}"
        self._variables[name] = value
        self._declared.append(f"${name}: {type_}")
        return f"${name}"

    def _value(self, of: str, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value(of, type_.of_type)
        if isinstance(type_, GraphQLList):
            return [self._value(of, type_.of_type) for _ in range(self._random.randint(0, 3))]
        if isinstance(type_, GraphQLEnumType):
            return self._random.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        if type_.name in ("ID", "String") and self._chance(0.04):
            return self._random.choice(self._values["odd"])
        return self._random.choice(self._values.get(of) or self._values[type_.name])

    def _object(self, type_: GraphQLInputObjectType) -> dict[str, Any]:
        # Strawberry checks it in a rule of its own, and leaves graphql-core in the dark.
        if type_.extensions["strawberry-definition"].is_one_of:
            name, field = self._random.choice(list(type_.fields.items()))
            return {name: self._value(name, field.type)}
        return {
            name: self._value(name, field.type)
            for name, field in type_.fields.items()
            if isinstance(field.type, GraphQLNonNull) or self._chance(0.4)
        }


def _literal(value: Any, type_: GraphQLInputType) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _literal(value, type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{', '.join(_literal(each, type_.of_type) for each in value)}]"
    if isinstance(type_, GraphQLInputObjectType):
        parts = (f"{name}: {_literal(each, type_.fields[name].type)}" for name, each in value.items())
        return f"{{{', '.join(parts)}}}"
    return value if isinstance(type_, GraphQLEnumType) else json.dumps(value, ensure_ascii=False)
