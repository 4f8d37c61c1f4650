"""Reads the middles of postal codes from a CSV file: country, postal_code, latitude, longitude."""

import csv
from collections.abc import Iterator
from pathlib import Path

from app.domain.geography import Coordinates
from app.domain.postal_centroids import PostalCentroids
from app.workflows.routing.errors import RoutingNotConfigured

COLUMNS = ("country", "postal_code", "latitude", "longitude")


def read_postal_centroids(path: Path) -> PostalCentroids:
    """Raises RoutingNotConfigured. All of the file is kept in memory: about 200 bytes for a postal code."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return PostalCentroids(_rows(path, csv.DictReader(file)))
    except (OSError, UnicodeDecodeError) as exc:
        raise RoutingNotConfigured(f"The postal codes in {path} cannot be read: {exc}.") from exc


def _rows(path: Path, lines: "csv.DictReader[str]") -> Iterator[tuple[str, str, Coordinates]]:
    missing = [column for column in COLUMNS if column not in (lines.fieldnames or ())]
    if missing:
        raise RoutingNotConfigured(f"{path.name} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}.")
    for line in lines:
        country, postal_code, latitude, longitude = (line[column] or "" for column in COLUMNS)
        try:
            yield country.upper(), postal_code, Coordinates(float(latitude), float(longitude))
        except ValueError as exc:
            raise RoutingNotConfigured(f"{path.name}, line {lines.line_num}: {exc}.") from exc
