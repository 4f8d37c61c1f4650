"""Prints Python values, such as batches answer with: their selected fields, completed as GraphQL wants them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLScalarType,
    located_error,
)

from app.execution import interpreter

Path = Sequence[str | int]
"""Response keys, and places in lists."""


class NullNotAllowed(Exception):
    """A value is missing where the schema promises one."""


@dataclass(frozen=True, slots=True)
class Projected:
    """One selected field of a value: `field` is None for __typename, whose value is `type_name`."""

    field: interpreter.Field | None
    type: GraphQLOutputType | None
    fields: "Projection | Varied | None"
    nodes: Sequence[FieldNode] = ()
    """Where the query asks for it."""
    type_name: str = ""


Projection = Mapping[str, Projected]
"""By response key. None stands for a leaf."""


@dataclass(frozen=True, slots=True)
class Varied:
    """What is selected of an interface, by the name of the type that a value turns out to be of."""

    by_type: Mapping[str, Projection]

    def of(self, value: Any) -> Projection:
        """A value behind an interface is a dict that says its type, as GraphQL itself spells it."""
        return self.by_type[value["__typename"]]


def project(value: Any, type_: GraphQLOutputType, fields: Projection | Varied | None) -> Any:
    """As orjson prints it. Raises NullNotAllowed, and whatever a value that is not of its type makes Python raise."""
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
        return _leaf(value, type_)
    selected = fields.of(value) if isinstance(fields, Varied) else fields
    return {key: _field(each, value) for key, each in selected.items()}


def _field(selected: Projected, parent: Any) -> Any:
    if selected.field is None or selected.type is None:
        return selected.type_name
    return project(interpreter.read_local(selected.field, parent), selected.type, selected.fields)


def _leaf(value: Any, type_: GraphQLOutputType) -> Any:
    assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)  # noqa: S101 - the operation is valid
    return type_.serialize(value)


@dataclass(frozen=True, slots=True)
class Completion:
    """Does the same, more slowly, for values that have errors in them: null as near to each as null may stand.

    GraphQL specification, 6.4.4.
    """

    errors: list[GraphQLError]

    def guarded(self, make: Callable[[], Any], type_: GraphQLOutputType, nodes: Sequence[FieldNode], path: Path) -> Any:
        """What `make` completes. Raises GraphQLError where null must not stand even here."""
        try:
            completed = make()
            if completed is None and isinstance(type_, GraphQLNonNull):
                raise NullNotAllowed(f"Nothing is there for {nodes[0].name.value}, which must not be null.")
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is an error of this one field
            self.failed(exc, type_, nodes, path)
            return None
        return completed

    def failed(self, cause: Exception, type_: GraphQLOutputType, nodes: Sequence[FieldNode], path: Path) -> None:
        """Raises GraphQLError where null must not stand."""
        error = located_error(cause, list(nodes), list(path))
        if isinstance(type_, GraphQLNonNull):
            raise error from cause
        self.errors.append(error)

    def completed(self, value: Any, type_: GraphQLOutputType, selected: Projected, path: Path) -> Any:
        """Of a value that may be null: whether it may is for `guarded` to say."""
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if value is None:
            return None
        if isinstance(type_, GraphQLList):
            return [self._item(each, type_.of_type, selected, (*path, n)) for n, each in enumerate(value)]
        if selected.fields is None:
            return _leaf(value, type_)
        fields = selected.fields.of(value) if isinstance(selected.fields, Varied) else selected.fields
        return {key: self.field(each, value, (*path, key)) for key, each in fields.items()}

    def field(self, selected: Projected, parent: Any, path: Path) -> Any:
        field, type_ = selected.field, selected.type
        if field is None or type_ is None:
            return selected.type_name
        return self.guarded(
            lambda: self.completed(interpreter.read_local(field, parent), type_, selected, path),
            type_,
            selected.nodes,
            path,
        )

    def _item(self, value: Any, type_: GraphQLOutputType, selected: Projected, path: Path) -> Any:
        return self.guarded(partial(self.completed, value, type_, selected, path), type_, selected.nodes, path)
