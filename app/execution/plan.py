"""From a validated operation to a plan: a tree that says what to print, before there are variables.

Plan: fields of the root, each one of
    Leaf       a scalar of the row                 Inner      an object made of the same row, or of JSON in it
    Related    the row that a key points to        Listed     the rows that point here
    Paged      the same, a page at a time          Looked     the row that arguments single out
    Referenced the row, of whatever type, that a type name and a key point to
    Identified the row that an id names, or the rows that ids name
    Batch      a value that Python fetches for all rows at once, or makes of columns

What is not among these (introspection) is not planned: `NotPlanned`, and the interpreter answers. Mutations have plans
of their own (`mutations.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_directive_values
from strawberry import Schema

from app.execution import marks
from app.execution.access import Granted, is_readable
from app.execution.declare import DeclaredField
from app.execution.interpreter import LOCAL_SOURCES
from app.execution.projection import Projected, Projection, Varied
from app.execution.sources import (
    Batched,
    ById,
    Composite,
    Computed,
    Connection,
    Entity,
    GlobalId,
    Lookup,
    Many,
    One,
    Part,
    Reference,
    SameRow,
    Scalar,
)

LeafType = GraphQLScalarType | GraphQLEnumType


class NotPlanned(Exception):
    """The operation holds something that only the interpreter can answer; the message names it."""


@dataclass(frozen=True, slots=True)
class Site:
    """A field and the arguments that the query gives it; `index` is its place among the plan's sites."""

    field: DeclaredField
    definition: GraphQLField
    node: FieldNode
    index: int


@dataclass(frozen=True, slots=True)
class Leaf:
    source: Scalar | GlobalId | Part
    type: LeafType
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class JsonLeaf:
    key: str
    type: LeafType
    is_nullable: bool


@dataclass(frozen=True, slots=True)
class TypeName:
    name: str


@dataclass(frozen=True, slots=True)
class Inner:
    """Of the same row; of the parts of a Composite; of a JSON object, or a list of them, in a column."""

    source: SameRow | Composite | Scalar
    selection: "Selection"
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    source: One
    selection: "Selection"


@dataclass(frozen=True, slots=True)
class Looked:
    source: Lookup
    site: Site
    selection: "Selection"


@dataclass(frozen=True, slots=True)
class Referenced:
    source: Reference
    selections: Mapping[str, "Selection"]
    """By the name of the row's type."""


@dataclass(frozen=True, slots=True)
class Identified:
    source: ById | Entity
    site: Site
    selections: Mapping[str, "Selection"]
    is_list: bool
    """Argument `ids` rather than `id`; keys rather than a key."""


@dataclass(frozen=True, slots=True)
class Listed:
    source: Many
    site: Site
    selection: "Selection"


@dataclass(frozen=True, slots=True)
class Paged:
    source: Connection
    site: Site
    parts: "Selection"
    """All of them PageParts, but for `node` and `nodes`, whose selections are of the rows."""


@dataclass(frozen=True, slots=True)
class Batch:
    source: Batched | Computed
    site: Site
    type: GraphQLOutputType
    projection: Projection | Varied | None
    nodes: tuple[FieldNode, ...]
    readers: tuple[marks.Reader, ...]
    """Of the values in its marks."""


@dataclass(frozen=True, slots=True)
class PagePart:
    """nodes, edges, node, cursor, pageInfo and its fields, totalCount: `name` is the field's in the schema."""

    name: str
    selection: "Selection | None"


Reader = Looked | Identified | Listed | Paged
"""What has arguments that choose rows."""
Node = (
    Leaf | JsonLeaf | TypeName | Inner | Related | Referenced | Looked | Identified | Listed | Paged | Batch | PagePart
)
Selection = Mapping[str, Node]
"""By response key, in the order of the answer."""


@dataclass(frozen=True, slots=True)
class Plan:
    operation: OperationDefinitionNode
    root: Selection
    sites: tuple[Site, ...]
    batches: tuple[Batch, ...]


def make_plan(
    schema: Schema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    granted: Granted = None,
) -> Plan:
    """`document` is valid. Raises NotPlanned."""
    return Planner(schema, document, variables, granted).plan(operation)


class Planner:
    def __init__(self, schema: Schema, document: DocumentNode, variables: VariableValues, granted: Granted) -> None:
        self._granted = granted
        self._graphql = schema._schema  # noqa: SLF001 - Strawberry shows the graphql-core schema nowhere else
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._variables = variables
        self._sites: list[Site] = []
        self._batches: list[Batch] = []

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        if operation.operation is not OperationType.QUERY or operation.directives:
            raise NotPlanned(f"a {operation.operation.value}{' with directives' if operation.directives else ''}")
        root = self._selection(self._object("Query"), [operation.selection_set], self._row_field)
        return Plan(operation, root, tuple(self._sites), tuple(self._batches))

    def _object(self, name: str) -> GraphQLObjectType:
        type_ = self._graphql.type_map[name]
        if not isinstance(type_, GraphQLObjectType):
            raise NotPlanned(f"fields of {name}")
        return type_

    def _selection(
        self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode], plan_field: "PlanField"
    ) -> Selection:
        return {
            key: TypeName(type_.name) if nodes[0].name.value == "__typename" else plan_field(type_, nodes)
            for key, nodes in self._collected(type_, sets).items()
        }

    def _selections(self, named: GraphQLNamedType, sets: Sequence[SelectionSetNode]) -> dict[str, Selection]:
        """What is selected of an interface, for each type that a row may turn out to be of."""
        if not isinstance(named, GraphQLInterfaceType):
            raise NotPlanned(f"fields of {named.name}")
        types = self._graphql.get_possible_types(named)
        return {type_.name: self._selection(type_, sets, self._row_field) for type_ in types}

    def _collected(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields of merged selection sets by response key (GraphQL specification, 6.3.2)."""
        collected: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in sets:
            for node in self._fields(type_, selection_set, visited):
                collected.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        for nodes in collected.values():
            self._require_readable(type_, nodes[0])
        return collected

    def _require_readable(self, type_: GraphQLObjectType, node: FieldNode) -> None:
        definition = type_.fields.get(node.name.value)
        if definition is not None and not is_readable(declared_by(definition).read, self._granted):
            raise NotPlanned(f"{type_.name}.{node.name.value}, which the caller may not read")

    def _fields(
        self, type_: GraphQLObjectType, selection_set: SelectionSetNode, visited: set[str]
    ) -> Iterator[FieldNode]:
        """A fragment counts once, however often it is spread."""
        for each in selection_set.selections:
            if not self._is_included(each):
                continue
            if isinstance(each, FieldNode):
                yield each
                continue
            fragment: Any = each
            if isinstance(each, FragmentSpreadNode):
                if each.name.value in visited:
                    continue
                visited.add(each.name.value)
                fragment = self._fragments[each.name.value]
            condition = fragment.type_condition
            if condition is None or self._applies(type_, condition.name.value):
                yield from self._fields(type_, fragment.selection_set, visited)

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        return type_.name == condition or any(interface.name == condition for interface in type_.interfaces)

    def _is_included(self, node: Any) -> bool:
        for directive, keeps in ((GraphQLSkipDirective, False), (GraphQLIncludeDirective, True)):
            found = get_directive_values(directive, node, self._variables)
            if found is None:
                continue
            if found["if"] is not keeps:
                return False
        unknown = {each.name.value for each in node.directives or ()} - {"skip", "include"}
        if unknown:
            raise NotPlanned(f"@{unknown.pop()}")
        return True

    def _row_field(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Node:
        """A field of a type whose parent is a row, or the root."""
        definition = type_.fields.get(nodes[0].name.value)
        if definition is None:
            raise NotPlanned(nodes[0].name.value)
        named, sets = get_named_type(definition.type), selected_by(nodes)
        match declared_by(definition).source:
            case Scalar() | GlobalId() as source if isinstance(named, LeafType):
                return Leaf(source, named, _is_list(definition.type))
            case Scalar() as source:
                fields = self._selection(self._object(named.name), sets, self._json_field)
                return Inner(source, fields, _is_list(definition.type))
            case Composite() as source:
                return Inner(source, self._selection(self._object(named.name), sets, _part_field(source)))
            case SameRow() as source:
                return Inner(source, self._selection(self._object(named.name), sets, self._row_field))
            case One() as source:
                return Related(source, self._selection(self._object(named.name), sets, self._row_field))
            case Reference() as source:
                return Referenced(source, self._selections(named, sets))
        return self._field_with_arguments(definition, nodes)

    def _field_with_arguments(self, definition: GraphQLField, nodes: Sequence[FieldNode]) -> Node:
        named, sets = get_named_type(definition.type), selected_by(nodes)
        match declared_by(definition).source:
            case Batched() | Computed() as source:
                return self._batch(source, definition, nodes)
            case Lookup() as source:
                site = self._site(definition, nodes[0])
                return Looked(source, site, self._selection(self._object(named.name), sets, self._row_field))
            case Many() as source:
                site = self._site(definition, nodes[0])
                return Listed(source, site, self._selection(self._object(named.name), sets, self._row_field))
            case ById() as source:
                site, is_list = self._site(definition, nodes[0]), "ids" in definition.args
                return Identified(source, site, self._selections(named, sets), is_list)
            case Connection() as source:
                site = self._site(definition, nodes[0])
                return Paged(source, site, self._selection(self._object(named.name), sets, self._page_field))
        raise NotPlanned(nodes[0].name.value)

    def _batch(self, source: Batched | Computed, definition: GraphQLField, nodes: Sequence[FieldNode]) -> Batch:
        projection = self._projection(get_named_type(definition.type), selected_by(nodes))
        try:
            readers = tuple(marks.reader(term.expression.type) for term in source.terms)
        except marks.NotReadable as exc:
            raise NotPlanned(f"{nodes[0].name.value}, which needs a value of type {exc}") from exc
        batch = Batch(source, self._site(definition, nodes[0]), definition.type, projection, tuple(nodes), readers)
        self._batches.append(batch)
        return batch

    def _projection(self, named: GraphQLNamedType, sets: Sequence[SelectionSetNode]) -> Projection | Varied | None:
        if isinstance(named, LeafType):
            return None
        if isinstance(named, GraphQLInterfaceType):
            types = self._graphql.get_possible_types(named)
            if any(_is_stored(type_) for type_ in types):
                # Such a value is a row still to be read, where a value behind an interface is a dict.
                raise NotPlanned(f"a {named.name} within a batch")
            return Varied({type_.name: self._projection_of(type_, sets) for type_ in types})
        return self._projection_of(self._object(named.name), sets)

    def _projection_of(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> Projection:
        return {key: self._projected(type_, nodes) for key, nodes in self._collected(type_, sets).items()}

    def _projected(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Projected:
        name = nodes[0].name.value
        if name == "__typename":
            return Projected(None, None, None, type_name=type_.name)
        definition = type_.fields[name]
        declared = definition.extensions["strawberry-definition"]
        if not isinstance(declared.source, LOCAL_SOURCES):
            raise NotPlanned(f"{type_.name}.{name} within a batch")
        fields = self._projection(get_named_type(definition.type), selected_by(nodes))
        return Projected(declared, definition.type, fields, nodes)

    def _json_field(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Node:
        definition = type_.fields[nodes[0].name.value]
        type_of = get_named_type(definition.type)
        if not isinstance(type_of, LeafType) or _is_list(definition.type):
            raise NotPlanned(f"{type_.name}.{nodes[0].name.value} within JSON")
        return JsonLeaf(nodes[0].name.value, type_of, not isinstance(definition.type, GraphQLNonNull))

    def _page_field(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Node:
        """A field of a connection, an edge or a pageInfo: below `node` and `nodes` rows begin again."""
        name = nodes[0].name.value
        named, sets = get_named_type(type_.fields[name].type), selected_by(nodes)
        if not sets:
            return PagePart(name, None)
        within = self._row_field if name in ("node", "nodes") else self._page_field
        return PagePart(name, self._selection(self._object(named.name), sets, within))

    def _site(self, definition: GraphQLField, node: FieldNode) -> Site:
        site = Site(definition.extensions["strawberry-definition"], definition, node, len(self._sites))
        self._sites.append(site)
        return site


PlanField = Callable[[GraphQLObjectType, Sequence[FieldNode]], Node]


def _is_stored(type_: GraphQLObjectType) -> bool:
    return hasattr(type_.extensions["strawberry-definition"].origin, "__table__")


def _part_field(source: Composite) -> PlanField:
    def plan_field(type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Node:
        name = nodes[0].name.value
        named = get_named_type(type_.fields[name].type)
        if not isinstance(named, LeafType):
            raise NotPlanned(f"{type_.name}.{name}")
        return Leaf(source.parts[name], named)

    return plan_field


def _is_list(type_: GraphQLOutputType) -> bool:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return isinstance(inner, GraphQLList)


def selected_by(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set]


def declared_by(definition: GraphQLField) -> DeclaredField:
    declared: DeclaredField = definition.extensions["strawberry-definition"]
    return declared
