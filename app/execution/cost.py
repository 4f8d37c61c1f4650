"""What an operation may cost before anything is read: fields to plan, and rows and values that its answer may hold.

A page counts as large as it may get, a list without a page as LIST_ROWS, and pages within pages multiply. It is
reckoned from the text and the variables alone, so that what is too much is refused before it has cost anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from app.execution.limits import Sizes, splits
from app.execution.sources import Batched, ById, Connection, Entity, Lookup, Many, One, Reference, Source

LIST_ROWS = 10
"""Reckoned for a list that has no page: most hold fewer."""


@dataclass(frozen=True, slots=True)
class Cost:
    rows: int
    values: int
    """Leaves of the answer."""
    fields: int
    """Of the text with its fragments spread, whatever the sizes of pages: each has to be planned."""
    reads: int
    """Those of them that read rows of their own: lists, pages, relations, lookups."""
    parts: int = 0
    """Deferred fragments, and items of streamed lists."""

    def is_within(self, most: "Cost") -> bool:
        return (
            self.rows <= most.rows
            and self.values <= most.values
            and self.fields <= most.fields
            and self.reads <= most.reads
            and self.parts <= most.parts
        )


Times = Callable[[Mapping[str, Any]], int]
"""From the variables to how many times something stands in the answer."""


@dataclass(frozen=True, slots=True)
class CostFormula:
    """Of a selection, for one object that it is selected of."""

    rows: int
    values: int
    fields: int
    parts: int
    within: tuple[tuple[Times, "CostFormula"], ...]

    def __call__(self, variables: Mapping[str, Any]) -> Cost:
        return _reckon(self, variables, {})


def _reckon(formula: CostFormula, variables: Mapping[str, Any], known: dict[int, Cost]) -> Cost:
    """Each formula once, however often a fragment is spread."""
    if id(formula) not in known:
        rows, values, fields, reads = formula.rows, formula.values, formula.fields, formula.rows
        parts = formula.parts
        for times, within in formula.within:
            count, inner = times(variables), _reckon(within, variables, known)
            rows += count * inner.rows
            values += count * inner.values
            fields += inner.fields
            reads += inner.reads
            parts += count * inner.parts
        known[id(formula)] = Cost(rows, values, fields, reads, parts)
    return known[id(formula)]


def cost_formula(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, sizes: Sizes
) -> Callable[[Mapping[str, Any]], Cost]:
    """From the variables to the cost. `document` is valid."""
    root = schema.get_root_type(operation.operation)
    assert root is not None  # noqa: S101 - the document is valid
    formulas = _Formulas(schema, document, sizes)
    formula = formulas.of(operation.selection_set, root, rows=0)
    if formulas.are_constant:
        constant = formula({})
        return lambda _: constant
    return formula


class _Formulas:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, sizes: Sizes) -> None:
        self._schema = schema
        self._sizes = sizes
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._of_fragments: dict[str, CostFormula] = {}
        self.are_constant = True
        """Whether no size has been met that a variable says."""

    def of(self, selection_set: SelectionSetNode, parent: GraphQLNamedType, *, rows: int) -> CostFormula:
        values = 0
        within: list[tuple[Times, CostFormula]] = []
        for each in selection_set.selections:
            match each:
                case FieldNode(selection_set=None):
                    values += 1
                case FieldNode():
                    within.append(self._of_field(each, parent))
                case InlineFragmentNode(type_condition=condition, selection_set=inner):
                    on = parent if condition is None else self._schema.type_map[condition.name.value]
                    within.append((_once, self.of(inner, on, rows=0)))
                case FragmentSpreadNode(name=name):
                    within.append((_once, self._of_fragment(name.value)))
        fields = sum(isinstance(each, FieldNode) for each in selection_set.selections)
        parts = sum(splits(each) for each in selection_set.selections if not isinstance(each, FieldNode))
        return CostFormula(rows, values, fields, parts, tuple(within))

    def _of_fragment(self, name: str) -> CostFormula:
        if name not in self._of_fragments:
            fragment = self._fragments[name]
            on = self._schema.type_map[fragment.type_condition.name.value]
            self._of_fragments[name] = self.of(fragment.selection_set, on, rows=0)
        return self._of_fragments[name]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType) -> tuple[Times, CostFormula]:
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 - others have no fields
        assert node.selection_set is not None  # noqa: S101
        definition = self._schema.get_field(parent, node.name.value)
        assert definition is not None  # noqa: S101 - the document is valid
        declared = definition.extensions.get("strawberry-definition")
        source: Source | None = getattr(declared, "source", None)
        inner = self.of(node.selection_set, get_named_type(definition.type), rows=_rows(source))
        inner = replace(inner, parts=inner.parts + splits(node))
        return self._times(source, node, definition), inner

    def _times(self, source: Source | None, node: FieldNode, definition: GraphQLField) -> Times:
        given = {each.name.value: each.value for each in node.arguments or ()}
        sized = [given[name] for name in ("ids", "first", "last") if name in given]
        self.are_constant = self.are_constant and not any(isinstance(each, VariableNode) for each in sized)
        match source:
            case ById() if "ids" in given:
                return _count(given["ids"], self._sizes.ids_max)
            case Connection() | Many(limited=True) | Batched() if "first" in definition.args:
                asked = [given[name] for name in ("first", "last") if name in given]
                return _number(asked, self._sizes.page_size_default, self._sizes.page_size_max)
            case Many() | Entity(is_list=True):
                return lambda _: LIST_ROWS
        return _once


def _once(_: Mapping[str, Any]) -> int:
    return 1


def _rows(source: Source | None) -> int:
    return int(isinstance(source, One | Reference | Lookup | ById | Many | Connection | Entity))


def _number(nodes: Sequence[ValueNode], default: int, most: int) -> Times:
    """The one that is not null. Both are refused later: until then, the larger."""

    def number(variables: Mapping[str, Any]) -> int:
        given = [variables.get(each.name.value) for each in nodes if isinstance(each, VariableNode)]
        sizes = [*constants, *(each for each in given if each is not None)]
        return min(max(0, *sizes), most) if sizes else default

    constants = [int(each.value) for each in nodes if isinstance(each, IntValueNode)]
    return number


def _count(node: ValueNode, most: int) -> Times:
    def count(variables: Mapping[str, Any]) -> int:
        value = variables.get(node.name.value) if isinstance(node, VariableNode) else constant
        return min(len(value), most) if isinstance(value, list | tuple) else 1

    constant = node.values if isinstance(node, ListValueNode) else None
    return count
