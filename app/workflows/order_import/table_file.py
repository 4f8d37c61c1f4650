"""Reads CSV, gzipped CSV and Parquet a batch at a time, all as text: an id keeps its zeros, a price its digits."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from app.workflows.order_import.errors import MissingColumn, UnreadableFile
from app.workflows.order_import.mapping import FileSection

SUFFIXES = (".csv", ".csv.gz", ".parquet")
SIDE_ROWS_MAX = 2_000_000
"""Side files are held in memory; the lines are not."""
_BLOCK_BYTES = 4 * 1024 * 1024
_BATCH_ROWS = 50_000
_MALFORMED_CHARACTERS_MAX = 2_000


@dataclass(slots=True)
class TableFile:
    path: Path
    layout: FileSection
    malformed: list[str] = field(default_factory=list)
    """Rows with too few or too many columns, met since whoever reads the batches last emptied this list."""

    @property
    def name(self) -> str:
        return self.path.name

    def columns(self) -> list[str]:
        """Raises UnreadableFile."""
        with _readable(self):
            if _suffix(self.path) == ".parquet":
                return list(pa_parquet.read_schema(self.path).names)
            with pa_csv.open_csv(self.path, self._read_options(), self._parse_options()) as reader:
                names = list(reader.schema.names)
        self.malformed.clear()
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise UnreadableFile(f"{self.name} has several columns named {repeated.pop()}.")
        return names

    def require(self, columns: set[str]) -> None:
        """Raises MissingColumn, UnreadableFile."""
        present = self.columns()
        for column in sorted(columns):
            if column not in present:
                raise MissingColumn(f"{self.name} has no column {column}; it has {', '.join(present)}.")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Texts without blanks around them; an empty one is null. Raises UnreadableFile."""
        with _readable(self):
            if _suffix(self.path) == ".parquet":
                with pa_parquet.ParquetFile(self.path) as file:
                    yield from map(_as_text, file.iter_batches(_BATCH_ROWS))
                return
            types = dict.fromkeys(self.columns(), pa.string())
            convert = pa_csv.ConvertOptions(
                column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=True, null_values=[""]
            )
            with pa_csv.open_csv(self.path, self._read_options(), self._parse_options(), convert) as reader:
                yield from map(_as_text, reader)

    def read(self) -> pa.Table:
        """The whole file, as side files are used. Raises UnreadableFile."""
        batches: list[pa.RecordBatch] = []
        rows = 0
        for batch in self.batches():
            rows += batch.num_rows
            if rows > SIDE_ROWS_MAX:
                raise UnreadableFile(f"{self.name} has more than {SIDE_ROWS_MAX:,} rows, too many for a side file.")
            batches.append(batch)
        if self.malformed:
            raise UnreadableFile(f"{self.name} has a row with the wrong number of columns: {self.malformed[0]}.")
        return pa.Table.from_batches(batches, pa.schema([(name, pa.string()) for name in self.columns()]))

    def _read_options(self) -> pa_csv.ReadOptions:
        return pa_csv.ReadOptions(block_size=_BLOCK_BYTES, encoding=self.layout.encoding)

    def _parse_options(self) -> pa_csv.ParseOptions:
        return pa_csv.ParseOptions(
            delimiter=self.layout.delimiter, newlines_in_values=True, invalid_row_handler=self._keep_malformed
        )

    def _keep_malformed(self, row: pa_csv.InvalidRow) -> str:
        self.malformed.append(row.text[:_MALFORMED_CHARACTERS_MAX])
        return "skip"


class _readable:  # noqa: N801 - reads as a clause
    """Translates what the reader raises into one sentence about the file."""

    def __init__(self, file: TableFile) -> None:
        self.file = file

    def __enter__(self) -> None:
        if not self.file.path.is_file():
            raise UnreadableFile(f"There is no file {self.file.path}.")
        if _suffix(self.file.path) is None:
            raise UnreadableFile(f"{self.file.name} is none of {', '.join(SUFFIXES)}.")

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, _traceback: object) -> None:
        if isinstance(exc, (pa.ArrowException, OSError, UnicodeDecodeError, LookupError)):
            reason = str(exc).splitlines()[0].rstrip(".")
            raise UnreadableFile(f"{self.file.name} cannot be read: {reason}.") from exc


def sibling(path: Path, stem: str) -> Path:
    """The file of that stem beside `path`, with whatever suffix it has. Raises UnreadableFile."""
    for suffix in SUFFIXES:
        candidate = path.parent / f"{stem}{suffix}"
        if candidate.is_file():
            return candidate
    raise UnreadableFile(f"There is no {stem} ({', '.join(SUFFIXES)}) beside {path.name}.")


def stem(path: Path) -> str:
    return path.name.removesuffix(_suffix(path) or path.suffix)


def fingerprint(paths: list[Path]) -> str:
    """Of the files' bytes, in the order given. Raises UnreadableFile."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as exc:
            raise UnreadableFile(f"{path} cannot be read: {exc.strerror}.") from exc
    return digest.hexdigest()


def _suffix(path: Path) -> str | None:
    return next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [_trimmed(column.cast(pa.string())) for column in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, batch.schema.names)


def _trimmed(column: pa.Array) -> pa.Array:
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(column, ""), None, column)
