"""Reads declared sources field by field: what Strawberry calls where no compiled plan answers.

Rows of one kind are loaded for the whole page at once (`loaders.py`), so the number of statements depends on the
shape of the query and never on the number of rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from graphql import get_named_type
from sqlalchemy import ColumnElement
from strawberry import UNSET

from app.execution.as_of import MOMENT, Then
from app.execution.errors import LimitExceeded
from app.execution.ids import global_id
from app.execution.keyset import Order, page_size
from app.execution.loaders import Page, ReadContext, Site
from app.execution.rows import Row
from app.execution.sources import (
    ROOT,
    Attribute,
    Batched,
    ById,
    Command,
    Composite,
    Computed,
    Condition,
    Connection,
    Entity,
    GlobalId,
    Lookup,
    Many,
    One,
    Part,
    Reference,
    SameRow,
    Scalar,
    Source,
    Term,
    primary_key,
)

LOCAL_SOURCES = (Scalar, Composite, SameRow, Attribute, GlobalId)
"""Read from the parent alone: no context, no waiting."""


class Field(Protocol):
    """What is needed of a declared field."""

    @property
    def source(self) -> Source: ...

    @property
    def python_name(self) -> str: ...

    @property
    def json_name(self) -> str: ...


def read_local(field: Field, parent: Any) -> Any:
    """The value of a field whose source is one of LOCAL_SOURCES."""
    match field.source:
        case Scalar(term):
            return parent.values[term.name]
        case Attribute():
            return parent.get(field.json_name) if isinstance(parent, dict) else getattr(parent, field.python_name)
        case Composite(parts):
            return _composite(parts, parent)
        case SameRow():
            return parent
        case GlobalId():
            return global_id(parent.type_name, parent.key)
    raise TypeError(f"{field.source} is not local")


def key_held(source: Entity, payload: Any) -> Any:
    return payload.get(source.key) if isinstance(payload, dict) else getattr(payload, source.key)


def read(field: Field, parent: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
    """The field's value, or an awaitable of it. `arguments` are those the query gave, by Python name."""
    given = _given(arguments)
    context: ReadContext = info.context
    then = parent.then if isinstance(parent, Row) else None
    # The same place in the query has the same arguments, whichever row it is read for.
    site = Site((id(field.source), id(info._raw_info.field_nodes[0])), then)  # noqa: SLF001 - Strawberry shows no node
    match field.source:
        case Computed(compute, terms):
            return compute(*(parent.values[term.name] for term in terms), **given)
        case One(key, target):
            value = parent.values[key.name]
            return None if value is None else context.by_key(target, value, then)
        case Reference(type_name, key):
            return _referenced(context, parent.values[type_name.name], parent.values[key.name], then)
        case Many() as source:
            return _many(context, site, source, parent, given)
        case Connection() as source:
            return _connection(context, site, source, parent, given)
        case Lookup() as source:
            return _looked(context, source, given)
        case ById():
            return _by_ids(context, given["ids"]) if "ids" in given else _by_id(context, given["id"])
        case Batched() as source:
            return context.batched(site, _watched(source, info), _key(source.key, parent), given)
        case Command() | Entity() as source:
            return context.perform(source, given) if isinstance(source, Command) else _entity(source, parent, info)
    return read_local(field, parent)


@dataclass(frozen=True, slots=True)
class EdgeView:
    cursor: str
    node: Any


@dataclass(frozen=True, slots=True)
class PageInfoView:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One page as a Relay connection; cursors are made, and rows counted, only when asked for."""

    page: Page
    order: Order
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[Row]:
        return self.page.rows

    @property
    def edges(self) -> list[EdgeView]:
        return [EdgeView(self._cursor(row), row) for row in self.page.rows]

    @property
    def page_info(self) -> PageInfoView:
        rows = self.page.rows
        return PageInfoView(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self._cursor(rows[0]) if rows else None,
            end_cursor=self._cursor(rows[-1]) if rows else None,
        )

    @property
    def total_count(self) -> Awaitable[int]:
        return self.count()

    def _cursor(self, row: Row) -> str:
        return self.order.cursor([row.values[column.name] for column in self.order.columns])


def _composite(parts: Mapping[str, Part], row: Row) -> dict[str, Any] | None:
    first = next(iter(parts.values())).terms[0]
    if row.values[first.name] is None:
        return None
    return {name: _part(part, row) for name, part in parts.items()}


def _part(part: Part, row: Row) -> Any:
    values = [row.values[term.name] for term in part.terms]
    return values[0] if part.read is None else part.read(*values)


def _many(
    context: ReadContext, site: Site, source: Many, parent: Any, given: Mapping[str, Any]
) -> Awaitable[list[Row]]:
    first = None
    if source.limited:
        first = page_size("first", given.get("first"), context.sizes)
    conditions = _conditions(source.filters, given)
    return context.children(site, source.rows, _key(source.rows.key, parent), conditions, first)


async def _connection(
    context: ReadContext, site: Site, source: Connection, parent: Any, given: Mapping[str, Any]
) -> ConnectionView:
    rows = replace(source.rows, order=source.chosen_order(given.get("sort_by")))
    over = context.window(rows.order, given)
    conditions = _conditions(source.filters, given)
    key = _key(rows.key, parent)
    page = await context.page(site, rows, key, conditions, over)
    return ConnectionView(page, rows.order, lambda: context.count(site, rows, key, conditions))


def _looked(context: ReadContext, source: Lookup, given: Mapping[str, Any]) -> Awaitable[Row | None]:
    conditions = _conditions(source.filters, given)
    moment = given.get(MOMENT)
    return context.lookup(source, conditions) if moment is None else context.lookup_then(source, conditions, moment)


async def _referenced(context: ReadContext, type_name: str | None, key: object, then: Then | None) -> Row | None:
    stored = None if type_name is None else context.types.by_name.get(type_name)
    return None if stored is None else await context.by_key(primary_key(stored.table), key, then)


def _given(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None and value is not UNSET}


def _watched(source: Batched, info: Any) -> Batched:
    if info.context.trace is None:
        return source
    path = tuple(each for each in info.path.as_list() if isinstance(each, str))
    watched: Batched = info.context.trace.watched(source, path)
    return watched


def _entity(source: Entity, payload: Any, info: Any) -> Awaitable[Row | None] | Awaitable[list[Row | None]] | None:
    context: ReadContext = info.context
    stored = context.types.by_name[get_named_type(info._raw_info.return_type).name]  # noqa: SLF001 - as above
    target, held = primary_key(stored.table), key_held(source, payload)
    if held is None:
        return None
    return context.by_keys(target, held) if source.is_list else context.by_key(target, held)


async def _by_id(context: ReadContext, id_: str) -> Row | None:
    stored, key = context.identified(id_)
    target = primary_key(stored.table)
    row = await context.by_key(target, key)
    if row is None or stored.survivor is None or row.values[stored.survivor.name] is None:
        return row
    return await context.by_key(target, row.values[stored.survivor.name])


async def _by_ids(context: ReadContext, ids: Sequence[str]) -> list[Row | None]:
    if len(ids) > context.sizes.ids_max:
        raise LimitExceeded(f"At most {context.sizes.ids_max} ids at a time (got {len(ids)}).")
    return list(await asyncio.gather(*(_by_id(context, id_) for id_ in ids)))


def _key(key: Term | None, parent: Any) -> Any:
    return ROOT if key is None else parent.values[key.name]


def _conditions(filters: Mapping[str, Condition], given: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [condition(given[name]) for name, condition in filters.items() if name in given]
