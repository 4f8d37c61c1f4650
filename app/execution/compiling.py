"""SQLAlchemy's statements in the form that the driver takes, and the driver's rows as SQLAlchemy would hand them out.

For reading alone: what an engine of SQLAlchemy adds around it (a transaction, a look at the connection, greenlets)
costs several times what a short statement does.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import JSON, Float, Numeric, Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import LRUCache

DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]
STATEMENTS_MAX = 500

_compiled: LRUCache[Any, Any] = LRUCache(STATEMENTS_MAX)
_records: WeakKeyDictionary[SQLCompiler, "Records"] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Query:
    sql: str
    parameters: Sequence[Any]
    records: "Records"


def compiled(statement: Select[Any]) -> Query:
    """The text is made once for all statements that differ in nothing but values."""
    found: Any = statement._compile_w_cache(DIALECT, compiled_cache=_compiled, column_keys=[])  # noqa: SLF001 - as SQLAlchemy's own connection does
    compiler, extracted, collected, _ = found
    values = compiler.construct_params(extracted_parameters=extracted, escape_names=False, _collected_params=collected)
    sql, names, processors = compiler.string, compiler.positiontup or (), compiler._bind_processors  # noqa: SLF001
    if compiler.literal_execute_params or compiler.post_compile_params:
        expanded = compiler.construct_expanded_state(values, escape_names=False)
        sql, names, values = expanded.statement, expanded.positiontup or (), expanded.parameters
        processors = processors | expanded.processors
    if compiler not in _records:
        _records[compiler] = _records_of(compiler)
    parameters = [processors[name](values[name]) if name in processors else values[name] for name in names]
    return Query(sql, parameters, _records[compiler])


@dataclass(frozen=True, slots=True)
class Records:
    """Makes named tuples of the driver's rows, their values of the columns' Python types."""

    make: Callable[[Iterable[Any]], Any]
    processors: Sequence[tuple[int, Callable[[Any], Any]]]
    """By place, of the columns whose values the driver has in another form."""

    def __call__(self, rows: Sequence[Any]) -> list[Any]:
        return [self._record(row) for row in rows]

    def _record(self, row: Any) -> Any:
        values = list(row)
        for place, process in self.processors:
            values[place] = process(values[place])
        return self.make(values)


def _records_of(compiler: SQLCompiler) -> Records:
    columns = compiler._result_columns  # noqa: SLF001 - SQLAlchemy's result reads them, too
    record = namedtuple("Record", [column.keyname for column in columns], rename=True)  # type: ignore[misc]
    found = ((place, _processor(column.type)) for place, column in enumerate(columns))
    processors = [(place, process) for place, process in found if process is not None]
    return Records(record._make, processors)


def _processor(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """None where the driver hands out what SQLAlchemy would."""
    if isinstance(type_, Numeric | Float):
        # SQLAlchemy would ask what the server calls the type; the driver has it right.
        return None
    if isinstance(type_, JSON):
        return _json
    process: Callable[[Any], Any] | None = type_._cached_result_processor(DIALECT, None)  # noqa: SLF001
    return process


def _json(printed: str | None) -> Any:
    return None if printed is None else orjson.loads(printed)
