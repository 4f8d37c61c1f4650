"""Limits that a query must keep."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)
from graphql.validation.validate import ValidationAbortedError

OF_PARTS = frozenset({"defer", "stream"})
"""The directives that split an answer into parts."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of pages, in rows, and lists of ids."""

    page_size_default: int
    page_size_max: int
    ids_max: int


def size_limit(fields_max: int, aliases_max: int, repeats_max: int) -> type[ASTValidationRule]:
    """Refuses documents with more fields or aliases, as written, or with one field more often in one place.

    Each field costs one statement at most, and each alias may ask the same thing again. Fields that repeat are
    compared pair by pair by a rule of the specification.
    """

    class SizeLimit(ValidationRule):
        def enter_document(self, node: DocumentNode, *_: object) -> None:
            fields = [field for each in node.definitions for field in _fields(getattr(each, "selection_set", None))]
            aliases = sum(field.alias is not None for field in fields)
            for what, count, count_max in (("fields", len(fields), fields_max), ("aliases", aliases, aliases_max)):
                if count > count_max:
                    message = f"The query has {count} {what}; {count_max} is the limit. Ask in several requests."
                    raise ValidationAbortedError(message, extensions={"code": "LIMIT_EXCEEDED"})
            for each in (*node.definitions, *fields):
                self._refuse_repeats(getattr(each, "selection_set", None))

        def _refuse_repeats(self, place: SelectionSetNode | None) -> None:
            names = Counter(each.alias.value if each.alias else each.name.value for each in _beside(place))
            for name, count in names.most_common(1):
                if count > repeats_max:
                    message = f"The query asks for {name} {count} times in one place; {repeats_max} is the limit."
                    raise ValidationAbortedError(message, extensions={"code": "LIMIT_EXCEEDED"})

    return SizeLimit


def depth_limit(depth_max: int) -> type[ASTValidationRule]:
    """Refuses operations whose fields are nested deeper than `depth_max`; introspection is not counted."""

    class DepthLimit(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self._depths = _Depths(context.document)

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
            depth = self._depths.of(node.selection_set)
            if depth > depth_max:
                message = f"The query is nested {depth} levels deep; {depth_max} is the limit. Ask for parts by id."
                self.report_error(GraphQLError(message, node, extensions={"code": "LIMIT_EXCEEDED"}))

    return DepthLimit


def parts_limit(parts_max: int) -> type[ASTValidationRule]:
    """Refuses documents with more @defer and @stream, as written. What belongs to which is found pair by pair."""

    class PartsLimit(ValidationRule):
        def enter_document(self, node: DocumentNode, *_: object) -> None:
            self._count = 0

        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            self._count += node.name.value in OF_PARTS
            if self._count > parts_max:
                message = f"The query has more than {parts_max} @defer and @stream. Defer larger fragments."
                raise ValidationAbortedError(message, node, extensions={"code": "LIMIT_EXCEEDED"})

    return PartsLimit


def splits(node: SelectionNode) -> bool:
    """Whether the answer may be split into parts here."""
    return any(each.name.value in OF_PARTS for each in node.directives or ())


def _fields(selection_set: SelectionSetNode | None) -> Iterator[FieldNode]:
    for each in selection_set.selections if selection_set else ():
        if isinstance(each, FieldNode):
            yield each
        if isinstance(each, FieldNode | InlineFragmentNode):
            yield from _fields(each.selection_set)


def _beside(selection_set: SelectionSetNode | None) -> Iterator[FieldNode]:
    """Those of inline fragments, too."""
    for each in selection_set.selections if selection_set else ():
        if isinstance(each, FieldNode):
            yield each
        elif isinstance(each, InlineFragmentNode):
            yield from _beside(each.selection_set)


class _Depths:
    """Each fragment is measured once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        fragments = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
        self._fragments = {node.name.value: node for node in fragments}
        self._known: dict[str, int] = {}

    def of(self, selection_set: SelectionSetNode | None, within: tuple[str, ...] = ()) -> int:
        return max((self._of(each, within) for each in selection_set.selections), default=0) if selection_set else 0

    def _of(self, selection: SelectionNode, within: tuple[str, ...]) -> int:
        match selection:
            case FieldNode(name=name) if name.value.startswith("__"):
                return 0
            case FieldNode(selection_set=inner):
                return 1 + self.of(inner, within)
            case InlineFragmentNode(selection_set=inner):
                return self.of(inner, within)
            case FragmentSpreadNode(name=name):
                return self._of_fragment(name.value, within)
        raise TypeError(f"no selection: {selection}")

    def _of_fragment(self, name: str, within: tuple[str, ...]) -> int:
        # A fragment that spreads itself, or one that is not there, is refused by rules of the specification.
        if name in within or name not in self._fragments:
            return 0
        if name not in self._known:
            self._known[name] = self.of(self._fragments[name].selection_set, (*within, name))
        return self._known[name]
