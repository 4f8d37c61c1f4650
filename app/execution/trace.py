"""What answering one request took, for those who ask: its statements and its batches, each with its time."""

import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.execution.sources import Batched
from app.execution.statements import Statement

Path = tuple[str, ...]
"""Response keys from the root, without places in lists."""


@dataclass(frozen=True, slots=True)
class StatementRun:
    statement: str | Statement
    rows: int
    ms: float
    """Until its rows were there: waiting for a connection is part of it."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    path: Path
    keys: int
    failures: Sequence[Exception]
    """One for each key that has no value."""
    ms: float


@dataclass(slots=True)
class Trace:
    reason: str | None = None
    """Why the interpreter answered."""
    statements: list[StatementRun] = field(default_factory=list)
    batches: list[BatchRun] = field(default_factory=list)
    _started_s: float = field(default_factory=time.perf_counter)

    @property
    def ms(self) -> float:
        """Since the request was understood."""
        return _ms_since(self._started_s)

    async def rows_of(self, statement: str | Statement, running: Awaitable[Sequence[Any]]) -> Sequence[Any]:
        started_s = time.perf_counter()
        rows = await running
        self.statements.append(StatementRun(statement, len(rows), _ms_since(started_s)))
        return rows

    def watched(self, source: Batched, path: Path) -> Batched:
        """The same source; each of its calls is noted."""

        async def load(keys: Sequence[Any], arguments: Mapping[str, Any], context: Any) -> Sequence[Any]:
            started_s = time.perf_counter()
            failures: Sequence[Exception] = ()
            try:
                values = await source.load(keys, arguments, context)
                failures = [each for each in values if isinstance(each, Exception)]
            except Exception as exc:
                failures = [exc] * len(keys)
                raise
            finally:
                self.batches.append(BatchRun(path, len(keys), failures, _ms_since(started_s)))
            return values

        return replace(source, load=load)


def _ms_since(started_s: float) -> float:
    return round((time.perf_counter() - started_s) * 1000, 3)
