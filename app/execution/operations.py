"""Texts of queries, each understood once: parsed, held against the limits, validated, and its operations prepared.

Text comes from outside: what is remembered of it is bounded, in characters.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from cachetools import LRUCache
from graphql import (
    REMOVE,
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from strawberry import Schema
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from app.execution.arguments import VariablesReader
from app.execution.cost import Cost, cost_formula
from app.execution.limits import OF_PARTS, Sizes
from app.execution.one_of import OneOfVariables, tell_one_of

CHARACTERS_REMEMBERED_MAX = 1_000_000
CHARACTERS_MIN = 1_000
"""What a shorter text counts as: what is made of it takes memory, too. So it is a thousand texts at most."""
ERRORS_MAX = 10
"""Told of one text: a client mends a few at a time, and to word thousands takes seconds."""
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfVariables)


class NotExecutable(Exception):
    """A request whose text, or whose choice of an operation, is wrong: `errors` say how."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)


@dataclass(frozen=True, eq=False)
class Operation:
    """A valid operation, and what every request for it needs: one object for as long as its text is remembered."""

    document: DocumentNode
    node: OperationDefinitionNode
    variables: VariablesReader
    cost: Callable[[Mapping[str, Any]], Cost]
    conditions: tuple[str, ...]
    """Names of the variables that @skip and @include read."""
    plans: dict[Hashable, Any] = field(default_factory=dict, init=False)
    """What `plans.py` remembers of it."""
    in_parts: "InParts | None"
    """Where the text has @defer or @stream. All else here is without them, and so answers at once."""

    @property
    def name(self) -> str | None:
        return None if self.node.name is None else self.node.name.value

    @property
    def type(self) -> OperationType:
        return self.node.operation


@dataclass(frozen=True, slots=True)
class InParts:
    """The document as it was sent, with its @defer and @stream."""

    document: DocumentNode
    cost: Callable[[Mapping[str, Any]], Cost]


@dataclass
class _Text:
    characters: int
    errors: tuple[GraphQLError, ...] = ()
    node: DocumentNode | None = None
    operations: dict[str | None, Operation] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return max(self.characters, CHARACTERS_MIN)


class Operations:
    def __init__(
        self, schema: Schema, *, limits: Sequence[type[ASTValidationRule]], tokens_max: int, sizes: Sizes
    ) -> None:
        self._graphql = schema._schema  # noqa: SLF001 - Strawberry shows the graphql-core schema nowhere else
        tell_one_of(self._graphql)
        self._limits = limits
        self._tokens_max = tokens_max
        self._sizes = sizes
        self._texts: LRUCache[str, _Text] = LRUCache(CHARACTERS_REMEMBERED_MAX, getsizeof=attrgetter("size"))

    def errors_in(self, text: str) -> Sequence[GraphQLError]:
        return self._known(text).errors

    def operation(self, text: str, name: str | None) -> Operation:
        """The one of that name, or the only one. Raises NotExecutable."""
        known = self._known(text)
        return known.operations.get(name) or self._prepare(known, name)

    def _known(self, text: str) -> _Text:
        known = self._texts.get(text)
        if known is None:
            known = self._read(text)
            if known.size <= CHARACTERS_REMEMBERED_MAX:
                self._texts[text] = known
        return known

    def _read(self, text: str) -> _Text:
        try:
            node = parse(text, max_tokens=self._tokens_max)
        except GraphQLError as error:
            return _Text(len(text), (error,))
        except ValueError as exc:
            # Python refuses to make a number of so many digits.
            return _Text(len(text), (GraphQLError(str(exc), original_error=exc),))
        # The limits first: the specification's own rules compare fields pair by pair.
        errors = validate(self._graphql, node, self._limits, max_errors=1) or validate(
            self._graphql, node, _RULES, max_errors=ERRORS_MAX
        )
        return _Text(len(text), tuple(errors), node)

    def _prepare(self, text: _Text, name: str | None) -> Operation:
        if text.errors or text.node is None:
            raise NotExecutable(text.errors)
        document = _at_once(text.node)
        node = _chosen(document, name)
        operation = Operation(
            document,
            node,
            VariablesReader(self._graphql, node),
            self._cost(document, node),
            _condition_variables(document),
            None if document is text.node else self._in_parts(text.node, name),
        )
        text.operations[name] = operation
        return operation

    def _in_parts(self, document: DocumentNode, name: str | None) -> InParts | None:
        """None of a mutation: what its commands have left behind is read before the next is performed."""
        node = _chosen(document, name)
        if node.operation is OperationType.MUTATION:
            return None
        return InParts(document, self._cost(document, node))

    def _cost(self, document: DocumentNode, node: OperationDefinitionNode) -> Callable[[Mapping[str, Any]], Cost]:
        return cost_formula(self._graphql, document, node, self._sizes)


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """GraphQL specification, 6.1. Raises NotExecutable."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        message = "The document holds several operations: say in operationName which one is meant."
        raise NotExecutable([GraphQLError(message, operations)])
    for each in operations:
        if name is None or (each.name is not None and each.name.value == name):
            return each
    raise NotExecutable([GraphQLError(f'Unknown operation named "{name}".')])


def _at_once(document: DocumentNode) -> DocumentNode:
    """The document without @defer and @stream; itself if it has none."""

    class Undeferred(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
            return REMOVE if node.name.value in OF_PARTS else None

    undeferred: DocumentNode = visit(document, Undeferred())
    return undeferred


def _condition_variables(document: DocumentNode) -> tuple[str, ...]:
    found: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            found.update(each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode))

    visit(document, Conditions())
    return tuple(sorted(found))
