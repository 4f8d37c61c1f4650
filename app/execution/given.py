"""What the arguments of one field come to: which rows, in which order, how many."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from app.execution.keyset import Order, Window
from app.execution.restrictions import Restriction


@dataclass(slots=True)
class Given:
    """Not changed once it is made."""

    restrictions: Mapping[str, Restriction] = field(default_factory=dict)
    """By the argument that asks for them."""
    order: Order | None = None
    window: Window | None = None
    first: int | None = None
    type_name: str = ""
    """Of the row that an id names."""

    shape: Hashable = field(init=False)
    """All that the SQL text depends on."""
    values: tuple[Any, ...] = field(init=False)
    """What fills its parameters: those of the conditions, then those of the bounds."""

    def __post_init__(self) -> None:
        self.shape = self._shape()
        self.values = self._values()

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        return [each.sql() for each in self.restrictions.values()]

    @property
    def bounds(self) -> list[ColumnElement[bool]]:
        return [] if self.window is None or self.order is None else self.window.restrict(self.order)

    @property
    def size(self) -> int | None:
        return self.first if self.window is None else self.window.size

    def _shape(self) -> Hashable:
        over = self.window
        return (
            None if self.order is None else self.order.name,
            None if over is None else (over.backward, over.after is None, over.before is None),
            self.size,
            self.type_name,
            tuple((name, each.shape) for name, each in self.restrictions.items()),
        )

    def _values(self) -> tuple[Any, ...]:
        over = self.window
        places = () if over is None else (*(over.after or ()), *(over.before or ()))
        return (*(value for each in self.restrictions.values() for value in each.values), *places)


NOTHING_GIVEN = Given()
