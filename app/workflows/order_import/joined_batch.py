"""A batch of lines together with the rows of side files that its keys lead to."""

from collections.abc import Mapping as Keyed
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from app.workflows.order_import.errors import UnreadableFile
from app.workflows.order_import.mapping import Join
from app.workflows.order_import.table_file import TableFile


@dataclass(frozen=True, slots=True)
class SideFile:
    join: Join
    table: pa.Table
    keys: pa.Array

    @classmethod
    def load(cls, file: TableFile, join: Join) -> "SideFile":
        """Raises UnreadableFile, also for a key that leads to several rows."""
        table = file.read()
        keys = table[join.column].combine_chunks()
        counts = pc.value_counts(pc.drop_null(keys))
        repeated = counts.filter(pc.greater(counts.field("counts"), 1)) if len(counts) else counts
        if len(repeated):
            raise UnreadableFile(f"{file.name} has several rows whose {join.column} is {repeated[0]['values']}.")
        return cls(join, table, keys)


@dataclass(slots=True)
class JoinedBatch:
    """A key without a row in the side file gives nulls."""

    batch: pa.RecordBatch
    sides: Keyed[str, SideFile]
    _rows: dict[str, pa.Array] = field(default_factory=dict)

    def column(self, name: str) -> pa.Array:
        side_name, dot, column = name.partition(".")
        if not dot or side_name not in self.sides:
            return self.batch.column(name)
        side = self.sides[side_name]
        if side_name not in self._rows:
            self._rows[side_name] = pc.index_in(
                self.column(side.join.on), options=pc.SetLookupOptions(side.keys, skip_nulls=True)
            )
        taken = side.table[column].take(self._rows[side_name])
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
