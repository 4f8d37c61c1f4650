"""Answers operations by plan: each text is parsed, validated and planned once, each statement is made once a shape.

    text and operation → Prepared; values of the variables in @skip and @include → Plan
    plan and shape of the arguments → Island (the SQL text)
    island and values → the answer's text, with marks where batches belong → bytes

`answer` is None wherever the interpreter has to answer: for what no plan covers, and for everything that is wrong with
a request, so that there is one place that says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from cachetools import LRUCache
from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    visit,
)
from graphql.execution.values import VariableValues, get_variable_values
from strawberry import Schema
from strawberry.schema.schema import validate_document

from app.execution.errors import ClientFacing
from app.execution.islands import Given, Island, island
from app.execution.json_sql import NotPrintable
from app.execution.keyset import page_size
from app.execution.loaders import ReadContext
from app.execution.plan import (
    Identified,
    Inner,
    Listed,
    Looked,
    NotPlanned,
    Paged,
    PagePart,
    Plan,
    Reader,
    Referenced,
    Related,
    Selection,
    make_plan,
)
from app.execution.rows import StoredTypes
from app.execution.splice import splice
from app.execution.store_errors import FAILURES

log = structlog.get_logger(__name__)

DOCUMENTS_MAX = 500
LIST_ROWS = 10
SHAPES_MAX = 50
"""Different shapes of arguments remembered for one plan."""


@dataclass
class Planned:
    plan: Plan
    islands: LRUCache[Any, Island] = field(default_factory=lambda: LRUCache(SHAPES_MAX))
    readers: tuple[Reader, ...] = ()


@dataclass
class Prepared:
    """A valid operation; `names` are those of the variables that @skip and @include read."""

    document: DocumentNode
    operation: OperationDefinitionNode
    names: tuple[str, ...]
    plans: dict[tuple[Any, ...], Planned | None] = field(default_factory=dict)


class Plans:
    def __init__(
        self, schema: Schema, types: StoredTypes, *, rules: Sequence[type[ASTValidationRule]], tokens_max: int
    ) -> None:
        self._schema = schema
        self._graphql = schema._schema  # noqa: SLF001 - Strawberry shows the graphql-core schema nowhere else
        self._types = types
        self._rules = (*specified_rules, *rules)
        self._tokens_max = tokens_max
        self._prepared: LRUCache[tuple[str, str | None], Prepared | None] = LRUCache(DOCUMENTS_MAX)

    async def answer(
        self, query: str, operation_name: str | None, variables: Mapping[str, Any] | None, context: ReadContext
    ) -> bytes | None:
        """The whole body of the response."""
        prepared = self._prepare(query, operation_name)
        if prepared is None:
            return None
        coerced = get_variable_values(
            self._graphql, prepared.operation.variable_definitions or (), dict(variables or {})
        )
        if isinstance(coerced, list):
            return None
        planned = self._plan(prepared, coerced)
        if planned is None:
            return None
        try:
            given = self._given(planned, coerced, context)
        except ClientFacing:
            return None
        if _rows_at_most(planned.plan.root, given, 1) > context.rows_left:
            return None
        return await self._run(planned, given, coerced, context)

    def _prepare(self, query: str, operation_name: str | None) -> Prepared | None:
        key = (query, operation_name)
        if key not in self._prepared:
            self._prepared[key] = self._read(query, operation_name)
        return self._prepared[key]

    def _read(self, query: str, operation_name: str | None) -> Prepared | None:
        try:
            document = parse(query, max_tokens=self._tokens_max, no_location=False)
        except GraphQLError:
            return None
        if validate_document(self._graphql, document, self._rules):
            return None
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        named = [each for each in operations if operation_name in (None, each.name and each.name.value)]
        if len(named) != 1:
            return None
        return Prepared(document, named[0], _condition_variables(document))

    def _plan(self, prepared: Prepared, variables: VariableValues) -> Planned | None:
        key = tuple(variables.coerced.get(name) for name in prepared.names)
        if key not in prepared.plans:
            if len(prepared.plans) >= SHAPES_MAX:
                return None
            try:
                plan = make_plan(self._schema, prepared.document, prepared.operation, variables)
                prepared.plans[key] = Planned(plan, readers=tuple(_readers(plan.root)))
            except NotPlanned:
                prepared.plans[key] = None
        return prepared.plans[key]

    def _given(self, planned: Planned, variables: VariableValues, context: ReadContext) -> list[Given]:
        given = [Given()] * len(planned.plan.sites)
        for node in planned.readers:
            given[node.site.index] = _given(node, node.site.arguments(variables, self._schema), context)
        return given

    async def _run(
        self, planned: Planned, given: Sequence[Given], variables: VariableValues, context: ReadContext
    ) -> bytes | None:
        shapes, values = zip(*(each.shape_and_values() for each in given), strict=True) if given else ((), ())
        if shapes not in planned.islands:
            try:
                planned.islands[shapes] = island(planned.plan, given, self._types)
            except (NotPlanned, NotPrintable):
                return None
        statement = planned.islands[shapes]
        try:
            printed = await context.fetch_bytes(statement.sql, statement.bind(values))
        except ClientFacing:
            return None
        except FAILURES as exc:
            # Our fault. The interpreter reads table by table: what can be answered is, and the rest says so.
            log.error("plan_failed", sql=statement.sql, exc_info=exc)
            return None
        arguments = {each.site.index: each.site.arguments(variables, self._schema) for each in planned.plan.batches}
        return await splice(printed, planned.plan.batches, arguments, context)


def _given(node: Reader, arguments: Mapping[str, Any], context: ReadContext) -> Given:
    if isinstance(node, Identified):
        stored, key = context.identified(arguments["id"])
        return Given((stored.identified(key),), type_name=stored.name)
    filters = node.source.filters
    conditions = tuple(condition(arguments[name]) for name, condition in filters.items() if name in arguments)
    if isinstance(node, Paged):
        order = node.source.chosen_order(arguments.get("sort_by"))
        return Given(conditions, order, context.window(order, arguments))
    if isinstance(node, Listed) and node.source.limited:
        first = page_size("first", arguments.get("first"), context.page_size_default, context.page_size_max)
        return Given(conditions, first=first)
    return Given(conditions)


def _rows_at_most(selection: Selection, given: Sequence[Given], times: int) -> int:
    """How many rows the answer may hold, lists without a page reckoned at LIST_ROWS: pages within pages multiply.

    What might be too much is left to the interpreter, which counts the rows as they come.
    """
    total = 0
    for node in selection.values():
        match node:
            case Paged(site=site, parts=inner):
                rows = times * (given[site.index].size or 0)
            case Listed(site=site, selection=inner):
                rows = times * (given[site.index].size or LIST_ROWS)
            case Looked(selection=inner) | Related(selection=inner):
                rows = times
            case PagePart(selection=inner) | Inner(selection=inner) if inner:
                rows = 0
            case Identified(selections=selections) | Referenced(selections=selections):
                total += times + max(_rows_at_most(each, given, times) for each in selections.values())
                continue
            case _:
                continue
        total += rows + _rows_at_most(inner, given, rows or times)
    return total


def _readers(selection: Selection) -> Iterator[Reader]:
    for node in selection.values():
        if isinstance(node, Looked | Identified | Listed | Paged):
            yield node
        match node:
            case Identified() | Referenced():
                for inner in node.selections.values():
                    yield from _readers(inner)
            case Looked() | Listed() | Related() | Inner():
                yield from _readers(node.selection)
            case Paged(parts=parts):
                yield from _readers(parts)
            case PagePart(selection=inner) if inner:
                yield from _readers(inner)


def _condition_variables(document: DocumentNode) -> tuple[str, ...]:
    found: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            found.update(each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode))

    visit(document, Conditions())
    return tuple(sorted(found))
