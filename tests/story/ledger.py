"""Ways to look at a story's rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]


def by(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def sums(rows: Iterable[Row], key: Callable[[Row], Any] | str, value: Callable[[Row], int] | str) -> dict[Any, int]:
    """The sum of a value for each key, without the zeros."""
    totals: defaultdict[Any, int] = defaultdict(int)
    for row in rows:
        totals[key(row) if callable(key) else row[key]] += value(row) if callable(value) else row[value]
    return {name: total for name, total in totals.items() if total}


def ids(rows: Iterable[Row]) -> dict[Any, Row]:
    return {row["id"]: row for row in rows}
