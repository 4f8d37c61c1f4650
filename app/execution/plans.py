"""Answers operations by plan: an operation is planned once, and each statement is made once for a shape of arguments.

    operation, granted scopes, values of the variables in @skip and @include → Plan
    plan and shape of the arguments → Island (the SQL text)
    island and values → the answer's text, with marks where batches belong → bytes

Wherever the interpreter has to answer there is a reason why: for what no plan covers, and for everything that is wrong
with a request, so that there is one place that says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import structlog
from cachetools import LRUCache
from sqlalchemy import ColumnElement, Text, literal
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry import Schema

from app.execution.access import Granted
from app.execution.arguments import Arguments, ArgumentsReader, InvalidVariables, Variables
from app.execution.coalescing import Coalesced
from app.execution.errors import ClientFacing, LimitExceeded, present
from app.execution.explanation import Prepared, watched
from app.execution.given import NOTHING_GIVEN, Given
from app.execution.islands import island
from app.execution.json_sql import NotPrintable
from app.execution.keyset import page_size
from app.execution.loaders import ReadContext, failures_told
from app.execution.operations import Operation
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
    Site,
    TypeName,
    make_plan,
)
from app.execution.restrictions import Restriction, restriction
from app.execution.rows import StoredTypes
from app.execution.splice import splice
from app.execution.store_errors import FAILURES

log = structlog.get_logger(__name__)


class LeftToInterpreter(Exception):
    """The message is a sentence that says why."""


VARIANTS_MAX = 50
"""Plans remembered for one operation, and shapes of arguments for one plan."""


@dataclass
class _Place:
    """A field with arguments that choose rows. `given` is kept where the text alone says what they are."""

    node: Reader
    arguments: ArgumentsReader
    given: Given | None = None


@dataclass
class _Planned:
    plan: Plan
    places: Sequence[_Place]
    batches: Mapping[int, ArgumentsReader]
    """By site."""
    is_point_read: bool
    """All that it reads hangs on rows that its arguments single out."""
    statements: LRUCache[Any, Coalesced] = field(default_factory=lambda: LRUCache(VARIANTS_MAX))


class Plans:
    """For contexts that all have the same limits."""

    def __init__(self, schema: Schema, types: StoredTypes) -> None:
        self._schema = schema
        self._types = types
        self._plans: WeakKeyDictionary[Operation, LRUCache[Any, _Planned | str]] = WeakKeyDictionary()

    async def answer(self, operation: Operation, variables: Variables, context: ReadContext) -> bytes:
        """The whole body of the response. Raises LeftToInterpreter."""
        planned, trace = self._plan(operation, variables, context.granted), context.trace
        try:
            given = _given(planned, variables, context)
            statement = self._statement(planned, given, context)
            values = [each.values for each in given]
            with failures_told():
                printed = await (statement.body(values) if trace is None else statement.traced_body(values, trace))
        except (ClientFacing, InvalidVariables) as exc:
            raise LeftToInterpreter(str(exc)) from exc
        except FAILURES as exc:
            # Our fault. The interpreter reads table by table: what can be answered is, and the rest says so.
            log.error("plan_failed", operation=operation.name, exc_info=exc)
            raise LeftToInterpreter("The plan's statement failed; the log says how.") from exc
        arguments = {site: read(variables) for site, read in planned.batches.items()}
        batches = planned.plan.batches if trace is None else watched(planned.plan, trace)
        spliced = await splice(printed, batches, arguments, context)
        if spliced is None:
            raise LeftToInterpreter("A value is missing that the schema promises.")
        if not spliced.errors:
            return spliced.body
        errors = [present(error, request={}) for error in spliced.errors]
        return b'{"errors":%b,%b' % (orjson.dumps(errors), spliced.body[1:])

    def prepared(self, operation: Operation, variables: Variables, context: ReadContext) -> Prepared:
        """What `answer` would run. Raises LeftToInterpreter."""
        planned = self._plan(operation, variables, context.granted)
        try:
            given = _given(planned, variables, context)
            arguments = {site: read(variables) for site, read in planned.batches.items()}
        except (ClientFacing, InvalidVariables) as exc:
            raise LeftToInterpreter(str(exc)) from exc
        return Prepared(planned.plan, given, self._statement(planned, given, context).island, arguments)

    def _plan(self, operation: Operation, variables: Variables, granted: Granted) -> _Planned:
        """Raises LeftToInterpreter."""
        variants = self._plans.get(operation)
        if variants is None:
            variants = self._plans[operation] = LRUCache(VARIANTS_MAX)
        key = (granted, *(variables.coerced.get(name) for name in operation.conditions))
        if key not in variants:
            try:
                plan = make_plan(self._schema, operation.document, operation.node, variables.values, granted)
                variants[key] = self._planned(plan, operation)
            except NotPlanned as exc:
                variants[key] = f"No plan covers {exc}."
        planned = variants[key]
        if isinstance(planned, str):
            raise LeftToInterpreter(planned)
        return planned

    def _planned(self, plan: Plan, operation: Operation) -> _Planned:
        def reader(site: Site) -> ArgumentsReader:
            required = operation.variables.required
            return ArgumentsReader(self._schema, site.field, site.definition, site.node, required)

        places = [_Place(node, reader(node.site)) for node in _readers(plan.root)]
        batches = {each.site.index: reader(each.site) for each in plan.batches}
        is_point_read = all(isinstance(each, Looked | Identified | TypeName) for each in plan.root.values())
        return _Planned(plan, places, batches, is_point_read)

    def _statement(self, planned: _Planned, given: Sequence[Given], context: ReadContext) -> Coalesced:
        """Raises LeftToInterpreter."""
        shape = tuple(each.shape for each in given)
        known = planned.statements.get(shape)
        if known is None:
            try:
                made = island(planned.plan, given, self._types)
            except (NotPlanned, NotPrintable) as exc:
                raise LeftToInterpreter(f"No plan prints {exc}.") from exc
            known = planned.statements[shape] = Coalesced(made, context.connections, shares=planned.is_point_read)
        return known


def _given(planned: _Planned, variables: Variables, context: ReadContext) -> list[Given]:
    """By site. Raises ClientFacing and InvalidVariables."""
    given = [NOTHING_GIVEN] * len(planned.plan.sites)
    for place in planned.places:
        found = place.given
        if found is None:
            found = _given_to(place.node, place.arguments(variables), context)
            if place.arguments.is_constant:
                place.given = found
        given[place.node.site.index] = found
    return given


def _given_to(node: Reader, arguments: Arguments, context: ReadContext) -> Given:
    if isinstance(node, Identified):
        if node.is_list:
            return _identified(arguments["ids"], context)
        stored, key = context.identified(arguments["id"])
        named = Restriction(None, (key,), lambda: stored.identified(key))
        return Given({"id": named}, type_name=stored.name)
    restrictions = {
        name: restriction(condition, arguments[name])
        for name, condition in node.source.filters.items()
        if name in arguments
    }
    if isinstance(node, Paged):
        order = node.source.chosen_order(arguments.get("sort_by"))
        return Given(restrictions, order, context.window(order, arguments))
    if isinstance(node, Listed) and node.source.limited:
        first = page_size("first", arguments.get("first"), context.sizes)
        return Given(restrictions, first=first)
    return Given(restrictions)


def _identified(ids: Sequence[str], context: ReadContext) -> Given:
    """Names of types and keys, an array of each: the text depends on which types there are, not on how many ids."""
    if len(ids) > context.sizes.ids_max:
        raise LimitExceeded("The interpreter says how many there may be.")
    found = [context.identified(each) for each in ids]
    arrays = {"types": [stored.name for stored, _ in found], "keys": [str(key) for _, key in found]}
    restrictions = {name: Restriction(None, (values,), partial(_array, values)) for name, values in arrays.items()}
    return Given(restrictions, type_name=" ".join(sorted(set(arrays["types"]))))


def _array(values: list[str]) -> ColumnElement[Any]:
    return literal(values, ARRAY(Text))


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
