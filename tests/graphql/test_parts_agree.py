"""Parts, put together, are the answer at once: operations made from seeds, with @defer and @stream put in at random.

PART_AGREEMENTS says how many are tried; a failure names its seed and prints its operation.
"""

import os
from random import Random
from typing import Any

import orjson
from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLList,
    InlineFragmentNode,
    NameNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_nullable_type,
    parse,
    print_ast,
    visit,
)

from app.execution.engine import Engine
from app.execution.operations import NotExecutable
from app.execution.parts import Part
from app.schema import new_engine, schema
from app.wiring import Demo
from tests.graphql.operations import Operation, operations
from tests.graphql.test_engines_agree import SIZES, _context
from tests.graphql.values import values_of

COUNT = int(os.environ.get("PART_AGREEMENTS", "200"))


async def test_parts_make_up_the_answer_at_once(demo: Demo) -> None:
    values = await values_of(demo)
    engine = new_engine(SIZES)
    compared = 0
    for seed in range(COUNT):
        operation = next(operations(schema._schema, seed, values))
        split = _split(operation.query, Random(seed))  # noqa: S311 - an order of trials, not a secret
        parts = await _parts(engine, split, operation, demo)
        if not parts or any(_has_errors(part) for part in parts):
            continue
        compared += 1
        at_once = orjson.loads(await _at_once(engine, operation, demo))
        assert list(at_once) == ["data"]
        assert _sorted(_merged(parts)) == _sorted(at_once["data"]), f"seed {seed}: {split} {operation.variables}"
    assert compared > COUNT * 0.3


async def _at_once(engine: Engine, operation: Operation, demo: Demo) -> bytes:
    async with _context(demo) as context:
        prepared = engine.operation(operation.query, None)
        return (await engine.answer(operation.query, prepared, operation.variables, context)).body


async def _parts(engine: Engine, split: str, operation: Operation, demo: Demo) -> list[Part]:
    """No parts where the operation is refused, or nothing was deferred after all."""
    try:
        prepared = engine.operation(split, None)
    except NotExecutable:
        # One field that is there twice may not be streamed once.
        return []
    async with _context(demo) as context:
        answer = await engine.answer(split, prepared, operation.variables, context, in_parts=True)
        return [] if answer.parts is None else [part async for part in answer.parts]


def _split(text: str, random: Random) -> str:
    info = TypeInfo(schema._schema)
    left = 20

    def chance(of: float) -> bool:
        nonlocal left
        chosen = left > 0 and random.random() < of
        left -= chosen
        return chosen

    class Splitting(Visitor):
        def leave_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> Any:
            return _with_directive(node, "defer") if chance(0.5) else None

        def leave_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> Any:
            return _with_directive(node, "defer") if chance(0.5) else None

        def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
            if len(node.selections) < 2 or not chance(0.3):
                return None
            deferred = SelectionSetNode(selections=node.selections[1:])
            fragment = InlineFragmentNode(selection_set=deferred, directives=())
            return SelectionSetNode(selections=(node.selections[0], _with_directive(fragment, "defer")))

        def leave_field(self, node: FieldNode, *_: Any) -> Any:
            is_list = isinstance(get_nullable_type(info.get_type()), GraphQLList)
            return _with_directive(node, "stream") if is_list and node.alias is None and chance(0.1) else None

    return print_ast(visit(parse(text), TypeInfoVisitor(info, Splitting())))


def _with_directive(node: Any, name: str) -> Any:
    found = {key: getattr(node, key) for key in node.keys}
    directive = DirectiveNode(name=NameNode(value=name), arguments=())
    return type(node)(**found | {"directives": (*(node.directives or ()), directive)})


def _has_errors(part: Part) -> bool:
    return any("errors" in each for each in (part, *part.get("incremental", ()), *part.get("completed", ())))


def _merged(parts: list[Part]) -> Any:
    data = orjson.loads(orjson.dumps(parts[0]["data"], option=orjson.OPT_NON_STR_KEYS))
    paths: dict[str, Any] = {}
    for part in parts:
        paths |= {pending["id"]: pending["path"] for pending in part.get("pending", ())}
        for each in part.get("incremental", ()):
            place = data
            for step in [*paths[each["id"]], *each.get("subPath", ())]:
                place = place[step]
            piece = orjson.loads(orjson.dumps(each, option=orjson.OPT_NON_STR_KEYS))
            if "items" in piece:
                place.extend(piece["items"])
            else:
                _merge(place, piece["data"])
    return data


def _merge(into: Any, piece: Any) -> None:
    for name, value in piece.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            assert name not in into or into[name] == value, f"{name} was sent twice, with different values"
            into[name] = value


def _sorted(data: Any) -> bytes:
    """Pieces arrive in another order than fields are written in."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
