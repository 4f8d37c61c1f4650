"""From a validated mutation to its plan: commands, each with what is selected of its answer and of each row in that.

Once a command has been performed nothing may be left to the interpreter, which would perform it again. So whatever that
might become necessary for is refused here, beforehand: within a row, what fails further than its own place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
)
from graphql.execution.values import VariableValues
from strawberry import Schema

from app.execution.access import Granted
from app.execution.plan import (
    Batch,
    Identified,
    JsonLeaf,
    Node,
    NotPlanned,
    Plan,
    Planner,
    Site,
    TypeName,
    declared_by,
    selected_by,
)
from app.execution.projection import Projected
from app.execution.sources import Batched, Command, Computed, Entity


@dataclass(frozen=True, slots=True)
class Commanded:
    """A field of the mutation type. `selected` is all of its payload, `entities` the rows in it by response key."""

    source: Command
    site: Site
    selected: Projected
    entities: Mapping[str, Plan]
    """Each has one field, Identified, at its root, and is the first of its sites."""


Mutation = Mapping[str, Commanded | TypeName]
"""By response key, in the order in which they are performed."""


def make_mutation(
    schema: Schema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    granted: Granted = None,
) -> Mutation:
    """`document` is valid. Raises NotPlanned."""
    return _MutationPlanner(schema, document, variables, granted).mutation(operation)


class _EntityPlanner(Planner):
    def entity(
        self, operation: OperationDefinitionNode, payload: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]
    ) -> Plan:
        definition = payload.fields[nodes[0].name.value]
        type_, source = self._object(get_named_type(definition.type).name), declared_by(definition).source
        assert isinstance(source, Entity)  # noqa: S101
        site = self._site(definition, nodes[0])
        selection = self._selection(type_, selected_by(nodes), self._row_field)
        rows = Identified(source, site, {type_.name: selection}, source.is_list)
        return Plan(operation, {key: rows}, tuple(self._sites), tuple(self._batches))

    def _batch(self, source: Batched | Computed, definition: GraphQLField, nodes: Sequence[FieldNode]) -> Batch:
        if isinstance(definition.type, GraphQLNonNull):
            raise NotPlanned(f"{nodes[0].name.value}, which may fail and must not be null, after a command")
        return super()._batch(source, definition, nodes)

    def _json_field(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Node:
        node = super()._json_field(type_, nodes)
        if isinstance(node, JsonLeaf) and not node.is_nullable:
            raise NotPlanned(f"{type_.name}.{node.key}, which JSON may lack and must not be null, after a command")
        return node


class _MutationPlanner(Planner):
    def __init__(self, schema: Schema, document: DocumentNode, variables: VariableValues, granted: Granted) -> None:
        super().__init__(schema, document, variables, granted)
        self._new_entity_planner = partial(_EntityPlanner, schema, document, variables, granted)

    def mutation(self, operation: OperationDefinitionNode) -> Mutation:
        if operation.directives:
            raise NotPlanned("a mutation with directives")
        type_ = self._graphql.mutation_type
        assert type_ is not None  # noqa: S101 - the document is valid
        fields = self._collected(type_, [operation.selection_set])
        return {key: self._command(operation, type_, nodes) for key, nodes in fields.items()}

    def _command(
        self, operation: OperationDefinitionNode, type_: GraphQLObjectType, nodes: Sequence[FieldNode]
    ) -> Commanded | TypeName:
        name = nodes[0].name.value
        if name == "__typename":
            return TypeName(type_.name)
        definition = type_.fields[name]
        declared = declared_by(definition)
        if not isinstance(declared.source, Command):
            raise NotPlanned(f"{name}, which is no command")
        payload = get_nullable_type(definition.type)
        if not isinstance(payload, GraphQLObjectType):
            raise NotPlanned(f"{name}, which does not answer with an object")
        fields = self._collected(payload, selected_by(nodes))
        parts = {key: self._part(payload, each) for key, each in fields.items()}
        entities = {
            key: self._new_entity_planner().entity(operation, payload, key, fields[key])
            for key, part in parts.items()
            if part.field is not None and isinstance(part.field.source, Entity)
        }
        selected = Projected(declared, definition.type, parts, nodes)
        return Commanded(declared.source, self._site(definition, nodes[0]), selected, entities)

    def _part(self, payload: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Projected:
        definition = payload.fields.get(nodes[0].name.value)
        if definition is not None and isinstance(declared_by(definition).source, Entity):
            return Projected(declared_by(definition), definition.type, None, nodes)
        return self._projected(payload, nodes)
