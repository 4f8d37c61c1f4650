"""What there is to tell of how an operation is answered; `explain.py` has the words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import OperationDefinitionNode

from app.execution.cost import Cost
from app.execution.given import Given
from app.execution.islands import Island
from app.execution.plan import (
    Batch,
    Identified,
    Inner,
    Listed,
    Looked,
    Paged,
    PagePart,
    Plan,
    Referenced,
    Related,
    Selection,
)
from app.execution.sources import Batched
from app.execution.trace import Path, Trace


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with the arguments of one request."""

    plan: Plan
    given: Sequence[Given]
    """By site."""
    island: Island
    arguments: Mapping[int, Mapping[str, Any]]
    """Of batches, by site."""

    @property
    def parameters(self) -> tuple[Any, ...]:
        return self.island.bind([each.values for each in self.given])


@dataclass(frozen=True, slots=True)
class Explanation:
    """How an operation is answered: by plan where there is one, else there is a `reason` or a `refusal`."""

    operation: OperationDefinitionNode
    cost: Cost
    limits: Cost
    prepared: Prepared | None
    """The plan of a query."""
    reason: str | None
    """Why the interpreter answers."""
    refusal: str | None
    """Why nobody does."""
    rows: Mapping[str, Prepared] | None = None
    """Of a mutation that has a plan: what reads each row of what its commands answer with, by its place there."""


def watched(plan: Plan, trace: Trace, at: Path = ()) -> tuple[Batch, ...]:
    """The plan's batches; each call of a source is noted. `at` is where in the answer the plan's root stands."""
    places = paths(plan)
    return tuple(
        replace(each, source=trace.watched(each.source, (*at, *places[each.site.index])))
        if isinstance(each.source, Batched)
        else each
        for each in plan.batches
    )


def told_of(trace: Trace, cost: Cost) -> dict[str, Any]:
    """For `extensions.plan`."""
    return {
        "reason": trace.reason,
        "cost": {"rows": cost.rows, "values": cost.values},
        "statements": len(trace.statements),
        "batches": [
            {"path": each.path, "keys": each.keys, "failed": len(each.failures), "ms": each.ms}
            for each in trace.batches
        ],
        "ms": {"total": trace.ms, "statements": round(sum((each.ms for each in trace.statements), 0.0), 3)},
    }


def remote(plan: Plan) -> Iterator[Batch]:
    """Without those that are computed here."""
    return (each for each in plan.batches if isinstance(each.source, Batched))


def paths(plan: Plan) -> Mapping[int, Path]:
    """Of batches, by site."""
    return dict(_within(plan.root, ()))


def _within(selection: Selection, path: Path) -> Iterator[tuple[int, Path]]:
    for key, node in selection.items():
        here = (*path, key)
        match node:
            case Batch(site=site):
                yield site.index, here
            case Inner() | Related() | Looked() | Listed():
                yield from _within(node.selection, here)
            case Paged(parts=inner):
                yield from _within(inner, here)
            case PagePart(selection=inner) if inner:
                yield from _within(inner, here)
            case Identified() | Referenced():
                for inner in node.selections.values():
                    yield from _within(inner, here)
