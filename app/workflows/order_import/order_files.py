"""The files of an import: the one with the lines, those joined to it, and that of returns; read as staging rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from app.workflows.order_import.joined_batch import JoinedBatch, SideFile
from app.workflows.order_import.mapping import Mapping
from app.workflows.order_import.staging import RETURNS, Stager
from app.workflows.order_import.table_file import TableFile, fingerprint, sibling, stem

_CSV = pa_csv.WriteOptions(include_header=False, quoting_style="needed")


@dataclass(frozen=True, slots=True)
class OrderFiles:
    mapping: Mapping
    lines: TableFile
    sides: dict[str, TableFile]
    returns: TableFile | None

    @classmethod
    def locate(cls, file: Path, mapping: Mapping) -> "OrderFiles":
        """Checks every column before anything is read. Raises UnreadableFile, MissingColumn."""
        path = _lines_path(file, mapping)
        sides = {name: TableFile(sibling(path, join.file), mapping.file) for name, join in mapping.joins.items()}
        returns = TableFile(sibling(path, mapping.returns.file), mapping.file) if mapping.returns else None
        files = cls(mapping, TableFile(path, mapping.file), sides, returns)
        files.lines.require(files._columns_of(None, mapping.columns))
        for name, side in sides.items():
            returned = mapping.returns.columns if mapping.returns else {}
            side.require({mapping.joins[name].column, *files._columns_of(name, mapping.columns | returned)})
        if returns is not None and mapping.returns is not None:
            returns.require(files._columns_of(None, mapping.returns.columns))
        return files

    @property
    def fingerprint(self) -> str:
        files = [self.lines, *self.sides.values(), *([self.returns] if self.returns else [])]
        return fingerprint([file.path for file in files])

    def side_files(self) -> dict[str, SideFile]:
        return {name: SideFile.load(file, self.mapping.joins[name]) for name, file in self.sides.items()}

    def stagers(self) -> list[tuple[TableFile, Stager]]:
        """Files with lines of their own, the first being the one that was asked for."""
        stagers = [(self.lines, Stager(self.mapping, self.mapping.columns))]
        if self.returns is not None and self.mapping.returns is not None:
            stagers.append((self.returns, Stager(self.mapping, self.mapping.returns.columns, RETURNS)))
        return stagers

    def _columns_of(self, side: str | None, columns: dict[str, str]) -> set[str]:
        """Columns of a side file, or of the file itself, that fields and the joins on the way to them need."""
        needed = [*columns.values()]
        joined = {name for column in needed if (name := _side_of(column, self.sides)) is not None}
        while joined:
            needed += [self.mapping.joins[name].on for name in joined]
            joined = {parent for name in joined if (parent := _side_of(self.mapping.joins[name].on, self.sides))}
        return {
            column if side is None else column.partition(".")[2]
            for column in needed
            if _side_of(column, self.sides) == side
        }


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows for COPY, as CSV."""

    csv: bytes
    rows: int


def staging_columns(file: TableFile, stager: Stager, sides: dict[str, SideFile]) -> list[str]:
    """What `chunks` will write: the same for every chunk of a file."""
    schema = pa.schema([(name, pa.string()) for name in file.columns()])
    empty = stager.stage(JoinedBatch(pa.RecordBatch.from_pylist([], schema), sides))
    return ["line_no", *empty.schema.names]


def chunks(
    file: TableFile, stager: Stager, sides: dict[str, SideFile], columns: list[str], first_line_no: int
) -> Iterator[Chunk]:
    """Lines are numbered on from `first_line_no` in the order of the file. Raises UnreadableFile."""
    line_no = first_line_no
    for staged in _staged(file, stager, sides):
        numbers = pa.array(range(line_no, line_no + staged.num_rows), pa.int64())
        line_no += staged.num_rows
        present = dict(zip(staged.schema.names, staged.columns, strict=True)) | {"line_no": numbers}
        blank = pa.nulls(staged.num_rows, pa.string())
        out = BytesIO()
        rows = pa.RecordBatch.from_arrays([present.get(name, blank) for name in columns], columns)
        pa_csv.write_csv(rows, out, _CSV)
        yield Chunk(out.getvalue(), staged.num_rows)


def _staged(file: TableFile, stager: Stager, sides: dict[str, SideFile]) -> Iterator[pa.RecordBatch]:
    for batch in file.batches():
        yield stager.stage(JoinedBatch(batch, sides))
        if file.malformed:
            yield stager.malformed(_drained(file.malformed))
    if file.malformed:
        yield stager.malformed(_drained(file.malformed))


def _drained(rows: list[str]) -> list[str]:
    taken = rows[:]
    del rows[: len(taken)]
    return taken


def _lines_path(file: Path, mapping: Mapping) -> Path:
    """Of a set, the file with the lines, whichever of its files (or the folder of all) was named."""
    name = mapping.file.name
    if file.is_dir() and name is not None:
        return sibling(file / name, name)
    side_names = {join.file for join in mapping.joins.values()}
    return sibling(file, name) if name is not None and stem(file) in side_names else file


def _side_of(column: str, sides: dict[str, TableFile]) -> str | None:
    name, dot, _ = column.partition(".")
    return name if dot and name in sides else None
