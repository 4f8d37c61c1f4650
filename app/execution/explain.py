"""A plan in words: what it prints and where each part comes from, its statement, its batches, and what they took."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Column
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import iterate
from strawberry.utils.str_converters import to_camel_case

from app.execution.as_of import MOMENT
from app.execution.compiling import DIALECT
from app.execution.explanation import Explanation, Prepared, paths, remote
from app.execution.keyset import Order
from app.execution.plan import (
    Batch,
    Identified,
    Inner,
    JsonLeaf,
    Leaf,
    Listed,
    Looked,
    Node,
    Paged,
    PagePart,
    Referenced,
    Related,
    Selection,
    Site,
    TypeName,
)
from app.execution.projection import Projection, Varied
from app.execution.sources import Batched, Composite, Computed, Entity, Rows, SameRow, Scalar
from app.execution.sql_layout import laid_out
from app.execution.trace import BatchRun, StatementRun, Trace

INDENT = "  "


@dataclass(frozen=True, slots=True)
class Analysis:
    """What answering took, and Postgres' own EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) of a plan's statement."""

    trace: Trace
    ms: float
    bytes: int
    errors: Sequence[str]
    postgres: Mapping[str, Any] | None


def explained(explanation: Explanation, analysis: Analysis | None = None) -> str:
    """For people, in paragraphs."""
    return "\n\n".join("\n".join(lines) for lines in _paragraphs(explanation, analysis)) + "\n"


def _paragraphs(explanation: Explanation, analysis: Analysis | None) -> Iterator[list[str]]:
    yield list(_summary(explanation, analysis))
    trace = Trace() if analysis is None else analysis.trace
    prepared = explanation.prepared
    if prepared is not None:
        yield from _prepared("Plan", prepared, analysis)
    for place, row in (explanation.rows or {}).items():
        yield from _prepared(f"Plan of {place}", row, analysis)
    for call in trace.batches:
        yield list(_call(call))
    for run in trace.statements:
        if prepared is None or run.statement != prepared.island.sql:
            yield [f"Statement of {'the interpreter' if trace.reason else 'a batch'}, {_took(run)}", _laid_out(run)]


def _prepared(title: str, prepared: Prepared, analysis: Analysis | None) -> Iterator[list[str]]:
    yield [title, *_Tree(prepared).selection(prepared.plan.root, 1)]
    yield list(_island(prepared, analysis))
    for n, batch in enumerate(remote(prepared.plan), start=1):
        yield list(_batch(n, batch, prepared))


def _summary(explanation: Explanation, analysis: Analysis | None) -> Iterator[str]:
    operation, cost, limits = explanation.operation, explanation.cost, explanation.limits
    name = operation.operation.value + (f" {operation.name.value}" if operation.name else "")
    if explanation.refusal:
        yield f"{name}: refused. {explanation.refusal}"
    elif explanation.rows is not None:
        statements = _counted(len(explanation.rows), "statement", "s")
        yield f"{name}: by plan, each command in turn and {statements} for rows of their answers"
    elif explanation.prepared is None:
        yield f"{name}: by the interpreter, all of it. {explanation.reason}"
    else:
        batches = len(list(remote(explanation.prepared.plan)))
        yield f"{name}: by plan, one statement" + (f" and {_counted(batches, 'remote batch', 'es')}" if batches else "")
    counts = {"rows": "rows", "values": "values", "fields": "fields", "reads": "lists and relations"}
    figures = ((getattr(cost, name), getattr(limits, name), noun) for name, noun in counts.items())
    yield "cost: " + ", ".join(f"{count:,} of {count_max:,} {noun}" for count, count_max, noun in figures)
    if analysis is not None:
        yield f"took: {analysis.ms:.3f} ms for {analysis.bytes:,} bytes"
        yield from (f"error: {each}" for each in analysis.errors)
        if analysis.trace.reason and explanation.prepared is not None:
            yield f"The interpreter had to answer after all: {analysis.trace.reason}"


class _Tree:
    """Lines for a selection: leaves in one line, everything else in one of its own."""

    def __init__(self, prepared: Prepared) -> None:
        self._given = prepared.given
        self._numbers = {batch.site.index: n for n, batch in enumerate(remote(prepared.plan), start=1)}

    def selection(self, selection: Selection, depth: int) -> list[str]:
        lines: list[str] = []
        for is_plain, group in groupby(selection.items(), lambda item: _is_plain(item[1])):
            if is_plain:
                lines.append(INDENT * depth + ", ".join(key for key, _ in group))
                continue
            for key, node in group:
                source = self._source(node)
                lines.append(INDENT * depth + key + (f": {source}" if source else ""))
                lines += self._below(node, depth + 1)
        return lines

    def _below(self, node: Node, depth: int) -> list[str]:
        match node:
            case Inner() | Related() | Looked() | Listed():
                return self.selection(node.selection, depth)
            case Paged():
                return self.selection(node.parts, depth)
            case PagePart(selection=selection) if selection:
                return self.selection(selection, depth)
            case Identified():
                names = self._given[node.site.index].type_name.split()
                return self._by_type({name: node.selections[name] for name in names}, depth)
            case Referenced():
                return self._by_type(node.selections, depth)
        return []

    def _by_type(self, selections: Mapping[str, Selection], depth: int) -> list[str]:
        """Types of which the same is printed together."""
        names: dict[tuple[str, ...], list[str]] = {}
        for name, selection in selections.items():
            names.setdefault(tuple(self.selection(selection, depth + 1)), []).append(name)
        return [line for lines, same in names.items() for line in (f"{INDENT * depth}on {', '.join(same)}", *lines)]

    def _source(self, node: Node) -> str:
        match node:
            case Inner():
                return _inner(node)
            case Related(source):
                target = source.target
                return f"the row of {target.table.name} whose {target.name} is {_named(source.key.expression)}"
            case Looked(source, site):
                restrictions = self._given[site.index].restrictions
                by = ", ".join(name for name in restrictions if name != MOMENT)
                then = ", as of a moment" if MOMENT in restrictions else ""
                return f"the row of {source.table.name} that the argument {by} singles out{then}"
            case Referenced(source):
                return f"the row that {_named(source.type_name.expression)} and {_named(source.key.expression)} name"
            case Identified(source=Entity(), is_list=is_list):
                return f"the {'rows whose keys' if is_list else 'row whose key'} the command answers with"
            case Identified(is_list=is_list):
                return "the rows that ids name" if is_list else "the row that id names"
            case Listed(source, site) | Paged(source, site):
                return self._rows(source.rows, site)
            case Batch(source=Computed(terms=terms)):
                return f"computed from {', '.join(_named(each.expression) for each in terms)}"
            case Batch(source=Batched(), site=site):
                return f"remote batch {self._numbers[site.index]}"
        return ""

    def _rows(self, rows: Rows, site: Site) -> str:
        given = self._given[site.index]
        over, order = given.window, given.order or rows.order
        words = "rows"
        if given.size is not None:
            words = f"{'the last' if over is not None and over.backward else 'the first'} {given.size:,} rows"
        words += f" of {rows.table.name}"
        if rows.near is not None and rows.key is not None:
            key, near = _named(rows.key.expression), rows.near
            words += f" linked by {near.table.name} to {key}" if rows.through else f" whose {near.name} is {key}"
        words += f", by {_order(order)}"
        limits = [*given.restrictions, *(["a cursor"] if over is not None and (over.after or over.before) else [])]
        return words + (f"; limited by {', '.join(limits)}" if limits else "")


def _is_plain(node: Node) -> bool:
    return isinstance(node, Leaf | JsonLeaf | TypeName) or (isinstance(node, PagePart) and not node.selection)


def _inner(node: Inner) -> str:
    match node.source:
        case SameRow():
            return "of the same row"
        case Composite():
            return "an object of columns of the row"
        case Scalar(term):
            return f"from JSON in {_named(term.expression)}"


def _order(order: Order) -> str:
    return order.column.name + (" descending" if order.descending else "")


def _named(expression: ColumnElement[Any]) -> str:
    if isinstance(expression, Column):
        return f"{expression.table.name}.{expression.name}"
    tables = {each.table.name for each in iterate(expression) if isinstance(each, Column)}
    return f"an expression over {', '.join(sorted(tables))}"


def _island(prepared: Prepared, analysis: Analysis | None) -> Iterator[str]:
    yield "Statement"
    yield _indented(laid_out(prepared.island.sql))
    for n, (parameter, value) in enumerate(zip(prepared.island.parameters, prepared.parameters, strict=True), start=1):
        origin = "" if parameter.origin is None else f", from {_argument(prepared, *parameter.origin)}"
        yield f"{INDENT}${n} = {_json(value)} ({parameter.type_name}{origin})"
    if analysis is None:
        return
    for run in analysis.trace.statements:
        if run.statement == prepared.island.sql:
            yield f"{INDENT}took {_took(run)}"
    if analysis.postgres is not None:
        yield from (f"{INDENT}{line}" for line in _postgres(analysis.postgres))


def _argument(prepared: Prepared, site: int, position: int) -> str:
    """Where the value at `position` among those of the site comes from: see `Given.values`."""
    asking, restrictions = prepared.plan.sites[site], prepared.given[site].restrictions
    field = asking.node.name.value
    if isinstance(asking.field.source, Entity):
        return "what the command answers with"
    if "ids" in asking.definition.args:
        return f"{field}(ids:)"
    names = [name for name, each in restrictions.items() for _ in each.values]
    return f"{field}({to_camel_case(names[position])}:)" if position < len(names) else f"a cursor of {field}"


def _postgres(found: Mapping[str, Any]) -> Iterator[str]:
    plan = found["Plan"]
    yield f"Postgres: planning {found['Planning Time']:.3f} ms, execution {found['Execution Time']:.3f} ms"
    yield f"buffers: {plan['Shared Hit Blocks']:,} hit, {plan['Shared Read Blocks']:,} read"
    read: dict[str, int] = {}
    for scan in _scans(plan):
        rows = round(scan["Actual Rows"] * scan["Actual Loops"])
        read[scan["Relation Name"]] = read.get(scan["Relation Name"], 0) + rows
    if read:
        yield "rows read: " + ", ".join(f"{table} {rows:,}" for table, rows in sorted(read.items()))


def _scans(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "Relation Name" in plan:
        yield plan
    for within in plan.get("Plans", ()):
        yield from _scans(within)


def _batch(number: int, batch: Batch, prepared: Prepared) -> Iterator[str]:
    assert isinstance(batch.source, Batched)  # noqa: S101
    load, key = batch.source.load, batch.source.key
    yield f"Remote batch {number}: {'.'.join(paths(prepared.plan)[batch.site.index])}"
    yield f"{INDENT}key: {'none, at the root' if key is None else _named(key.expression)}"
    yield f"{INDENT}source: {load.__module__}.{load.__qualname__}"
    if arguments := prepared.arguments[batch.site.index]:
        yield f"{INDENT}arguments: " + ", ".join(f"{name} = {_json(value)}" for name, value in arguments.items())
    if batch.projection is not None:
        yield f"{INDENT}prints: {_projected(batch.projection)}"


def _call(run: BatchRun) -> Iterator[str]:
    keys, failed = _counted(run.keys, "key", "s"), len(run.failures)
    yield f"Asked for {'.'.join(run.path)}: {keys} in {run.ms:.3f} ms" + (f", {failed:,} failed" if failed else "")
    for message in dict.fromkeys(str(each) or type(each).__name__ for each in run.failures):
        yield f"{INDENT}{message}"


def _projected(projection: Projection | Varied) -> str:
    if isinstance(projection, Varied):
        return " ".join(f"... on {name} {_projected(each)}" for name, each in projection.by_type.items())
    fields = (f"{key} {_projected(each.fields)}" if each.fields else key for key, each in projection.items())
    return f"{{ {' '.join(fields)} }}"


def _laid_out(run: StatementRun) -> str:
    statement = run.statement
    return _indented(laid_out(statement if isinstance(statement, str) else str(statement.compile(dialect=DIALECT))))


def _took(run: StatementRun) -> str:
    return f"{run.ms:.3f} ms for {_counted(run.rows, 'row', 's')}"


def _counted(count: int, noun: str, plural: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else plural}"


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _indented(lines: str) -> str:
    return "\n".join(INDENT + line for line in lines.splitlines())
