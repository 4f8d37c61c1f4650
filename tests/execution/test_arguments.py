"""The quick way to variables and arguments says what graphql-core and Strawberry say, or leaves it to them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

import pytest
import strawberry
from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    TypeInfo,
    TypeInfoVisitor,
    Undefined,
    Visitor,
    parse,
    visit,
)
from graphql.execution.values import get_variable_values
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strawberry import Schema

from app.execution.access import public
from app.execution.arguments import Arguments, ArgumentsReader, InvalidVariables
from app.execution.declare import Argument, computed
from app.execution.operations import Operations
from app.schema import schema as whole_schema
from tests.execution import bookshop
from tests.graphql.operations import operations
from tests.graphql.values import NO_KEY, ODD_IDS, ODD_TEXTS, TIMES

OPEN = public("nothing is behind it")
REFUSED = "refused"
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Color(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.input
class Range:
    from_: int | None = strawberry.UNSET
    to: int | None = strawberry.UNSET


@strawberry.input
class Sort:
    by: Color
    descending: bool = False


@strawberry.input(one_of=True)
class Choice:
    id: strawberry.ID | None = strawberry.UNSET
    range: Range | None = strawberry.UNSET


@strawberry.input
class Filter:
    title_contains: str | None = strawberry.UNSET
    colors: list[Color] | None = strawberry.UNSET
    within: Range | None = strawberry.UNSET
    ranges: list[Range] | None = strawberry.UNSET
    choice: Choice | None = strawberry.UNSET
    ids: list[strawberry.ID] | None
    is_new: bool | None


ARGUMENTS = {
    "text_of": Argument(str | None, ""),
    "number": Argument(int | None, ""),
    "required": Argument(int, "", default=3),
    "count": Argument(int | None, "", default=4),
    "shade": Argument(Color, "", default=Color.BLUE),
    "share": Argument(float | None, ""),
    "flag": Argument(bool | None, ""),
    "id": Argument(strawberry.ID | None, ""),
    "ids": Argument(list[strawberry.ID | None] | None, ""),
    "color": Argument(Color | None, ""),
    "where": Argument(Filter | None, ""),
    "choice": Argument(Choice | None, ""),
    "sort": Argument(list[Sort] | None, ""),
}


WITH_DEFAULTS = ("required", "count", "shade")


def _asking(names: list[str], description: str) -> Any:
    return computed(str, description, needs=[], arguments={name: ARGUMENTS[name] for name in names}, read=OPEN)


@strawberry.type
class Query:
    plain: str = _asking([name for name in ARGUMENTS if name not in WITH_DEFAULTS], "Without defaults.")
    with_default: str = _asking([*WITH_DEFAULTS, "text_of"], "Some arguments have a default.")
    must: str = computed(
        str,
        "Both are needed.",
        needs=[],
        arguments={"number": Argument(int, ""), "choice": Argument(Choice, "")},
        read=OPEN,
    )


schema = Schema(query=Query)
OPERATIONS = {
    each: Operations(each, limits=(), tokens_max=10_000, sizes=bookshop.SIZES)
    for each in (schema, bookshop.schema, whole_schema)
}
TEXTS = st.sampled_from(["", "a", "5", "it's", '"quoted"', "ünï", "$a"])
WHOLE = st.sampled_from([0, 1, -1, 2**31 - 1, -(2**31)])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "String": TEXTS,
    "ID": TEXTS | WHOLE,
    "Int": WHOLE,
    "Float": WHOLE | st.sampled_from([0.5, -1e30]),
    "Boolean": st.booleans(),
}
ODD = st.sampled_from([None, 2**31, -(2**31) - 1, 1.0, 1.5, "1", "RED", True, [], [1], [None], {}, {"by": "RED"}])
"""JSON that now and then stands where it does not belong."""


@dataclass(frozen=True)
class Asked:
    """A valid operation of one field, and variables that may be wrong."""

    query: str
    variables: Mapping[str, Any]


@st.composite
def asked(draw: st.DrawFn, of: Schema, fields: tuple[str, ...]) -> Asked:
    root = of._schema.query_type
    assert root is not None
    name = draw(st.sampled_from(fields))
    field, writer = root.fields[name], _Writer(draw)
    arguments = [
        f"{each}: {writer.value(argument.type, has_default=_has_default(argument))}"
        for each, argument in field.args.items()
        if draw(st.booleans()) or (isinstance(argument.type, GraphQLNonNull) and not _has_default(argument))
    ]
    given_arguments = f"({', '.join(arguments)})" if arguments else ""
    declared = f"({', '.join(writer.declared)})" if writer.declared else ""
    nested = "" if field.type.__class__ is GraphQLNonNull and str(field.type) == "String!" else " { __typename }"
    return Asked(f"query{declared} {{ {name}{given_arguments}{nested} }}", writer.variables)


class _Writer:
    """Values in the text: literals, variables, and lists and input objects of both."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}

    def value(self, type_: GraphQLInputType, *, has_default: bool = False, is_one_of: bool = False) -> str:
        if self._draw(st.integers(0, 2)) == 0:
            return self._variable(type_, has_default=has_default, is_one_of=is_one_of)
        return self._literal(type_, is_null_possible=not is_one_of)

    def _variable(self, type_: GraphQLInputType, *, has_default: bool, is_one_of: bool) -> str:
        name = f"v{len(self.declared)}"
        nullable = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        default = self._draw(st.none() | _json_of(nullable).map(lambda value: _printed(value, nullable)))
        # Where null may not stand, a variable that may be null needs a default, its own or the place's.
        must = is_one_of or (isinstance(type_, GraphQLNonNull) and default is None and not has_default)
        mark = "!" if must or self._draw(st.booleans()) else ""
        self.declared.append(f"${name}: {nullable}{mark}{'' if default is None else f' = {default}'}")
        if self._draw(st.integers(0, 3)):
            self.variables[name] = self._draw(_json_of(nullable))
        elif self._draw(st.booleans()):
            self.variables[name] = self._draw(ODD)
        return f"${name}"

    def _literal(self, type_: GraphQLInputType, *, is_null_possible: bool = True) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._literal(type_.of_type, is_null_possible=False)
        if is_null_possible and self._draw(st.integers(0, 5)) == 0:
            return "null"
        if isinstance(type_, GraphQLList):
            return f"[{', '.join(self.value(type_.of_type) for _ in range(self._draw(st.integers(0, 2))))}]"
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        return _printed(self._draw(_json_of(type_)), type_)

    def _object(self, type_: GraphQLInputObjectType) -> str:
        if type_.is_one_of:
            name, field = self._draw(st.sampled_from(list(type_.fields.items())))
            return f"{{{name}: {self.value(field.type, is_one_of=True)}}}"
        inner = [
            f"{name}: {self.value(field.type, has_default=_has_default(field))}"
            for name, field in type_.fields.items()
            if self._draw(st.booleans()) or (isinstance(field.type, GraphQLNonNull) and not _has_default(field))
        ]
        return f"{{{', '.join(inner)}}}"


def _has_default(of: GraphQLArgument | GraphQLInputField) -> bool:
    return of.default_value is not Undefined


def _json_of(type_: GraphQLInputType) -> st.SearchStrategy[Any]:
    """JSON that coerces to the type."""
    if isinstance(type_, GraphQLNonNull):
        return _json_of(type_.of_type)
    if isinstance(type_, GraphQLList):
        return st.lists(_json_of(type_.of_type), max_size=2)
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from(list(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        fields = {name: _json_of(field.type) for name, field in type_.fields.items()}
        if type_.is_one_of:
            return st.one_of([value.map(lambda value, name=name: {name: value}) for name, value in fields.items()])  # type: ignore[misc]
        must = {name for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)}
        optional = {name: value | st.none() for name, value in fields.items() if name not in must}
        return st.fixed_dictionaries({name: fields[name] for name in must}, optional=optional)
    return VALUES[type_.name]


def _printed(value: Any, type_: GraphQLInputType) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _printed(value, type_.of_type)
    if value is None:
        return "null"
    if isinstance(type_, GraphQLList):
        return f"[{', '.join(_printed(each, type_.of_type) for each in value)}]"
    if isinstance(type_, GraphQLInputObjectType):
        return f"{{{', '.join(f'{name}: {_printed(each, type_.fields[name].type)}' for name, each in value.items())}}}"
    return str(value) if isinstance(type_, GraphQLEnumType) else json.dumps(value, ensure_ascii=False)


@untimed
@given(asked(schema, ("plain", "withDefault", "must")))
@example(Asked("query ($n: Int = 1) { must(number: $n, choice: {id: 1}) }", {"n": None}))
def test_arguments_are_those_of_the_full_way(asking: Asked) -> None:
    _hold(schema, asking.query, asking.variables)


@untimed
@given(asked(bookshop.schema, ("author", "authors", "books", "node", "nodes")))
def test_arguments_of_filters_sorts_and_lookups(asking: Asked) -> None:
    _hold(bookshop.schema, asking.query, asking.variables)


VARIABLE_TYPES = {
    "String": "textOf: $v",
    "Int": "number: $v",
    "Float": "share: $v",
    "Boolean": "flag: $v",
    "ID": "id: $v",
    "[ID]": "ids: $v",
    "Color": "color: $v",
    "Filter": "where: $v",
    "[Sort!]": "sort: $v",
}
GIVEN: list[Any] = [None, "", "a", "RED", 0, 1, -(2**31), 2**31 - 1, 2**31, -(2**31) - 1, 1.0, 1.5, True, False]
GIVEN += [[], [None], ["a"], [1, 2], {}, {"titleContains": "a"}, {"nothing": 1}, [{"by": "BLUE"}], [{"by": None}]]


@pytest.mark.parametrize("type_", VARIABLE_TYPES)
@pytest.mark.parametrize("mark", ["", "!", " = null"])
def test_variables_are_coerced_as_graphql_core_does_or_left_to_it(type_: str, mark: str) -> None:
    query = f"query ($v: {type_}{mark}) {{ plain({VARIABLE_TYPES[type_]}) }}"
    tried: list[dict[str, Any]] = [{}, {"v": "a", "unknown": 1}, *({"v": value} for value in GIVEN)]
    for variables in tried:
        _hold(schema, query, variables)


def test_arguments_over_the_whole_schema() -> None:
    values: dict[str, list[Any]] = {
        "ID": [f"{name}:{NO_KEY}" for name in ("Customer", "Order", "Return", "Product")],
        "String": ["C100001", "a text"],
        "Int": [0, 1, 100],
        "Float": [0, 0.5],
        "Boolean": [True, False],
        "DateTime": TIMES,
        "Date": ["2026-01-01"],
        "Duration": ["PT1H"],
        "CurrencyCode": ["USD"],
        "CountryCode": ["US"],
        "Decimal": ["1.50"],
        "odd": [*ODD_TEXTS, *ODD_IDS],
    }
    read: int = sum(
        _hold(whole_schema, each.query, each.variables)
        for seed in range(8)
        for each in islice(operations(whole_schema._schema, seed, values), 20)
    )
    assert read > 300


def _hold(of: Schema, query: str, variables: Mapping[str, Any]) -> int:
    """Compares both ways for all fields of the text that have arguments; says how many there are."""
    operation = OPERATIONS[of].operation(query, None)
    reader = operation.variables
    expected = get_variable_values(of._schema, operation.node.variable_definitions or (), dict(variables))
    if isinstance(expected, list):
        with pytest.raises(InvalidVariables):
            reader.read(variables)
        return 0
    read = reader.read(variables)
    # repr() tells 1 from 1.0 and True.
    assert repr(dict(read.coerced)) == repr(dict(expected.coerced))
    found = list(_arguments_readers(of, query, reader.required))
    for each in found:
        assert _outcome(each, read) == _outcome(each._fully, read), query
    return len(found)


def _outcome(read: Any, variables: Any) -> Arguments | str:
    try:
        found: Arguments = read(variables)
    except InvalidVariables:
        return REFUSED
    return found


def _arguments_readers(of: Schema, query: str, required: frozenset[str]) -> Iterator[ArgumentsReader]:
    found: list[ArgumentsReader] = []
    types = TypeInfo(of._schema)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            definition = types.get_field_def()
            if definition is not None and definition.args:
                declared = definition.extensions["strawberry-definition"]
                found.append(ArgumentsReader(of, declared, definition, node, required))

    visit(parse(query), TypeInfoVisitor(types, Fields()))
    return iter(found)


@pytest.mark.parametrize(
    ("query", "is_quick"),
    [
        ("query ($a: String, $n: Int!) { plain(textOf: $a, number: $n) }", True),
        ('query ($a: String) { plain(where: {titleContains: $a, within: {to: 1}, ids: ["x"]}) }', True),
        ("query ($f: Filter) { plain(where: $f, color: RED) }", True),
        ("query ($id: ID!) { plain(choice: {id: $id}) }", True),
        ("query ($id: ID) { plain(ids: [$id]) }", False),
        ("query ($n: Int!) { withDefault(required: $n) }", True),
        ("query ($t: String) { withDefault(textOf: $t, count: 1) }", True),
        ("query ($m: Int) { withDefault(required: $m) }", False),
        ("query ($c: Color!) { plain(sort: [{by: $c}]) }", False),
    ],
)
def test_what_requests_are_made_of_is_read_quickly(query: str, is_quick: bool) -> None:
    required = frozenset({"n", "id", "c"})
    (reader,) = _arguments_readers(schema, query, required)
    assert (reader._readers is not None) is is_quick
