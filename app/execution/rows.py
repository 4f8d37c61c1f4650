"""A loaded row, and what is known of each stored type: its table and the expressions its fields need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Table
from strawberry import Schema
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition, get_object_definition
from strawberry.types.lazy_type import LazyType

from app.execution.as_of import Then
from app.execution.ids import standing_for
from app.execution.sources import Connection, SameRow, Term, primary_key, term


class Row:
    """Values of one stored row, by the names of their terms."""

    __slots__ = ("key", "then", "type_name", "values")

    def __init__(self, type_name: str, values: Mapping[str, Any], key: object = None, then: Then | None = None) -> None:
        self.type_name = type_name
        self.values = values
        self.key = key
        """Of its primary key; None for a row that was not loaded but made."""
        self.then = then
        """Its parts are as they were then; None for one that is as it is now."""

    def __repr__(self) -> str:
        return f"Row({self.type_name!r}, {dict(self.values)!r})"


@dataclass(frozen=True)
class StoredType:
    """A GraphQL type whose objects are the rows of a table."""

    name: str
    table: Table
    definition: StrawberryObjectDefinition
    sorted_by: tuple[Term, ...]
    survivor: Term | None

    @cached_property
    def key(self) -> Term:
        return term(primary_key(self.table))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Everything that any field of the type, or a cursor in a list of them, reads from the row."""
        found = {self.key.name: self.key} | {each.name: each for each in (*_terms(self.definition), *self.sorted_by)}
        if self.survivor is not None:
            found[self.survivor.name] = self.survivor
        return tuple(found.values())

    @cached_property
    def is_node(self) -> bool:
        return any(interface.name == "Node" for interface in self.definition.interfaces)

    def identified(self, key: object) -> ColumnElement[bool]:
        """The row that the key names: of one that was merged away, the survivor."""
        return standing_for(key, self.key.expression, None if self.survivor is None else self.survivor.expression)

    @property
    def selection(self) -> list[ColumnElement[Any]]:
        return [each.expression.label(each.name) for each in self.terms]

    def rows(self, records: Iterable[Any], skip: int = 0, then: Then | None = None) -> list[Row]:
        """From records whose values follow `selection`, after `skip` others."""
        names = [each.name for each in self.terms]
        key = names.index(self.key.name) + skip
        return [Row(self.name, dict(zip(names, record[skip:], strict=True)), record[key], then) for record in records]


class StoredTypes:
    """The stored types of a schema, by name and by table."""

    def __init__(self, schema: Schema) -> None:
        definitions = [
            each.definition
            for each in schema.schema_converter.type_map.values()
            if isinstance(each.definition, StrawberryObjectDefinition)
        ]
        sorted_by = _sort_terms(definitions)
        types = [
            StoredType(
                each.name,
                each.origin.__table__,
                each,
                tuple(sorted_by.get(each.origin.__table__, ())),
                each.origin.__survivor__,
            )
            for each in definitions
            if hasattr(each.origin, "__table__")
        ]
        self.by_name = {each.name: each for each in types}
        self.by_table = {each.table: each for each in types}


def _sort_terms(definitions: Iterable[StrawberryObjectDefinition]) -> dict[Table, list[Term]]:
    """By table, the columns by which a connection of its rows can be sorted."""
    found: dict[Table, list[Term]] = {}
    for source in (getattr(each, "source", None) for definition in definitions for each in definition.fields):
        if isinstance(source, Connection):
            columns = (source.rows.order.column, *source.sorts.values())
            found.setdefault(source.rows.table, []).extend(term(column) for column in columns)
    return found


def _terms(definition: StrawberryObjectDefinition) -> Iterable[Term]:
    for each in definition.fields:
        source = getattr(each, "source", None)
        if source is None:
            continue
        yield from source.terms
        if isinstance(source, SameRow):
            yield from _terms(_object_definition(each.type))


def _object_definition(type_: Any) -> StrawberryObjectDefinition:
    while isinstance(type_, StrawberryContainer | LazyType):
        type_ = type_.of_type if isinstance(type_, StrawberryContainer) else type_.resolve_type()
    return get_object_definition(type_, strict=True)
