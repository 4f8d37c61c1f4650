"""Prints what a batch answered: the selected fields of a Python value, completed as GraphQL wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType, GraphQLScalarType

from app.execution import interpreter


class NullNotAllowed(Exception):
    """A value is missing where the schema promises one; how far that reaches is for the interpreter to say."""


@dataclass(frozen=True, slots=True)
class Projected:
    """One selected field of a value: `field` is None for __typename, whose value is `type_name`."""

    field: interpreter.Field | None
    type: GraphQLOutputType | None
    fields: "Projection | None"
    type_name: str = ""


Projection = Mapping[str, Projected]
"""By response key. None stands for a leaf."""


def project(value: Any, type_: GraphQLOutputType, fields: Projection | None) -> Any:
    """As orjson prints it. Raises NullNotAllowed."""
    if isinstance(type_, GraphQLNonNull):
        completed = project(value, type_.of_type, fields)
        if completed is None:
            raise NullNotAllowed
        return completed
    if value is None:
        return None
    if isinstance(type_, GraphQLList):
        return [project(each, type_.of_type, fields) for each in value]
    if fields is None:
        assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)  # noqa: S101 - the operation is valid
        return type_.serialize(value)
    return {key: _field(each, value) for key, each in fields.items()}


def _field(selected: Projected, parent: Any) -> Any:
    if selected.field is None or selected.type is None:
        return selected.type_name
    return project(interpreter.read_local(selected.field, parent), selected.type, selected.fields)
