"""What a query costs at Shopify, and the bucket it is paid from."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

Variables = Mapping[str, Any]


MUTATION_COST = 10


class CostBucket:
    """Holds `maximum` points and refills by `restore_rate` points a second."""

    def __init__(self, *, maximum: float, restore_rate: float, monotonic: Callable[[], float]) -> None:
        self._maximum = maximum
        self._restore_rate = restore_rate
        self._monotonic = monotonic
        self._available = maximum
        self._counted_at = monotonic()

    @property
    def available(self) -> float:
        now = self._monotonic()
        self._available = min(self._maximum, self._available + (now - self._counted_at) * self._restore_rate)
        self._counted_at = now
        return self._available

    def take(self, points: float) -> None:
        self._available = self.available - points

    def extension(self, requested: int, actual: int | None) -> dict[str, Any]:
        """`extensions` of an answer; the actual cost of a throttled query is null."""
        status = {
            "maximumAvailable": self._maximum,
            "currentlyAvailable": int(self.available),
            "restoreRate": self._restore_rate,
        }
        return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}


def requested_cost(schema: GraphQLSchema, document: DocumentNode, variables: Variables) -> int:
    """Of a valid document: scalars and enums are free, an object costs 1, a mutation 10; `nodes` costs as often as it
    has ids, and a list as often as `first` says, whereas Shopify's own count of nested lists is milder.

    https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits, read 2026-11
    """
    counting = _Counting(schema, document, variables)
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    total = 0
    for each in operations:
        root = schema.get_root_type(each.operation)
        assert root is not None  # noqa: S101
        total += counting.selections(each.selection_set, root)
        if each.operation is OperationType.MUTATION:
            total += MUTATION_COST * len(each.selection_set.selections)
    return total


def actual_cost(data: object) -> int:
    """Of the objects that an answer holds."""
    match data:
        case dict():
            return sum(isinstance(each, dict) + actual_cost(each) for each in data.values())
        case list():
            return sum(isinstance(each, dict) + actual_cost(each) for each in data)
    return 0


class _Counting:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Variables) -> None:
        self._types = schema.type_map
        self._variables = variables
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def selections(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> int:
        # Of an interface's possible types the dearest counts, beside the fields that all of them have.
        common, possible = 0, [0]
        for each in selection_set.selections:
            match each:
                case FieldNode():
                    common += self._field(each, parent)
                case InlineFragmentNode():
                    on = each.type_condition.name.value if each.type_condition else parent.name
                    possible.append(self.selections(each.selection_set, self._types[on]))
                case FragmentSpreadNode():
                    fragment = self._fragments[each.name.value]
                    on = fragment.type_condition.name.value
                    possible.append(self.selections(fragment.selection_set, self._types[on]))
        return common + max(possible)

    def _field(self, field: FieldNode, parent: GraphQLNamedType) -> int:
        if field.selection_set is None or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        if field.name.value not in parent.fields:  # __schema and __type are free
            return 0
        kind = get_named_type(parent.fields[field.name.value].type)
        count = self._count(field)
        if kind.name.endswith("Connection"):
            # The page's information is there once, its nodes and edges as often as there are.
            return 1 + self._page(field.selection_set, kind, count)
        return count * (1 + self.selections(field.selection_set, kind))

    def _page(self, selection_set: SelectionSetNode, kind: GraphQLNamedType, count: int) -> int:
        parts = [each for each in selection_set.selections if isinstance(each, FieldNode)]
        return sum((count if each.name.value in ("nodes", "edges") else 1) * self._field(each, kind) for each in parts)

    def _count(self, field: FieldNode) -> int:
        counts = [1]
        for argument in field.arguments or ():
            match argument.value:
                case ListValueNode(values=values):
                    counts.append(len(values))
                case IntValueNode(value=number) if argument.name.value == "first":
                    counts.append(int(number))
                case VariableNode() as variable:
                    value = self._variables.get(variable.name.value)
                    if isinstance(value, list):
                        counts.append(len(value))
                    elif argument.name.value == "first" and isinstance(value, int):
                        counts.append(value)
        return max(counts)
