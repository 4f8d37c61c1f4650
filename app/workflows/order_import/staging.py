"""Turns a batch of a file into rows of the staging table: typed texts, and a problem where one cannot be used."""

import json
import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Keyed
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from iso4217 import Currency

from app.domain.money import minor_digits
from app.workflows.order_import.joined_batch import JoinedBatch
from app.workflows.order_import.mapping import DECIMAL_FIELDS, QUANTITY, TEXT_FIELDS, TIME_FIELDS, Mapping

SALE, CANCELLATION = "sale", "cancellation"
LINES, RETURNS = "lines", "returns"
MALFORMED = "malformed_row"

_DECIMAL = r"^[+-]?[0-9]{1,12}(\.[0-9]{1,12})?$"
_INTEGER = r"^[+-]?[0-9]{1,9}(\.0+)?$"
_NUL = "\x00"  # PostgreSQL has no way to store it
_JOINER = "\x1f"
_COUNTRY_FIELDS = ("customer_country", "ship_country")
_PHONES_CACHED_MAX = 100_000


@dataclass(slots=True)
class Stager:
    """`columns` maps our fields to the file's; fields outside it that the mapping holds constant are filled in."""

    mapping: Mapping
    columns: Keyed[str, str]
    origin: str = LINES
    rows: int = 0

    def stage(self, joined: JoinedBatch) -> pa.RecordBatch:
        """The staging rows, numbered on from those staged before."""
        fields = {field: joined.column(column) for field, column in self.columns.items()}
        size = joined.batch.num_rows
        for field, value in self.mapping.constants.items():
            if field not in fields:
                fields[field] = pa.repeat(pa.scalar(value), size)
        if self.origin == RETURNS:
            numbers = pa.array(range(self.rows + 1, self.rows + size + 1)).cast(pa.string())
            fields["order_number"] = pc.binary_join_element_wise("R", numbers, "")
        staged, problems = self._typed(fields)
        for rule in self.mapping.rules.reject:
            if rule.field in fields:
                problems.append((pc.starts_with(fields[rule.field], rule.prefix), rule.reason))
        problem = _first(problems, size)
        staged |= {
            "origin": pa.repeat(self.origin, size),
            "kind": self._kind(fields["order_number"]),
            "problem": problem,
        }
        staged["raw"] = _raw(joined.batch, problem)
        rest = [name for name in joined.batch.schema.names if name not in self.columns.values()]
        if rest:
            texts = [joined.batch.column(name) for name in rest]
            staged["rest"] = pc.binary_join_element_wise(*texts, _JOINER, null_handling="replace", null_replacement="")
        self.rows += size
        return pa.RecordBatch.from_pydict(staged)

    def malformed(self, rows: list[str]) -> pa.RecordBatch:
        size = len(rows)
        self.rows += size
        return pa.RecordBatch.from_pydict(
            {
                "origin": pa.repeat(self.origin, size),
                "kind": pa.repeat(SALE, size),
                "problem": pa.repeat(MALFORMED, size),
                "raw": pa.array([json.dumps({"row": row.replace(_NUL, "")}) for row in rows]),
            }
        )

    def _kind(self, numbers: pa.Array) -> pa.Array:
        if self.origin == RETURNS:
            return pa.repeat(CANCELLATION, len(numbers))
        prefix = self.mapping.rules.cancellation_prefix
        if prefix is None:
            return pa.repeat(SALE, len(numbers))
        return pc.if_else(pc.fill_null(pc.starts_with(numbers, prefix), False), CANCELLATION, SALE)

    def _typed(self, fields: Keyed[str, pa.Array]) -> tuple[dict[str, pa.Array], list[tuple[pa.Array, str]]]:
        """The fields as PostgreSQL reads them, null where they cannot be read, and where that is so."""
        staged: dict[str, pa.Array] = {}
        problems = [(pc.is_null(fields[field]), f"missing_{field}") for field in ("order_number", "sku")]
        for field, column in fields.items():
            if field in TEXT_FIELDS:
                staged[field] = self._text(field, column, fields)
            elif field in DECIMAL_FIELDS:
                staged[field] = self._decimal(field, column)
            elif field in TIME_FIELDS:
                staged[field] = _by_value(column, self._time)
            elif field == QUANTITY:
                staged[field] = self._quantity(column)
            lost = pc.is_null(staged[field])
            required = field in ("quantity", "unit_price", "placed_at")
            if field not in _COUNTRY_FIELDS:
                problems.append((lost if required else pc.and_(lost, pc.is_valid(column)), f"unreadable_{field}"))
        staged["minor_factor"] = _by_value(staged["currency"], _minor_factor)
        problems.append((pc.is_null(staged["minor_factor"]), "unknown_currency"))
        return staged, problems

    def _text(self, field: str, column: pa.Array, fields: Keyed[str, pa.Array]) -> pa.Array:
        if field == "customer_email":
            column = pc.utf8_lower(column)
        if field == "customer_phone":
            return self._phones(column, fields.get("customer_country"))
        if field in _COUNTRY_FIELDS:
            return _by_value(column, self._country)
        with_nul = pc.match_substring(column, _NUL)
        return pc.if_else(with_nul, None, column) if pc.any(with_nul).as_py() else column

    def _phones(self, column: pa.Array, countries: pa.Array | None) -> pa.Array:
        regions = [None] * len(column) if countries is None else _by_value(countries, self._country).to_pylist()
        return pa.array([text and e164(text, region) for text, region in zip(column.to_pylist(), regions, strict=True)],
                        pa.string())  # fmt: skip

    def _decimal(self, field: str, column: pa.Array) -> pa.Array:
        if self.mapping.file.decimal_point == ",":
            column = pc.if_else(pc.match_substring(column, "."), None, column)
            column = pc.replace_substring(column, ",", ".")
        column = pc.if_else(pc.match_substring_regex(column, _DECIMAL), column, None)
        if field in self.mapping.formats.single_precision:
            column = column.cast(pa.float32()).cast(pa.string())  # written with the fewest digits that give it back
        return column

    def _quantity(self, column: pa.Array) -> pa.Array:
        column = pc.if_else(pc.match_substring_regex(column, _INTEGER), column, None)
        column = pc.replace_substring_regex(column, r"\.0+$", "")
        if self.origin == RETURNS:
            column = pc.if_else(pc.starts_with(column, "-"), None, column)
            column = pc.binary_join_element_wise("-", pc.utf8_ltrim(column, "+"), "")
        return column

    def _time(self, value: str) -> str | None:
        for pattern in self.mapping.formats.time:
            try:
                at = datetime.fromisoformat(value) if pattern == "iso" else datetime.strptime(value, pattern)  # noqa: DTZ007
            except ValueError:
                continue
            return at.isoformat(" ")
        return None

    def _country(self, value: str) -> str | None:
        return self.mapping.countries.get(value) or (value if re.fullmatch("[A-Z]{2}", value) else None)


@lru_cache(_PHONES_CACHED_MAX)
def e164(phone: str, country: str | None) -> str:
    """As written when it cannot be read as a number of that country."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return phone
    if not phonenumbers.is_valid_number(number):
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def numbered(batches: Iterator[pa.RecordBatch], start: int = 0) -> Iterator[pa.RecordBatch]:
    """With a `line_no` in front that counts over all batches from `start` + 1."""
    for batch in batches:
        numbers = pa.array(range(start + 1, start + batch.num_rows + 1), pa.int64())
        start += batch.num_rows
        yield pa.RecordBatch.from_arrays([numbers, *batch.columns], ["line_no", *batch.schema.names])


def _minor_factor(currency: str) -> str | None:
    return str(10 ** minor_digits(currency)) if currency in Currency.__members__ else None


def _by_value(column: pa.Array, convert: Callable[[str], str | None]) -> pa.Array:
    """Converts each distinct text once."""
    encoded = column.dictionary_encode()
    converted = pa.array([convert(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return converted.take(encoded.indices)


def _first(problems: list[tuple[pa.Array, str]], size: int) -> pa.Array:
    problem = pa.nulls(size, pa.string())
    for mask, reason in reversed(problems):
        if pc.any(mask).as_py():
            problem = pc.if_else(pc.fill_null(mask, False), reason, problem)
    return problem


def _raw(batch: pa.RecordBatch, problem: pa.Array) -> pa.Array:
    """The rows with a problem as they stand in the file, since what could not be read is nowhere else."""
    if problem.null_count == len(problem):
        return pa.nulls(len(problem), pa.string())
    raw: list[str | None] = [None] * len(problem)
    troubled = pc.indices_nonzero(pc.is_valid(problem))
    for index, row in zip(troubled.to_pylist(), batch.take(troubled).to_pylist(), strict=True):
        raw[index] = json.dumps(row).replace("\\u0000", "")
    return pa.array(raw, pa.string())
