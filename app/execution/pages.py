"""Prints one page of rows as a connection: nodes, edges, pageInfo, totalCount; what is not asked for is not read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from app.execution.json_sql import Pieces, cursor, joined, json_list, json_object, number, or_null, text
from app.execution.keyset import Order, Window
from app.execution.plan import Node, NotPlanned, PagePart, Selection, TypeName
from app.execution.ranges import Range

RANK = "_rank"


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` of `target`, unordered, are all that the arguments let through."""

    target: Range
    rows: Select[Any]
    order: Order
    over: Window

    @property
    def further(self) -> str:
        """The part that tells whether there are more rows the way the page goes."""
        return "hasPreviousPage" if self.over.backward else "hasNextPage"

    def shown(self, *, one_more: bool) -> Range:
        """The page's rows; with `one_more`, ranked, and the one behind them, which proves that there are more."""
        sort = self.target.order(self.order, backward=self.over.backward)
        rows = self.rows
        if one_more:
            rows = rows.add_columns(func.row_number().over(order_by=sort).label(RANK))
        # A number in the text: with a parameter Postgres reckons with a tenth of the table, whatever the page.
        return self.target.within(rows.order_by(*sort).limit(number(self.over.size + one_more)))


def print_page(
    parts: Selection,
    page: Page,
    print_row: Callable[[Selection, Range], Pieces],
    print_count: Callable[[], Pieces],
) -> Pieces:
    asked = set(_names(parts))
    shown = page.shown(one_more=page.further in asked)
    printed = _Parts(page, shown, print_row, print_count).object(parts)
    if not asked & {"nodes", "edges", "startCursor", "endCursor", page.further}:
        return printed
    # HAVING makes one row of the page even where no part of it is an aggregate: the ends of a page of no rows.
    one = select(joined(printed)).select_from(shown.source).having(literal_column("true"))
    return (one.scalar_subquery(),)


def _names(parts: Selection) -> Iterator[str]:
    for part in parts.values():
        if isinstance(part, PagePart):
            yield part.name
            if part.name == "pageInfo" and part.selection:
                yield from _names(part.selection)


@dataclass(frozen=True, slots=True)
class _Parts:
    page: Page
    shown: Range
    print_row: Callable[[Selection, Range], Pieces]
    print_count: Callable[[], Pieces]

    def object(self, selection: Selection) -> Pieces:
        return json_object((key, self._part(node)) for key, node in selection.items())

    def _part(self, node: Node) -> Pieces:
        if isinstance(node, TypeName):
            return (f'"{node.name}"',)
        assert isinstance(node, PagePart)  # noqa: S101
        over, selection = self.page.over, node.selection or {}
        match node.name:
            case "nodes":
                return self._list(self.print_row(selection, self.shown))
            case "edges":
                return self._list(json_object((key, self._edge(each)) for key, each in selection.items()))
            case "pageInfo":
                return self.object(selection)
            case "totalCount":
                return self.print_count()
            case self.page.further:
                return (cast(func.count() > number(over.size), Text),)
            case "hasNextPage":
                return ("false" if over.before is None else "true",)
            case "hasPreviousPage":
                return ("false" if over.after is None else "true",)
            case "startCursor" | "endCursor":
                return self._cursor_at(is_start=node.name == "startCursor")
        raise NotPlanned(node.name)

    def _edge(self, node: Node) -> Pieces:
        if isinstance(node, TypeName):
            return (f'"{node.name}"',)
        assert isinstance(node, PagePart)  # noqa: S101
        if node.name == "cursor":
            order = self.page.order
            return cursor(order, [self.shown.of(column) for column in order.columns])
        return self.print_row(node.selection or {}, self.shown)

    def _list(self, printed: Pieces) -> Pieces:
        # Where the subquery has this order already, Postgres (16 and later) knows, and does not sort again.
        items = func.string_agg(joined(printed), aggregate_order_by(text(","), *self._reading_order))
        if RANK not in self.shown.source.c:
            return json_list(items)
        return json_list(items.filter(self.shown.source.c[RANK] <= number(self.page.over.size)))

    @property
    def _reading_order(self) -> list[ColumnElement[Any]]:
        return self.shown.order(self.page.order)

    def _cursor_at(self, *, is_start: bool) -> Pieces:
        """Made once, of the values at one end. One row more than the page may be at the other end of what was read."""
        if not self.page.over.size:
            return ("null",)
        size = number(self.page.over.size)
        backward = self.page.over.backward
        if is_start:
            place = func.greatest(func.count() - size, number(0)) + number(1) if backward else number(1)
        else:
            place = func.count() if backward else func.least(func.count(), size)
        return or_null(cursor(self.page.order, [self._at(column, place) for column in self.page.order.columns]))

    def _at(self, column: ColumnElement[Any], place: Any) -> ColumnElement[Any]:
        ordered = aggregate_order_by(self.shown.of(column), *self._reading_order)
        values: ColumnElement[Any] = func.array_agg(ordered, type_=ARRAY(column.type))[place]
        return values
