"""Values of input objects, by functions that are made once for a type: from JSON to what graphql-core would make of it,
and from that to what Strawberry would.

Only values in the form that most clients send are understood; with any other, or a wrong one, `NotPlain` is raised and
graphql-core decides.
"""

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry import UNSET, Schema
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

Convert = Callable[[Any], Any]
_INT_MAX = 2**31


class NotPlain(Exception):
    pass


def has_default(of: GraphQLArgument | GraphQLInputField) -> bool:
    return of.default_value is not Undefined or of.default is not None


class Coercions:
    """From JSON to coerced values. What is made for a type raises NotPlain."""

    def __init__(self) -> None:
        self._objects: dict[str, Convert] = {}

    def of(self, type_: GraphQLInputType) -> Convert:
        if isinstance(type_, GraphQLNonNull):
            return _present(self.of(type_.of_type))
        if isinstance(type_, GraphQLList):
            return _each(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            if type_.name not in self._objects:
                # At once, as the type may lead to itself.
                self._objects[type_.name] = lambda value: made(value)
                made = self._objects[type_.name] = self._of_object(type_)
            return self._objects[type_.name]
        is_plain = PLAIN.get(type_.name)
        return _leaf(type_.coerce_input_value) if is_plain is None else _if(is_plain)

    def _of_object(self, type_: GraphQLInputObjectType) -> Convert:
        if type_.is_one_of or any(field.out_name for field in type_.fields.values()):
            return _refuse
        fields = [
            (
                name,
                self.of(field.type),
                isinstance(field.type, GraphQLNonNull),
                coerce_default_value(field) if has_default(field) else Undefined,
            )
            for name, field in type_.fields.items()
        ]
        names = frozenset(type_.fields)

        def coerce(value: Any) -> Any:
            if value is None:
                return None
            if type(value) is not dict or not names.issuperset(value):
                raise NotPlain
            coerced = {}
            for name, of_field, is_required, default in fields:
                if name in value:
                    coerced[name] = of_field(value[name])
                elif default is not Undefined:
                    coerced[name] = default
                elif is_required:
                    raise NotPlain
            return type_.out_type(coerced)

        return coerce


def _present(coerce: Convert) -> Convert:
    def present(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return coerce(value)

    return present


def _each(coerce: Convert) -> Convert:
    def each(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            raise NotPlain
        return [coerce(item) for item in value]

    return each


def _if(is_plain: Callable[[Any], bool]) -> Convert:
    def itself(value: Any) -> Any:
        if value is None or is_plain(value):
            return value
        raise NotPlain

    return itself


def _leaf(coerce: Convert) -> Convert:
    def leaf(value: Any) -> Any:
        if value is None:
            return None
        try:
            return coerce(value)
        except Exception as exc:
            # What a scalar may raise is up to the scalar; graphql-core takes it for a wrong value, too.
            raise NotPlain from exc

    return leaf


def _refuse(_: Any) -> Any:
    raise NotPlain


PLAIN: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and -_INT_MAX <= value < _INT_MAX,
}
"""Whether a value, not null, is what coercing it would make of it."""


class Conversions:
    """From coerced values to those that Strawberry's resolvers have."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._scalars = schema.schema_converter.scalar_registry
        self._objects: dict[Any, Convert] = {}

    def of(self, type_: Any) -> Convert:
        if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
            return self.of(type_.of_type)
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            return _each_of(self.of(type_.of_type))
        if isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
            return _itself
        if type_ is not GlobalID and is_scalar(type_, self._scalars):
            return _itself
        if has_object_definition(type_) and type_.__strawberry_definition__.from_input is None:
            if type_ not in self._objects:
                self._objects[type_] = lambda value: made(value)
                made = self._objects[type_] = self._of_object(type_)
            return self._objects[type_]
        return lambda value: convert_argument(value, type_, self._scalars, self._schema.config)

    def _of_object(self, type_: Any) -> Convert:
        definition = type_.__strawberry_definition__
        graphql_name = self._schema.config.name_converter.from_field
        absent = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        fields = {
            graphql_name(field): (field.python_name, self.of(field.resolve_type(type_definition=definition)))
            for field in definition.fields
        }

        def convert(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            given = dict(absent)
            for name, each in value.items():
                python_name, of_field = fields[name]
                given[python_name] = of_field(each)
            return type_(**given)

        return convert


def _each_of(convert: Convert) -> Convert:
    return lambda value: value if value is None or value is UNSET else [convert(each) for each in value]


def _itself(value: Any) -> Any:
    return value
