"""Answers operations by plan: an operation is planned once, and each statement is made once for a shape of arguments.

    operation, granted scopes, values of the variables in @skip and @include → Plan, or Mutation with a Plan of each row
    plan and shape of the arguments → Island (the SQL text)
    island and values → the answer's text, with marks where batches belong → bytes

Wherever the interpreter has to answer there is a reason why: for what no plan covers, and for everything that is wrong
with a request, so that there is one place that says so.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import structlog
from graphql import OperationType
from sqlalchemy import ColumnElement, Text, literal
from sqlalchemy.dialects.postgresql import ARRAY
from strawberry import Schema

from app.execution.access import Granted
from app.execution.arguments import Arguments, ArgumentsReader, InvalidVariables, Variables
from app.execution.as_of import MOMENT, History
from app.execution.coalescing import Coalesced
from app.execution.commands import Ready, answered
from app.execution.errors import ClientFacing, LimitExceeded, present
from app.execution.explanation import Prepared
from app.execution.given import NOTHING_GIVEN, Given
from app.execution.islands import island
from app.execution.json_sql import NotPrintable
from app.execution.keyset import page_size
from app.execution.loaders import ReadContext
from app.execution.mutations import Commanded, make_mutation
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
from app.execution.reading import Reading
from app.execution.restrictions import Restriction, restriction
from app.execution.rows import StoredTypes
from app.execution.sources import Entity
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
    statements: dict[Hashable, Coalesced] = field(default_factory=dict)
    """By shape of the arguments."""


@dataclass
class _PlannedCommand:
    commanded: Commanded
    arguments: ArgumentsReader
    entities: Mapping[str, _Planned]


_PlannedMutation = Mapping[str, _PlannedCommand | TypeName]
"""By response key."""
_Variant = _Planned | _PlannedMutation


class Plans:
    """For contexts that all have the same limits."""

    def __init__(self, schema: Schema, types: StoredTypes) -> None:
        self._schema = schema
        self._types = types

    async def answer(self, operation: Operation, variables: Variables, context: ReadContext) -> bytes:
        """The whole body of the response. Raises LeftToInterpreter, but never once a command was performed."""
        planned = self._plan(operation, variables, context.granted)
        if not isinstance(planned, _Planned):
            # All of it is ready before the first is performed: what goes wrong then is told in the answer.
            return await answered(self._commands(planned, variables, context), context, operation.name)
        reading = self._reading(planned, variables, context)
        try:
            printed = await reading.printed(context)
        except ClientFacing as exc:
            raise LeftToInterpreter(str(exc)) from exc
        except FAILURES as exc:
            # Our fault. The interpreter reads table by table: what can be answered is, and the rest says so.
            log.error("plan_failed", operation=operation.name, exc_info=exc)
            raise LeftToInterpreter("The plan's statement failed; the log says how.") from exc
        spliced = await reading.spliced(printed, context)
        if spliced is None:
            raise LeftToInterpreter("A value is missing that the schema promises.")
        if not spliced.errors:
            return spliced.body
        errors = [present(error, request={}) for error in spliced.errors]
        return b'{"errors":%b,%b' % (orjson.dumps(errors), spliced.body[1:])

    def prepared(
        self, operation: Operation, variables: Variables, context: ReadContext
    ) -> Prepared | Mapping[str, Prepared]:
        """What `answer` would run; of a mutation, what reads each row by its place. Raises LeftToInterpreter."""
        planned = self._plan(operation, variables, context.granted)
        if isinstance(planned, _Planned):
            return self._reading(planned, variables, context).prepared
        ready = self._commands(planned, variables, context)
        return {
            f"{key}.{name}": reading.prepared
            for key, each in ready.items()
            if isinstance(each, Ready)
            for name, reading in each.entities.items()
        }

    def _reading(self, planned: _Planned, variables: Variables, context: ReadContext) -> Reading:
        """Raises LeftToInterpreter."""
        try:
            given = _given(planned, variables, context)
            arguments = {site: read(variables) for site, read in planned.batches.items()}
        except (ClientFacing, InvalidVariables) as exc:
            raise LeftToInterpreter(str(exc)) from exc
        return Reading(planned.plan, given, self._statement(planned, given, context), arguments)

    def _commands(
        self, planned: _PlannedMutation, variables: Variables, context: ReadContext
    ) -> Mapping[str, Ready | TypeName]:
        """Raises LeftToInterpreter."""
        return {
            key: each if isinstance(each, TypeName) else self._ready(each, variables, context)
            for key, each in planned.items()
        }

    def _ready(self, planned: _PlannedCommand, variables: Variables, context: ReadContext) -> Ready:
        try:
            arguments = planned.arguments(variables)
        except InvalidVariables as exc:
            raise LeftToInterpreter(str(exc)) from exc
        entities = {key: self._reading(each, variables, context) for key, each in planned.entities.items()}
        return Ready(planned.commanded, arguments, entities)

    def _plan(self, operation: Operation, variables: Variables, granted: Granted) -> _Variant:
        """Raises LeftToInterpreter."""
        key = (granted, *(variables.coerced.get(name) for name in operation.conditions))
        planned: _Variant | str | None = operation.plans.get(key)
        if planned is None:
            try:
                planned = self._understood(operation, variables, granted)
            except NotPlanned as exc:
                planned = f"No plan covers {exc}."
            _remember(operation.plans, key, planned)
        if isinstance(planned, str):
            raise LeftToInterpreter(planned)
        return planned

    def _understood(self, operation: Operation, variables: Variables, granted: Granted) -> _Variant:
        """Raises NotPlanned."""
        of = self._schema, operation.document, operation.node, variables.values, granted
        if operation.type is not OperationType.MUTATION:
            return self._planned(make_plan(*of), operation)
        return {
            key: each if isinstance(each, TypeName) else self._planned_command(each, operation)
            for key, each in make_mutation(*of).items()
        }

    def _planned_command(self, commanded: Commanded, operation: Operation) -> _PlannedCommand:
        entities = {key: self._planned(plan, operation) for key, plan in commanded.entities.items()}
        return _PlannedCommand(commanded, self._reader(commanded.site, operation), entities)

    def _planned(self, plan: Plan, operation: Operation) -> _Planned:
        places = [_Place(node, self._reader(node.site, operation)) for node in _readers(plan.root)]
        batches = {each.site.index: self._reader(each.site, operation) for each in plan.batches}
        # What a command left behind is read at once, whoever else asks for the same.
        is_point_read = operation.type is OperationType.QUERY and all(
            isinstance(each, Looked | Identified | TypeName) for each in plan.root.values()
        )
        return _Planned(plan, places, batches, is_point_read)

    def _reader(self, site: Site, operation: Operation) -> ArgumentsReader:
        return ArgumentsReader(self._schema, site.field, site.definition, site.node, operation.variables.required)

    def _statement(self, planned: _Planned, given: Sequence[Given], context: ReadContext) -> Coalesced:
        """Raises LeftToInterpreter."""
        shape = tuple(each.shape for each in given)
        known = planned.statements.get(shape)
        if known is None:
            try:
                made = island(planned.plan, given, self._types)
            except (NotPlanned, NotPrintable) as exc:
                raise LeftToInterpreter(f"No plan prints {exc}.") from exc
            known = Coalesced(made, context.connections, shares=planned.is_point_read)
            _remember(planned.statements, shape, known)
        return known


def _remember(known: dict[Hashable, Any], key: Hashable, value: object) -> None:
    """The oldest gives way: to keep the order of use would take longer, each time, than all else that is looked up."""
    if len(known) >= VARIANTS_MAX:
        del known[next(iter(known))]
    known[key] = value


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
        if isinstance(node.source, Entity):
            return _entity(node, context)
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
    if isinstance(node, Looked) and node.source.history is not None and MOMENT in arguments:
        restrictions[MOMENT] = _moment(arguments[MOMENT], node.source.history)
    if isinstance(node, Paged):
        order = node.source.chosen_order(arguments.get("sort_by"))
        return Given(restrictions, order, context.window(order, arguments))
    if isinstance(node, Listed) and node.source.limited:
        first = page_size("first", arguments.get("first"), context.sizes)
        return Given(restrictions, first=first)
    return Given(restrictions)


def _moment(moment: datetime, history: History) -> Restriction:
    """No condition, but a value that the statement needs."""
    return Restriction(None, (moment,), lambda: literal(moment, history.log.c.at.type))


def _entity(node: Identified, context: ReadContext) -> Given:
    """Of a key, or of keys, that the command will tell."""
    (type_name,) = node.selections
    key = context.types.by_name[type_name].key.expression
    if node.is_list:
        keys = Restriction(None, (None,), lambda: literal(None, ARRAY(key.type)))
        return Given({"keys": keys}, type_name=type_name)
    return Given({"key": Restriction(None, (None,), lambda: key == literal(None, key.type))}, type_name=type_name)


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
