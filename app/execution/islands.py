"""From a plan and the arguments of its sites to one SELECT in which Postgres prints the whole answer as JSON text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    UniqueConstraint,
    case,
    cast,
    func,
    select,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.execution.as_of import MOMENT, History
from app.execution.compiling import DIALECT
from app.execution.given import Given
from app.execution.json_sql import (
    ABSENT,
    Pieces,
    global_id,
    is_nullable,
    joined,
    json_leaf,
    json_list,
    json_object,
    leaf,
    number,
    or_null,
    text,
)
from app.execution.marks import print_lost, print_mark
from app.execution.pages import Page, print_page
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
    Plan,
    Referenced,
    Related,
    Selection,
    TypeName,
)
from app.execution.ranges import Range
from app.execution.rows import StoredType, StoredTypes
from app.execution.sources import Composite, Entity, GlobalId, Part, Rows, SameRow, Scalar
from app.execution.statements import fenced

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A placeholder: a value of a site, or a constant of the plan. `process` suits it to the driver."""

    origin: tuple[int, int] | None
    constant: Any
    process: Callable[[Any], Any] | None
    type_name: str
    """In SQL."""

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
    statement = select(func.convert_to(joined(body), text("UTF8")).label("body"))
    compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    # Not every condition that was adapted is printed: a page of which only the count was asked needs no window.
    used = compiled.bind_names
    origins = {used[bind]: origin for bind, origin in printer.origins.items() if bind in used}
    processes: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - what SQLAlchemy itself would apply
    names = compiled.positiontup or ()
    parameters = (
        Parameter(origins.get(name), compiled.params[name], processes.get(name), _type_name(compiled.binds[name]))
        for name in names
    )
    return Island(str(compiled), tuple(parameters))


class _Printer:
    def __init__(self, given: Sequence[Given], types: StoredTypes) -> None:
        self._given = given
        self._types = types
        self._history: History | None = None
        """In what was as of a moment."""
        self.origins: dict[BindParameter[Any], tuple[int, int]] = {}
        """Of each parameter that a request fills: the site and the position among its values."""

    def _adapted(self, site: int, row: Range) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
        """The site's conditions and bounds over `row`, their parameters noted."""
        given = self._given[site]
        conditions, bounds = ([row.of(each) for each in clauses] for clauses in (given.conditions, given.bounds))
        binds = [bind for each in (*conditions, *bounds) for bind in _parameters(each)]
        if any(bind.expanding for bind in binds):
            # IN writes a parameter for each value, and the shape does not say how many.
            raise NotPlanned("a list that is not one array")
        for position, (bind, value) in enumerate(zip(binds, given.values, strict=True)):
            assert bind.effective_value == value  # noqa: S101 - a condition's quick way and its SQL must agree
            self.origins[bind] = (site, position)
        return conditions, bounds

    def object(self, selection: Selection, row: Range | None) -> Pieces:
        return json_object((key, self._value(node, row)) for key, node in selection.items())

    def _value(self, node: Node, row: Range | None) -> Pieces:
        match node:
            case TypeName(name):
                return (f'"{name}"',)
            case Looked():
                return self._looked(node)
            case Identified(source=Entity(), is_list=True):
                return self._entities(node)
            case Identified(is_list=True):
                return self._identified_each(node)
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

    def _value_of_row(self, node: Node, row: Range) -> Pieces:
        match node:
            case Leaf(GlobalId()):
                return global_id(row.type_name, row.of(row.key))
            case Leaf(Scalar() | Part() as source):
                return leaf(_expression(source, row), node.type, is_list=node.is_list)
            case Inner():
                return self._inner(node, row)
            case Related():
                return self._related(node, row)
            case Referenced():
                return self._referenced(node, row)
        raise TypeError(f"no way to print {node}")

    def _inner(self, node: Inner, row: Range) -> Pieces:
        match node.source:
            case SameRow():
                return self.object(node.selection, row)
            case Composite(parts):
                first = row.of(next(iter(parts.values())).terms[0].expression)
                printed = self.object(node.selection, row)
                return _unless_null(first, joined(printed)) if is_nullable(first) else printed
            case Scalar(term):
                json = row.of(term.expression)
                if not node.is_list:
                    return _unless_null(json, joined(_json_object(node.selection, json)))
                elements = func.jsonb_array_elements(json).table_valued(
                    sql_column("element", JSONB), with_ordinality="place"
                )
                elements = elements.render_derived(with_types=False)
                printed = _json_object(node.selection, elements.c.element)
                items = func.string_agg(joined(printed), aggregate_order_by(text(","), elements.c.place))
                return _unless_null(json, joined(json_list(select(items).scalar_subquery())))

    def _related(self, node: Related, row: Range) -> Pieces:
        target = self._range(node.source.target.table, row)
        statement = self._one(node.selection, target).correlate(row.source)
        statement = statement.where(target.of(node.source.target) == row.of(node.source.key.expression))
        return or_null((statement.scalar_subquery(),))

    def _range(self, table: Any, of: Range | None = None) -> Range:
        """The rows of a table, for those of another."""
        history = self._history
        if history is not None and of is not None and of.key.table not in history.tables and table in history.tables:
            # Here its name is that of what was.
            raise NotPlanned(f"{table.name} as they are now, within what was")
        return Range.of_table(self._types, table)

    def _one(self, selection: Selection, row: Range) -> Select[Any]:
        # What is selected may mention the row within subqueries alone: it must be named as their FROM.
        return select(joined(self.object(selection, row))).select_from(row.source)

    def _referenced(self, node: Referenced, row: Range) -> Pieces:
        key = row.of(node.source.key.expression)
        keys = {
            name: key
            for name, stored in self._types.by_name.items()
            if name in node.selections and isinstance(stored.key.expression.type, type(key.type))
        }
        return self._of_type(row.of(node.source.type_name.expression), keys, node.selections, row.source, row)

    def _of_type(
        self,
        type_name: ColumnElement[str],
        keys: Mapping[str, ColumnElement[Any]],
        selections: Mapping[str, Selection],
        near: FromClause,
        of: Range | None = None,
    ) -> Pieces:
        """The row of the type that is named, by its key; `near` holds both, and `keys` are suited to each type."""
        whens: dict[ColumnElement[str], ColumnElement[Any]] = {}
        for name, key in keys.items():
            target = self._range(self._types.by_name[name].table, of)
            found = self._one(selections[name], target).where(target.of(target.key) == key)
            whens[text(name)] = found.correlate(near).scalar_subquery()
        return or_null((case(whens, value=type_name),)) if whens else ("null",)

    def _identified(self, node: Identified) -> Pieces:
        given = self._given[node.site.index]
        stored = self._types.by_name[given.type_name]
        target = self._range(stored.table)
        conditions, _ = self._adapted(node.site.index, target)
        return or_null((self._one(node.selections[stored.name], target).where(*conditions).scalar_subquery(),))

    def _identified_each(self, node: Identified) -> Pieces:
        index = node.site.index
        stored = [self._types.by_name[name] for name in self._given[index].type_name.split()]
        if not stored:
            return ("[]",)
        # Two arrays, over no row at all.
        arrays, _ = self._adapted(index, self._range(stored[0].table))
        columns = [sql_column("type_name", Text), sql_column("key", Text)]
        asked = func.unnest(*arrays).table_valued(*columns, with_ordinality="place").render_derived()
        keys = {each.name: self._surviving(each, asked.c.key, asked) for each in stored}
        printed = joined(self._of_type(asked.c.type_name, keys, node.selections, asked))
        items = func.string_agg(printed, aggregate_order_by(text(","), asked.c.place))
        return json_list(select(items).select_from(asked).scalar_subquery())

    def _entities(self, node: Identified) -> Pieces:
        """A row for each key of one array. Where there is none, the mark says at which place: `commands.py`."""
        index = node.site.index
        stored = self._types.by_name[self._given[index].type_name]
        target = self._range(stored.table)
        (keys,), _ = self._adapted(index, target)
        key = sql_column("key", stored.key.expression.type)
        asked = func.unnest(keys).table_valued(key, with_ordinality="place").render_derived()
        found = self._one(node.selections[stored.name], target).where(target.of(target.key) == asked.c.key)
        lost = joined(print_lost(asked.c.place))
        printed = func.coalesce(found.correlate(asked).scalar_subquery(), lost)
        items = func.string_agg(printed, aggregate_order_by(text(","), asked.c.place))
        return json_list(select(items).select_from(asked).scalar_subquery())

    def _surviving(self, stored: StoredType, key: ColumnElement[str], near: FromClause) -> ColumnElement[Any]:
        """The key as the type has it; of a row that was merged away, the survivor's."""
        own = cast(key, stored.key.expression.type)
        if stored.survivor is None:
            return own
        named = self._range(stored.table)
        survivor = func.coalesce(named.of(stored.survivor.expression), named.of(named.key))
        found = select(survivor).where(named.of(named.key) == own).correlate(near)
        return found.scalar_subquery()

    def _looked(self, node: Looked) -> Pieces:
        target = self._range(node.source.table)
        conditions, _ = self._adapted(node.site.index, target)
        if MOMENT in self._given[node.site.index].restrictions:
            return self._looked_then(node, target, conditions)
        found = target.within(fenced(select(*target.source.c).where(*conditions)))
        statement = self._one(node.selection, found).order_by(*found.order(node.source.order))
        return or_null((statement.limit(number(1)).scalar_subquery(),))

    def _looked_then(self, node: Looked, now: Range, conditions: Sequence[ColumnElement[Any]]) -> Pieces:
        """`conditions` are over the row as it is now, but for the last, which is the moment."""
        history = node.source.history
        assert history is not None  # noqa: S101
        *by, moment = conditions
        asked = select(*map(now.of, history.asked)).where(*by).order_by(*now.order(node.source.order)).limit(number(1))
        self._history = history
        found = self._one(node.selection, self._range(node.source.table)).scalar_subquery()
        self._history = None
        printed = case((history.is_unknown, text(ABSENT)), else_=joined(or_null((found,))))
        return (select(printed).add_cte(*history.ctes(asked, moment), nest_here=True).scalar_subquery(),)

    def _listed(self, node: Listed, row: Range | None) -> Pieces:
        rows, first = node.source.rows, self._given[node.site.index].size
        target = self._range(rows.table, row)
        children = self._children(target, rows, row, self._adapted(node.site.index, target)[0])
        if first is not None:
            shown = target.within(children.order_by(*_sorted_by(rows, target)).limit(number(first)))
            statement = select(self._items(node.selection, rows, shown)).select_from(shown.source)
        else:
            items = self._items(node.selection, rows, target)
            statement = children.with_only_columns(items, maintain_column_froms=True)
        return json_list(statement.scalar_subquery())

    def _items(self, selection: Selection, rows: Rows, row: Range) -> ColumnElement[str]:
        printed = joined(self.object(selection, row))
        return func.string_agg(printed, aggregate_order_by(text(","), *_sorted_by(rows, row)))

    def _paged(self, node: Paged, row: Range | None) -> Pieces:
        given, site = self._given[node.site.index], node.site.index
        rows, over = node.source.rows, given.window
        assert over is not None  # noqa: S101
        assert given.order is not None  # noqa: S101
        target = self._range(rows.table, row)
        conditions, bounds = self._adapted(site, target)
        children = self._children(target, rows, row, conditions).where(*bounds)
        return print_page(
            node.parts,
            Page(target, children, given.order, over),
            print_row=self.object,
            print_count=lambda: self._counted(rows, row, site),
        )

    def _counted(self, rows: Rows, row: Range | None, site: int) -> Pieces:
        target = self._range(rows.table, row)
        children = self._children(target, rows, row, self._adapted(site, target)[0])
        count = children.with_only_columns(func.count(), maintain_column_froms=True)
        return (cast(count.scalar_subquery(), Text),)

    def _children(
        self, target: Range, rows: Rows, parent: Range | None, conditions: Sequence[ColumnElement[bool]]
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


def _sorted_by(rows: Rows, row: Range) -> list[ColumnElement[Any]]:
    """The order of one parent's rows; without the key where there are no ties, so that the unique index has it."""
    near = set() if rows.near is None or rows.through is not None else {rows.near}
    keys = (each for each in rows.table.constraints if isinstance(each, UniqueConstraint))
    has_no_ties = any(near | {rows.order.column} >= set(key.columns) for key in keys)
    return row.order(rows.order)[: 1 if has_no_ties else None]


def _expression(source: Scalar | Part, row: Range) -> ColumnElement[Any]:
    if isinstance(source, Scalar):
        return row.of(source.term.expression)
    values = [row.of(term.expression) for term in source.terms]
    if source.sql is not None:
        return source.sql(*values)
    if source.read is not None:
        raise NotPlanned("a part that only Python can read")
    return values[0]


def _unless_null(value: ColumnElement[Any], printed: ColumnElement[str]) -> Pieces:
    return (case((value.is_(None), text("null")), else_=printed),)


def _json_object(selection: Selection, json: ColumnElement[Any]) -> Pieces:
    fields: list[tuple[str, Pieces]] = []
    for key, node in selection.items():
        if isinstance(node, TypeName):
            fields.append((key, (f'"{node.name}"',)))
            continue
        assert isinstance(node, JsonLeaf)  # noqa: S101
        fields.append((key, json_leaf(json, node.key, node.type, is_nullable=node.is_nullable)))
    return json_object(fields)


def _mark(node: Batch, row: Range | None) -> Pieces:
    """`splice.py` puts the value here."""
    values = [] if row is None else [row.of(term.expression) for term in node.source.terms]
    return print_mark(node.site.index, values)


def _type_name(bind: BindParameter[Any]) -> str:
    return bind.type.compile(dialect=DIALECT)


def _parameters(clause: ColumnElement[bool]) -> Sequence[BindParameter[Any]]:
    key = clause._generate_cache_key()  # noqa: SLF001 - the order that `restrictions.of_sql` goes by
    if key is None:
        raise NotPlanned(f"{clause} has no shape")
    return key.bindparams
