"""schema.graphql is what the code says, keeps the clients' contract, and leaves nothing undescribed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from graphql.utilities import find_breaking_changes
from strawberry.types.base import StrawberryObjectDefinition

from app.execution.declare import DeclaredField
from app.schema import schema

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "../shared/design/contract.graphql"
MISSING = Path(__file__).with_name("missing_from_contract.txt")


def test_the_committed_schema_is_the_printed_one() -> None:
    committed = (ROOT / "schema.graphql").read_text()
    assert committed == schema.as_str() + "\n", "the schema changed: run make schema and look at the difference"


@pytest.mark.skipif(not CONTRACT.exists(), reason="the clients' contract lies beside the checkout; it is not here")
def test_what_is_missing_from_the_contract_only_shrinks() -> None:
    contract = build_schema(CONTRACT.read_text(), assume_valid_sdl=True)
    missing = {change.description for change in find_breaking_changes(contract, _printed())}
    expected = set(MISSING.read_text().splitlines())
    assert missing - expected == set(), "the schema no longer keeps these parts of the contract"
    assert expected - missing == set(), "these parts of the contract are there now: take them off the list"


def test_everything_is_described() -> None:
    assert [name for name, description in _descriptions(_printed()) if not description] == []


def test_no_description_is_a_mere_question_word() -> None:
    """A query page shows each by itself."""
    said = re.compile("(What|Which|Who|Whose|When|Where|Why|How)( one)?[.]")
    assert [name for name, description in _descriptions(_printed()) if said.fullmatch(description or "")] == []


def test_every_field_says_who_may_read_it() -> None:
    fields = {
        f"{each.definition.name}.{field.name}": field
        for each in schema.schema_converter.type_map.values()
        if isinstance(each.definition, StrawberryObjectDefinition) and not each.definition.is_input
        for field in each.definition.fields
    }
    assert len(fields) > 300
    assert [name for name, field in fields.items() if not isinstance(field, DeclaredField)] == []
    words = re.findall(r" @(?:scope\(name|public\(reason): \"", schema.as_str())
    assert len(words) == sum(len(type_.fields) for type_ in _types_with_fields(_printed()))


def _printed() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(), assume_valid_sdl=True)


def _types_with_fields(printed: GraphQLSchema) -> list[GraphQLObjectType | GraphQLInterfaceType]:
    return [
        type_
        for name, type_ in printed.type_map.items()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    ]


def _descriptions(printed: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, type_ in printed.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{value}", each.description) for value, each in type_.values.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", each.description) for field, each in type_.fields.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, each in type_.fields.items():
                yield f"{name}.{field}", each.description
                yield from ((f"{name}.{field}({arg})", given.description) for arg, given in each.args.items())
