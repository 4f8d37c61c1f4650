"""From a plan and the arguments of its sites to one SELECT in which Postgres prints the whole answer as JSON text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.util import ClauseAdapter

from app.execution.json_sql import (
    CLOSE,
    OPEN,
    concat,
    cursor,
    json_leaf,
    json_list,
    json_object,
    leaf,
    or_null,
    text,
)
from app.execution.keyset import Order, Window
from app.execution.plan import (
    Batch,
    Identified,
    Inner,
    JsonLeaf,
    Leaf,
    Listed,
    Looked,
    Node,
    NotPlanned,
    Paged,
    PagePart,
    Plan,
    Referenced,
    Related,
    Selection,
    TypeName,
)
from app.execution.rows import StoredTypes
from app.execution.sources import ROOT, Composite, GlobalId, Part, Rows, SameRow, Scalar, primary_key
from app.execution.statements import fenced

ABSENT = f"{OPEN}!{CLOSE}"
"""Stands where a value must not be null and is: the interpreter then says so properly."""
RANK = "_rank"
DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What the arguments of one site come to: conditions, order and window."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    order: Order | None = None
    window: Window | None = None
    first: int | None = None
    type_name: str = ""
    """Of the row that an id names."""

    @property
    def bounds(self) -> tuple[ColumnElement[bool], ...]:
        return () if self.window is None or self.order is None else tuple(self.window.restrict(self.order))

    @property
    def size(self) -> int | None:
        return self.first if self.window is None else self.window.size

    def shape_and_values(self) -> tuple[Any, Values]:
        """What the SQL text depends on, and the values that fill its parameters."""
        keys = [_cache_key(each) for each in (*self.conditions, *self.bounds)]
        over = self.window
        shape = (
            None if self.order is None else self.order.name,
            None if over is None else (over.backward, over.after is None, over.before is None),
            self.size is None,
            self.type_name,
            tuple(each.key for each in keys),
        )
        return shape, (self.size, *(bind.effective_value for each in keys for bind in each.bindparams))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A placeholder: a value of a site, or a constant of the plan. `process` suits it to the driver."""

    origin: tuple[int, int] | None
    constant: Any
    process: Callable[[Any], Any] | None

    def bind(self, values: Sequence[Values]) -> Any:
        value = self.constant if self.origin is None else values[self.origin[0]][self.origin[1]]
        return self.process(value) if self.process else value


@dataclass(frozen=True, slots=True)
class Island:
    """One statement whose one row has one column: the response's body in UTF-8, with marks where batches belong."""

    sql: str
    parameters: tuple[Parameter, ...]

    def bind(self, values: Sequence[Values]) -> tuple[Any, ...]:
        return tuple(each.bind(values) for each in self.parameters)


def island(plan: Plan, given: Sequence[Given], types: StoredTypes) -> Island:
    printer = _Printer(given, types)
    body = json_object([("data", printer.object(plan.root, None))])
    # As bytea the driver hands it out as it is: as text it would be decoded here, and encoded again.
    statement = select(func.convert_to(body, text("UTF8")).label("body"))
    compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    # Not every condition that was adapted is printed: a page of which only the count was asked needs no window.
    used = compiled.bind_names
    origins = {used[bind]: origin for bind, origin in printer.origins.items() if bind in used}
    processes: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - what SQLAlchemy itself would apply
    names = compiled.positiontup or ()
    parameters = (Parameter(origins.get(name), compiled.params[name], processes.get(name)) for name in names)
    return Island(str(compiled), tuple(parameters))


def _cache_key(condition: ColumnElement[bool]) -> CacheKey:
    """SQLAlchemy's own: equal for conditions that differ in nothing but values, which it lists in one order."""
    key = condition._generate_cache_key()  # noqa: SLF001
    if key is None:
        raise NotPlanned(f"{condition} has no shape")
    return key


class _Printer:
    def __init__(self, given: Sequence[Given], types: StoredTypes) -> None:
        self._given = given
        self._types = types
        self.origins: dict[BindParameter[Any], tuple[int, int]] = {}
        """Of each parameter that a request fills: the site and the position among its values."""

    def _size(self, site: int) -> BindParameter[int]:
        given = self._given[site].size
        size = bindparam(f"size_{site}_{len(self.origins)}", given, Integer)
        self.origins[size] = (site, 0)
        return size

    def _adapted(self, site: int, row: "_Row") -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
        """The site's conditions and bounds over `row`, their parameters noted."""
        given = self._given[site]
        position = 1
        adapted = []
        for each in (*given.conditions, *given.bounds):
            over_row = row.of(each)
            for bind in _cache_key(over_row).bindparams:
                if bind.expanding:
                    # IN writes a parameter for each value, and the shape does not say how many.
                    raise NotPlanned(f"{each} without one array")
                self.origins[bind] = (site, position)
                position += 1
            adapted.append(over_row)
        return adapted[: len(given.conditions)], adapted[len(given.conditions) :]

    def object(self, selection: Selection, row: "_Row | None") -> ColumnElement[str]:
        return json_object((key, self._value(node, row)) for key, node in selection.items())

    def _value(self, node: Node, row: "_Row | None") -> ColumnElement[str]:
        match node:
            case TypeName(name):
                return text(f'"{name}"')
            case Looked():
                return self._looked(node)
            case Identified():
                return self._identified(node)
            case Listed():
                return self._listed(node, row)
            case Paged():
                return self._paged(node, row)
            case Batch():
                return _mark(node, row)
        if row is None:
            raise TypeError(f"{node} has no row at the root")
        return self._value_of_row(node, row)

    def _value_of_row(self, node: Node, row: "_Row") -> ColumnElement[str]:
        match node:
            case Leaf():
                return leaf(row.leaf(node.source), node.type, is_list=node.is_list)
            case Inner():
                return self._inner(node, row)
            case Related():
                return self._related(node, row)
            case Referenced():
                return self._referenced(node, row)
        raise TypeError(f"no way to print {node}")

    def _inner(self, node: Inner, row: "_Row") -> ColumnElement[str]:
        match node.source:
            case SameRow():
                return self.object(node.selection, row)
            case Composite(parts):
                first = row.of(next(iter(parts.values())).terms[0].expression)
                return case((first.is_(None), text("null")), else_=self.object(node.selection, row))
            case Scalar(term):
                json = row.of(term.expression)
                if not node.is_list:
                    return case((json.is_(None), text("null")), else_=_json_object(node.selection, json))
                elements = func.jsonb_array_elements(json).table_valued(
                    sql_column("element", JSONB), with_ordinality="place"
                )
                elements = elements.render_derived(with_types=False)
                printed = _json_object(node.selection, elements.c.element)
                items = func.string_agg(printed, aggregate_order_by(text(","), elements.c.place))
                return case((json.is_(None), text("null")), else_=json_list(select(items).scalar_subquery()))

    def _related(self, node: Related, row: "_Row") -> ColumnElement[str]:
        target = _Row.of_table(self._types, node.source.target.table)
        statement = self._one(node.selection, target).correlate(row.source)
        statement = statement.where(target.of(node.source.target) == row.of(node.source.key.expression))
        return or_null(statement.scalar_subquery())

    def _one(self, selection: Selection, row: "_Row") -> Select[Any]:
        # What is selected may mention the row within subqueries alone: it must be named as their FROM.
        return select(self.object(selection, row)).select_from(row.source)

    def _referenced(self, node: Referenced, row: "_Row") -> ColumnElement[str]:
        key = row.of(node.source.key.expression)
        targets = {
            name: _Row.of_table(self._types, stored.table)
            for name, stored in self._types.by_name.items()
            if name in node.selections and isinstance(stored.key.expression.type, type(key.type))
        }
        whens = {
            text(name): self._one(node.selections[name], target)
            .where(target.of(target.key) == key)
            .correlate(row.source)
            .scalar_subquery()
            for name, target in targets.items()
        }
        return or_null(case(whens, value=row.of(node.source.type_name.expression)))

    def _identified(self, node: Identified) -> ColumnElement[str]:
        given = self._given[node.site.index]
        stored = self._types.by_name[given.type_name]
        target = _Row.of_table(self._types, stored.table)
        conditions, _ = self._adapted(node.site.index, target)
        return or_null(self._one(node.selections[stored.name], target).where(*conditions).scalar_subquery())

    def _looked(self, node: Looked) -> ColumnElement[str]:
        target = _Row.of_table(self._types, node.source.table)
        conditions, _ = self._adapted(node.site.index, target)
        found = target.within(fenced(select(*target.source.c).where(*conditions)))
        statement = self._one(node.selection, found).order_by(*found.order(node.source.order))
        return or_null(statement.limit(literal_column("1")).scalar_subquery())

    def _listed(self, node: Listed, row: "_Row | None") -> ColumnElement[str]:
        rows = node.source.rows
        target = _Row.of_table(self._types, rows.table)
        children = self._children(target, rows, row, self._adapted(node.site.index, target)[0])
        if node.source.limited:
            shown = target.within(children.order_by(*target.order(rows.order)).limit(self._size(node.site.index)))
            joined = self._joined(node.selection, shown, shown.order(rows.order))
            statement = select(joined).select_from(shown.source)
        else:
            joined = self._joined(node.selection, target, target.order(rows.order))
            statement = children.with_only_columns(joined, maintain_column_froms=True)
        return json_list(statement.scalar_subquery())

    def _joined(self, selection: Selection, row: "_Row", order: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
        return func.string_agg(self.object(selection, row), aggregate_order_by(text(","), *order))

    def _paged(self, node: Paged, row: "_Row | None") -> ColumnElement[str]:
        given = self._given[node.site.index]
        rows, over = node.source.rows, given.window
        assert over is not None  # noqa: S101
        assert given.order is not None  # noqa: S101
        rows = replace(rows, order=given.order)
        target = _Row.of_table(self._types, rows.table)
        sort = target.order(rows.order, backward=over.backward)
        conditions, bounds = self._adapted(node.site.index, target)
        page = self._children(target, rows, row, conditions).where(*bounds)
        page = page.add_columns(func.row_number().over(order_by=sort).label(RANK)).order_by(*sort)
        size = self._size(node.site.index)
        shown = target.within(page.limit(size + 1))
        counted = self._counted(rows, row, node.site.index)
        printer = _PagePrinter(self, shown, rows.order, over, size, counted)
        # HAVING makes one row of the page even where no part of it is an aggregate.
        return (
            select(printer.object(node.parts))
            .select_from(shown.source)
            .having(literal_column("true"))
            .scalar_subquery()
        )

    def _counted(self, rows: Rows, row: "_Row | None", site: int) -> Callable[[], ColumnElement[str]]:
        def counted() -> ColumnElement[str]:
            target = _Row.of_table(self._types, rows.table)
            children = self._children(target, rows, row, self._adapted(site, target)[0])
            count = children.with_only_columns(func.count(), maintain_column_froms=True)
            return cast(count.scalar_subquery(), Text)

        return counted

    def _children(
        self, target: "_Row", rows: Rows, parent: "_Row | None", conditions: Sequence[ColumnElement[bool]]
    ) -> Select[Any]:
        """The rows themselves, all their columns, unordered."""
        statement = select(*target.source.c).where(*conditions)
        if rows.where is not None:
            statement = statement.where(target.of(rows.where))
        if rows.near is None or rows.key is None or parent is None:
            return statement
        key = parent.of(rows.key.expression)
        if rows.through is None:
            statement = statement.where(target.of(rows.near) == key)
        else:
            between = rows.through.far.table.alias()
            statement = statement.join_from(
                target.source, between, between.c[rows.through.far.name] == target.of(rows.order.key)
            ).where(between.c[rows.through.near.name] == key)
        return statement.correlate(parent.source)


class _PagePrinter:
    """Prints the parts of one page; `row` ranges over one row more than are shown."""

    def __init__(
        self,
        printer: _Printer,
        row: "_Row",
        order: Order,
        over: Window,
        size: ColumnElement[int],
        counted: Callable[[], ColumnElement[str]],
    ) -> None:
        self._printer = printer
        self._row = row
        self._over = over
        self._size = size
        self._counted = counted
        self._rank = row.source.c[RANK]
        self._cursor = cursor(order, [row.of(column) for column in order.columns])

    def object(self, selection: Selection) -> ColumnElement[str]:
        return json_object((key, self._part(node)) for key, node in selection.items())

    def _part(self, node: Node) -> ColumnElement[str]:
        if isinstance(node, TypeName):
            return text(f'"{node.name}"')
        assert isinstance(node, PagePart)  # noqa: S101
        match node.name:
            case "nodes":
                return self._list(self._printer.object(node.selection or {}, self._row))
            case "edges":
                return self._list(json_object((key, self._edge(each)) for key, each in (node.selection or {}).items()))
            case "pageInfo":
                return self.object(node.selection or {})
            case "totalCount":
                return self._counted()
            case "hasNextPage":
                return self._has_more if not self._over.backward else text(_boolean(self._over.before is not None))
            case "hasPreviousPage":
                return self._has_more if self._over.backward else text(_boolean(self._over.after is not None))
            case "startCursor":
                return self._cursor_at_end(first=True)
            case "endCursor":
                return self._cursor_at_end(first=False)
        raise NotPlanned(node.name)

    def _edge(self, node: Node) -> ColumnElement[str]:
        if isinstance(node, TypeName):
            return text(f'"{node.name}"')
        assert isinstance(node, PagePart)  # noqa: S101
        return self._cursor if node.name == "cursor" else self._printer.object(node.selection or {}, self._row)

    def _list(self, printed: ColumnElement[str]) -> ColumnElement[str]:
        rank = self._rank.desc() if self._over.backward else self._rank.asc()
        joined = func.string_agg(printed, aggregate_order_by(text(","), rank))
        return json_list(joined.filter(self._rank <= self._size))

    @property
    def _has_more(self) -> ColumnElement[str]:
        return cast(func.count() > self._size, Text)

    def _cursor_at_end(self, *, first: bool) -> ColumnElement[str]:
        is_rank_one = first != self._over.backward
        rank = self._rank.asc() if is_rank_one else self._rank.desc()
        ends = func.array_agg(aggregate_order_by(self._cursor, rank), type_=ARRAY(Text))
        return or_null(ends.filter(self._rank <= self._size)[1])


class _Row:
    """A range over rows of one type: an alias of its table, or a subquery of all its columns."""

    def __init__(self, type_name: str, key: Column[Any], source: FromClause) -> None:
        self.type_name = type_name
        self.key = key
        self.source = source
        self._adapter = ClauseAdapter(source)

    @classmethod
    def of_table(cls, types: StoredTypes, table: Any) -> "_Row":
        stored = types.by_table[table]
        return cls(stored.name, primary_key(table), table.alias())

    def within(self, statement: Select[Any]) -> "_Row":
        return _Row(self.type_name, self.key, statement.subquery())

    def of(self, expression: ColumnElement[Any]) -> ColumnElement[Any]:
        """The expression over this row."""
        adapted: ColumnElement[Any] = self._adapter.traverse(expression)
        return adapted

    def order(self, order: Order, *, backward: bool = False) -> list[ColumnElement[Any]]:
        return [self.of(clause) for clause in order.clauses(backward=backward)]

    def leaf(self, source: Scalar | GlobalId | Part) -> ColumnElement[Any]:
        match source:
            case Scalar(term):
                return self.of(term.expression)
            case GlobalId():
                return concat([text(f"{self.type_name}:"), cast(self.of(self.key), Text)])
            case Part(terms, read, sql):
                values = [self.of(term.expression) for term in terms]
                if sql is not None:
                    return sql(*values)
                if read is None:
                    return values[0]
        raise NotPlanned("a part that only Python can read")


def _json_object(selection: Selection, json: ColumnElement[Any]) -> ColumnElement[str]:
    fields = []
    for key, node in selection.items():
        if isinstance(node, TypeName):
            fields.append((key, text(f'"{node.name}"')))
            continue
        assert isinstance(node, JsonLeaf)  # noqa: S101
        printed = json_leaf(json, node.key, node.type)
        fields.append(
            (key, printed if node.is_nullable else case((printed == text("null"), text(ABSENT)), else_=printed))
        )
    return json_object(fields)


def _mark(node: Batch, row: "_Row | None") -> ColumnElement[str]:
    """Site and key: `splice.py` puts the value here."""
    of = node.source.key
    key = text(str(ROOT)) if row is None or of is None else row.of(of.expression)
    return concat([text(f"{OPEN}{node.site.index}:"), cast(key, Text), text(CLOSE)])


def _boolean(value: bool) -> str:
    return "true" if value else "false"
