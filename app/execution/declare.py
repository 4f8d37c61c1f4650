"""How a field of the schema is declared: one line that names its source, its description and who may read it.

    @stored(models.Order)
    class Order(Node):
        '''What a customer asked for, and what became of it.'''

        number: str = column(models.Order.number, "Unique, for people.", read=Scope.ORDER)
        lines: list[OrderLine] = many(models.OrderLine.order_id, "As placed.", by=models.OrderLine.position, read=…)

Everything else is derived: GraphQL type and arguments from the annotation, SQL and batching from the source.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import strawberry
from sqlalchemy import ColumnElement
from strawberry.annotation import StrawberryAnnotation
from strawberry.types import get_object_definition
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from app.execution import interpreter
from app.execution.access import Read, directive_of, require_readable
from app.execution.as_of import History
from app.execution.conditions import AllOf
from app.execution.keyset import Order
from app.execution.rows import Row
from app.execution.sources import (
    Attribute,
    Batched,
    ById,
    Command,
    Composite,
    Computed,
    Condition,
    Connection,
    Entity,
    Expression,
    GlobalId,
    Lookup,
    Many,
    One,
    Part,
    Reference,
    Rows,
    SameRow,
    Scalar,
    Source,
    Through,
    column_of,
    foreign_target,
    primary_key,
    table_of,
    term,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a field. `condition` makes it a filter of the field's rows."""

    type: Any
    description: str
    default: Any = strawberry.UNSET
    condition: Condition | None = None


class DeclaredField(StrawberryField):
    """A Strawberry field whose value is read from its `source` by the interpreter."""

    source: Source
    read: Read

    @cached_property
    def json_name(self) -> str:
        return to_camel_case(self.python_name)

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        require_readable(self.read)
        if info is None:
            return interpreter.read_local(self, source)
        return interpreter.read(self, source, info, kwargs)

    @property
    def is_basic_field(self) -> bool:
        return isinstance(self.source, interpreter.LOCAL_SOURCES) and not self.arguments

    def __copy__(self) -> "DeclaredField":
        twin: DeclaredField = super().__copy__()
        twin.source, twin.read = self.source, self.read
        return twin


def stored(model: type[Any], *, survivor: Expression | None = None) -> Callable[[type[T]], type[T]]:
    """A type whose rows are those of `model`'s table. Its docstring is its description.

    `survivor` holds the key of the row that a merged one's id answers with; null for a row that stands for itself.
    """

    def decorate(cls: type[T]) -> type[T]:
        cls.__table__ = table_of(model)  # type: ignore[attr-defined]
        cls.__survivor__ = None if survivor is None else term(survivor)  # type: ignore[attr-defined]
        name = cls.__name__
        # Without it an object type behind an interface demands instances of its class; rows are of one class.
        cls.is_type_of = classmethod(lambda _cls, value, _info: isinstance(value, Row) and value.type_name == name)  # type: ignore[attr-defined]
        return strawberry.type(cls, description=described(cls))

    return decorate


def value(cls: type[T]) -> type[T]:
    """A type without rows of its own: part of a row, of JSON, of an outside system's answer.

    With an interface its values are dicts. Where a field promises no more than the interface, they have a `__typename`.
    """
    if any(is_interface(base) for base in cls.__bases__):
        name = cls.__name__
        cls.is_type_of = classmethod(lambda _cls, value, _info: value.get("__typename", name) == name)  # type: ignore[attr-defined]
    return strawberry.type(cls, description=described(cls))


def is_interface(cls: type[Any]) -> bool:
    definition = get_object_definition(cls)
    return definition is not None and definition.is_interface


def described(cls: type[Any]) -> str:
    if not cls.__doc__:
        raise TypeError(f"{cls.__name__} has no docstring: it is the type's description in the schema")
    return " ".join(cls.__doc__.split())


def column(expression: Expression, description: str, *, read: Read) -> Any:
    return _field(Scalar(term(expression)), description, read)


def composite(parts: Mapping[str, Part | Expression], description: str, *, read: Read) -> Any:
    resolved = {name: part if isinstance(part, Part) else Part((term(part),)) for name, part in parts.items()}
    return _field(Composite(resolved), description, read)


def same_row(description: str, *, read: Read) -> Any:
    return _field(SameRow(), description, read)


def attribute(description: str, *, read: Read) -> Any:
    return _field(Attribute(), description, read)


def global_id(description: str, *, read: Read) -> Any:
    return _field(GlobalId(), description, read)


def one(key: Expression, description: str, *, read: Read, target: Expression | None = None) -> Any:
    """The row that `key` points to: by its foreign key, or in the unique column `target`."""
    found = foreign_target(column_of(key)) if target is None else column_of(target)
    return _field(One(term(key), found), description, read)


def reference(type_name: Expression, key: Expression, description: str, *, read: Read) -> Any:
    return _field(Reference(term(type_name), term(key)), description, read)


def many(
    near: Expression,
    description: str,
    *,
    by: Expression,
    read: Read,
    descending: bool = False,
    through: Expression | None = None,
    where: ColumnElement[bool] | None = None,
) -> Any:
    """The rows whose `near` points here; with `through`, the rows that this column of `near`'s table points to."""
    rows = _rows(near, by, descending, through=through, where=where)
    return _field(Many(rows, {}), description, read)


def listing(
    model: type[Any],
    description: str,
    *,
    by: Expression,
    read: Read,
    descending: bool = False,
    where: ColumnElement[bool] | None = None,
    arguments: Mapping[str, Argument] | None = None,
) -> Any:
    """The rows of a table that stays small; at most `first` of them when that is among the arguments."""
    arguments = arguments or {}
    rows = Rows(table_of(model), _order(model, by, descending), where=where)
    return _field(Many(rows, _filters(arguments), limited="first" in arguments), description, read, arguments)


def connection(
    near: Expression | type[Any],
    description: str,
    *,
    by: Expression,
    read: Read,
    descending: bool = True,
    key: Expression | None = None,
    through: Expression | None = None,
    where: ColumnElement[bool] | None = None,
    arguments: Mapping[str, Argument] | None = None,
    sort_by: Any = None,
    sorts: Mapping[str, Expression] | None = None,
    both_ways: bool = True,
) -> Any:
    """The rows whose `near` points here (or all of a model), a page at a time, newest first unless said otherwise.

    `sort_by` is the input type of the argument sortBy, `sorts` what each value of its field stands for.
    """
    rows = (
        Rows(table_of(near), _order(near, by, descending), where=where)
        if isinstance(near, type)
        else _rows(near, by, descending, key=key, through=through, where=where)
    )
    own = dict(arguments or {})
    paging = PAGING if both_ways else {name: PAGING[name] for name in ("first", "after")}
    sorting = {} if sort_by is None else {"sort_by": Argument(sort_by | None, "Order of the rows.")}
    source = Connection(rows, _filters(own), {name: column_of(by_) for name, by_ in (sorts or {}).items()})
    return _field(source, description, read, {**paging, **own, **sorting})


def lookup(
    model: type[Any],
    description: str,
    *,
    by: Expression,
    read: Read,
    arguments: Mapping[str, Argument],
    history: History | None = None,
    name: str | None = None,
) -> Any:
    """The row that the arguments single out; the first by `by`, should there be several. `name` as clients see it.

    With a `history` an argument `as_of` is a moment, and the row and its parts are as they were then.
    """
    source = Lookup(table_of(model), _order(model, by, descending=False), _filters(arguments), history)
    return _field(source, description, read, arguments, name=name)


def by_id(description: str, *, read: Read, arguments: Mapping[str, Argument]) -> Any:
    return _field(ById(), description, read, arguments)


def computed(
    compute: Callable[..., Any],
    description: str,
    *,
    needs: Sequence[Expression],
    read: Read,
    arguments: Mapping[str, Argument] | None = None,
) -> Any:
    return _field(Computed(compute, tuple(term(need) for need in needs)), description, read, arguments)


def batched(
    load: Callable[[Sequence[Any], Mapping[str, Any], Any], Awaitable[Sequence[Any]]],
    description: str,
    *,
    read: Read,
    key: Expression | None = None,
    arguments: Mapping[str, Argument] | None = None,
) -> Any:
    """A value that one call computes for a whole page; SQL that is no relation."""
    return _field(Batched(load, None if key is None else term(key)), description, read, arguments)


def remote(
    load: Callable[[Sequence[Any], Mapping[str, Any], Any], Awaitable[Sequence[Any]]],
    description: str,
    *,
    key: Expression,
    read: Read,
    arguments: Mapping[str, Argument] | None = None,
) -> Any:
    """A value that lives in outside systems: `batched`, and nullable, since any of them may be down."""
    return _field(Batched(load, term(key)), description, read, arguments)


def command(
    perform: Callable[[Mapping[str, Any], Any], Awaitable[Any]],
    description: str,
    *,
    read: Read,
    arguments: Mapping[str, Argument] | None = None,
) -> Any:
    """A field of the mutation type: `perform(arguments, context)` makes the payload, or raises.

    Those of one request are performed in its order. A nullable one that fails does not keep the next from being
    performed; one that must not be null does, since the whole answer is null then.
    """
    return _field(Command(perform), description, read, arguments)


def entity(key: str, description: str, *, read: Read, name: str | None = None) -> Any:
    """A row as it is after the command: of the field's type, by the primary key that the payload holds as `key`."""
    return _field(Entity(key), description, read, name=name)


def entities(keys: str, description: str, *, read: Read) -> Any:
    """Rows as they are after the command: one for each primary key in the list that the payload holds as `keys`."""
    return _field(Entity(keys, is_list=True), description, read)


def where(
    input_type: Any, description: str = "Only rows that satisfy all of it.", *, required: bool = False
) -> Argument:
    """An argument of an input type whose own fields declare the conditions (see `filters.py`)."""
    return Argument(input_type if required else input_type | None, description, condition=AllOf())


PAGING: Mapping[str, Argument] = {
    "first": Argument(int | None, "Rows from the start, or after the cursor `after`."),
    "after": Argument(str | None, "A cursor: only rows behind it."),
    "last": Argument(int | None, "Rows from the end, or before the cursor `before`."),
    "before": Argument(str | None, "A cursor: only rows in front of it."),
}


def _field(
    source: Source,
    description: str,
    read: Read,
    arguments: Mapping[str, Argument] | None = None,
    *,
    name: str | None = None,
) -> DeclaredField:
    declared = DeclaredField(graphql_name=name, description=description, directives=[directive_of(read)])
    declared.source, declared.read = source, read
    declared.arguments = [
        StrawberryArgument(
            python_name=name,
            graphql_name=None,
            type_annotation=StrawberryAnnotation(argument.type),
            description=argument.description,
            default=argument.default,
        )
        for name, argument in (arguments or {}).items()
    ]
    return declared


def _filters(arguments: Mapping[str, Argument]) -> dict[str, Condition]:
    return {name: argument.condition for name, argument in arguments.items() if argument.condition is not None}


def _order(model: type[Any], by: Expression, descending: bool) -> Order:
    return Order(column_of(by), primary_key(table_of(model)), descending)


def _rows(
    near: Expression,
    by: Expression,
    descending: bool,
    *,
    key: Expression | None = None,
    through: Expression | None = None,
    where: ColumnElement[bool] | None = None,
) -> Rows:
    pointing = column_of(near)
    parent_key = term(foreign_target(pointing) if key is None else key)
    sort = column_of(by)
    table = sort.table if through is not None else pointing.table
    association = None if through is None else Through(pointing, column_of(through))
    return Rows(
        table=table,
        order=Order(sort, primary_key(table), descending),
        near=pointing,
        key=parent_key,
        through=association,
        where=where,
    )
