"""What it takes to answer one request, or a part of one, by a plan: its statement, and the values for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.execution.arguments import Arguments
from app.execution.coalescing import Coalesced
from app.execution.explanation import Prepared, watched
from app.execution.given import Given
from app.execution.loaders import FAILURES_TOLD, ReadContext
from app.execution.plan import Plan
from app.execution.splice import Spliced, splice
from app.execution.trace import Path


@dataclass(slots=True)
class Reading:
    plan: Plan
    given: Sequence[Given]
    """By site."""
    statement: Coalesced
    arguments: Mapping[int, Arguments]
    """Of batches, by site."""

    @property
    def prepared(self) -> Prepared:
        return Prepared(self.plan, self.given, self.statement.island, self.arguments)

    async def printed(self, context: ReadContext, key: object = None) -> Any:
        """By the statement, with marks where batches belong.

        `key` fills the first site where that is an Entity's; a list of keys where the Entity is a list.
        """
        values = [each.values for each in self.given]
        if key is not None:
            values[0] = (key,)
        with FAILURES_TOLD:
            if context.trace is None and not context.is_within:
                return await self.statement.body(values)
            rows = await context.rows(self.statement.island.sql, self.statement.island.bind(values))
            return rows[0][0]

    async def spliced(self, printed: Any, context: ReadContext, at: Path = ()) -> Spliced | None:
        """`at` is where in the answer the plan's root stands."""
        trace = context.trace
        batches = self.plan.batches if trace is None else watched(self.plan, trace, at)
        return await splice(printed, batches, self.arguments, context, at)
