"""Keyset pagination: a window over rows in a total order, and the cursors that name a place in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, tuple_

from app.execution.cursors import decode, encode, not_a_cursor
from app.execution.errors import BadUserInput, LimitExceeded
from app.execution.limits import Sizes
from app.execution.moments import moment


@dataclass(frozen=True, slots=True)
class Order:
    """By `column` (never null), ties by `key`, both in one direction, so that one index serves both ways."""

    column: Column[Any]
    key: Column[Any]
    descending: bool = False

    @property
    def name(self) -> str:
        """Part of each cursor: a cursor of one order means nothing in another."""
        return f"{'-' if self.descending else '+'}{self.column.name}"

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        return (self.column,) if self.column is self.key else (self.column, self.key)

    def clauses(self, *, backward: bool) -> list[ColumnElement[Any]]:
        if self.descending != backward:
            return [column.desc() for column in self.columns]
        return [column.asc() for column in self.columns]

    def beyond(self, place: Sequence[Any], *, backward: bool) -> ColumnElement[bool]:
        """Rows that come after `place` in this order (before it, when `backward`)."""
        here, there = tuple_(*self.columns), tuple_(*place)
        return here < there if self.descending != backward else here > there

    def cursor(self, values: Sequence[Any]) -> str:
        return encode([self.name, *values])

    def place(self, cursor: str) -> list[Any]:
        """The values a cursor names. Raises BadUserInput when it is none of this order's."""
        name, *values = decode(cursor) or [None]
        if name != self.name or len(values) != len(self.columns):
            raise BadUserInput(f'The cursor "{cursor}" belongs to another sort order; start again without it.')
        try:
            return [_parse(value, column) for value, column in zip(values, self.columns, strict=True)]
        except (TypeError, ValueError) as exc:
            raise not_a_cursor(cursor) from exc


@dataclass(frozen=True, slots=True)
class Window:
    """`size` rows of an order: the first after `after`, or, `backward`, the last before `before`."""

    size: int
    backward: bool
    after: tuple[Any, ...] | None
    before: tuple[Any, ...] | None

    def restrict(self, order: Order) -> list[ColumnElement[bool]]:
        bounds = []
        if self.after is not None:
            bounds.append(order.beyond(self.after, backward=False))
        if self.before is not None:
            bounds.append(order.beyond(self.before, backward=True))
        return bounds


def window(
    order: Order,
    *,
    sizes: Sizes,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Window:
    """Raises BadUserInput for arguments that contradict each other, LimitExceeded for a page too large."""
    if first is not None and last is not None:
        raise BadUserInput("first and last exclude each other: ask for one of them.")
    size = page_size("last" if last is not None else "first", first if last is None else last, sizes)
    return Window(
        size=size,
        backward=last is not None,
        after=None if after is None else tuple(order.place(after)),
        before=None if before is None else tuple(order.place(before)),
    )


def page_size(argument: str, size: int | None, sizes: Sizes) -> int:
    """Raises BadUserInput and LimitExceeded."""
    if size is None:
        return sizes.page_size_default
    if size < 0:
        raise BadUserInput(f"{argument} must not be negative (got {size}).")
    if size > sizes.page_size_max:
        raise LimitExceeded(f"{argument} may be at most {sizes.page_size_max} (got {size}).")
    return size


def _parse(value: object, column: Column[Any]) -> object:
    kind = column.type.python_type
    if kind is datetime:
        return moment(_expect(value, str))
    if kind is UUID:
        return UUID(_expect(value, str))
    if kind is float and type(value) is int:
        return float(value)
    if kind is int and _expect(value, int).bit_length() > (63 if isinstance(column.type, BigInteger) else 31):
        raise ValueError("a number that the column cannot hold")
    return _expect(value, kind)


def _expect(value: object, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value
