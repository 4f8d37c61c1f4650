"""The report of an import. Lines, and amounts in each currency: read = imported + merged + rejected, exactly."""

import csv
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from app.domain.order_import import LineBucket
from app.stores.order_import.findings import Finding, Reject, Sum

REJECT_COLUMNS = (
    "file", "row", "reason", "order", "customer", "sku", "title", "quantity", "unitPrice", "placedAt", "raw",
)  # fmt: skip
Number = TypeVar("Number", int, Decimal)
_BY_REASON = {LineBucket.MERGED: "merged_by_reason", LineBucket.REJECTED: "rejected_by_reason"}


@dataclass(frozen=True, slots=True)
class Totals:
    """Of one file. `lines` and each currency's `amounts`: read, imported, merged, rejected, and the last two by reason.

    An amount is quantity × unit price; a row whose price or quantity cannot be read has none.
    """

    lines: dict[str, Any]
    amounts: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ImportReport:
    file: str
    source: str
    totals: Totals
    side_files: dict[str, Totals]
    """Of files beside the first that have lines of their own, such as returns."""
    findings: list[Finding]
    stored: dict[str, int]
    """Rows that the import has added to the store, or would add."""
    run_id: str | None = None
    """Absent for a dry run."""
    resumed: bool = False
    """Whether it went on from where an interrupted run had stopped."""
    rejects_file: str | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def dry_run(self) -> bool:
        return self.run_id is None

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "source": self.source,
            "dry_run": self.dry_run,
            **asdict(self.totals),
            "side_files": {name: asdict(totals) for name, totals in self.side_files.items()},
            "findings": [asdict(finding) for finding in self.findings],
            "stored": self.stored,
            "run_id": self.run_id,
            "resumed": self.resumed,
            "rejects_file": self.rejects_file,
            "seconds": round(self.seconds, 3),
        }

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def totals(sums: Iterable[Sum]) -> Totals:
    lines: Counter[tuple[str, str | None]] = Counter()
    amounts: dict[str, dict[tuple[str, str | None], Decimal]] = {}
    for part in sums:
        key = part.bucket, part.reason
        lines[key] += part.line_count
        if part.currency is not None:
            of_currency = amounts.setdefault(part.currency, {})
            of_currency[key] = of_currency.get(key, Decimal(0)) + part.amount
    return Totals(
        lines=_tally(lines, 0),
        amounts={
            currency: _as_text(_tally(of_currency, Decimal(0))) for currency, of_currency in sorted(amounts.items())
        },
    )


def reason_counts(sums: Iterable[Sum]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in sums:
        if part.reason is not None:
            counts[part.reason] += part.line_count
    return dict(counts)


async def write_rejects(path: Path, rejects: AsyncIterator[Reject]) -> int:
    """A CSV with every rejected row; a row that could not be read stands in `raw` as JSON."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(REJECT_COLUMNS)
        async for reject in rejects:
            values = {"file": reject.file_name, "row": reject.row_number, "reason": reject.reason, **reject.row}
            if "raw" in values:
                values["raw"] = json.dumps(values["raw"], ensure_ascii=False)
            writer.writerow(values.get(column, "") for column in REJECT_COLUMNS)
            written += 1
    return written


def rejects_path(report: Path) -> Path:
    return report.with_name(f"{report.stem}.rejects.csv")


def _tally(parts: Mapping[tuple[str, str | None], Number], zero: Number) -> dict[str, Any]:
    tally: dict[str, Any] = {
        "read": sum(parts.values(), zero),
        **{
            bucket.value: sum((value for (of, _), value in parts.items() if of == bucket), zero)
            for bucket in LineBucket
        },
    }
    for bucket, name in _BY_REASON.items():
        tally[name] = {str(reason): value for (of, reason), value in parts.items() if of == bucket}
    return tally


def _as_text(tally: dict[str, Any]) -> dict[str, Any]:
    return {name: _as_text(value) if isinstance(value, dict) else format(value, "f") for name, value in tally.items()}
