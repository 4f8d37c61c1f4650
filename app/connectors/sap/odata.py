"""OData V2 as SAP speaks it: literals, keys and options of a URL, envelopes of an answer, and its dates.

https://www.odata.org/documentation/odata-version-2-0/uri-conventions/ and …/json-format/, read 2026-11
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args
from urllib.parse import quote

import msgspec

ROOT = "/sap/opu/odata/sap"
Ticks = Annotated[str, msgspec.Meta(pattern=r"^/Date\(-?\d+([+-]\d+)?\)/$")]
"""Milliseconds since 1970. A DateTime's are those of its wall clock, as if that were UTC."""
Duration = Annotated[str, msgspec.Meta(pattern=r"^PT(\d+H)?(\d+M)?(\d+S)?$")]
"""A time of day, on the same clock."""

R = TypeVar("R")
_TICKS = re.compile(r"-?\d+")
_PART = re.compile(r"(\d+)([HMS])")
_SECONDS = {"H": 3600, "M": 60, "S": 1}


class Row(msgspec.Struct, rename="pascal"):
    """A row's fields are what is selected of it; a field that holds other rows is expanded."""

    service: ClassVar[str] = ""
    entity_set: ClassVar[str] = ""


class Many(msgspec.Struct, Generic[R]):
    """The rows of an expanded navigation property."""

    results: list[R]


class Metadata(msgspec.Struct):
    etag: str | None = None


class Results(msgspec.Struct, Generic[R]):
    results: list[R]
    following: str | None = msgspec.field(default=None, name="__next")


class Listing(msgspec.Struct, Generic[R]):
    d: Results[R]


class Single(msgspec.Struct, Generic[R]):
    d: R


def quoted(text: str) -> str:
    """A string literal; a quote inside is doubled."""
    return "'" + text.replace("'", "''") + "'"


def any_of(name: str, values: Iterable[str]) -> str:
    """A condition for one of many values, which `and` may follow."""
    return "(" + " or ".join(f"{name} eq {quoted(value)}" for value in values) + ")"


def day_literal(day: date) -> str:
    return f"datetime'{day.isoformat()}T00:00:00'"


def key(**values: str) -> str:
    """`('1')`, or `(SalesOrder='1',SalesOrderItem='10')` where several columns make the key."""
    if len(values) == 1:
        return f"({_key_value(next(iter(values.values())))})"
    return "(" + ",".join(f"{name}={_key_value(value)}" for name, value in values.items()) + ")"


def selection(row_type: type[Row]) -> Mapping[str, str]:
    """$select, and $expand where a row of this type has rows below it."""
    select = ",".join(_paths(row_type))
    links = [path for path in _links(row_type) if not any(other.startswith(f"{path}/") for other in _links(row_type))]
    return {"$select": select, "$expand": ",".join(links)} if links else {"$select": select}


def url(service: str, resource: str, options: Mapping[str, str]) -> str:
    """Encoded by us, since SAP and others do not agree on what a plus in a query means."""
    query = "&".join(f"{name}={_encoded(value)}" for name, value in options.items())
    return resource_url(service, f"{resource}?{query}" if query else resource)


def resource_url(service: str, resource: str) -> str:
    return f"{ROOT}/{service}/{resource}"


def following_resource(service: str, following: str) -> str | None:
    """Resource and query of a `__next`, under whatever host's name; None where it is not below our service root."""
    name = re.escape(service.partition(";")[0])
    found = re.fullmatch(rf"(?:https?://[^/?#]+)?[^?#]*{ROOT}/{name}(?:(?:;|%3[Bb])v=\d+)?/([^#]+)", following)
    resource = found.group(1) if found else ""
    return resource if found and "/" not in resource.partition("?")[0] else None


def instant(ticks: str) -> datetime:
    """Of a DateTimeOffset."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=_milliseconds(ticks))


def local_instant(day: str, time: str | None, zone: tzinfo) -> datetime:
    """Of a date and, where there is one, a time of day, both on the clock of `zone`."""
    at = instant(day).replace(tzinfo=None) + timedelta(seconds=_seconds(time or "PT0S"))
    return at.replace(tzinfo=zone).astimezone(UTC)


def ticks(day: date) -> str:
    """A DateTime that is this day, on whatever clock."""
    return f"/Date({int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000})/"


def bare(number: str) -> str:
    """Without leading zeros, which numbers are stored with and shown without."""
    return (number.lstrip("0") or "0") if number.isdecimal() else number


def _milliseconds(ticks: str) -> int:
    found = _TICKS.search(ticks)
    return int(found.group()) if found else 0


def _seconds(duration: str) -> int:
    return sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(duration))


def _paths(row_type: type[Row]) -> Iterator[str]:
    for field in msgspec.structs.fields(row_type):
        below = row_type_in(field.type)
        if below is not None:
            yield from (f"{field.encode_name}/{path}" for path in _paths(below))
        elif not field.encode_name.startswith("__"):
            yield field.encode_name


def _links(row_type: type[Row]) -> Iterator[str]:
    for field in msgspec.structs.fields(row_type):
        below = row_type_in(field.type)
        if below is not None:
            yield field.encode_name
            yield from (f"{field.encode_name}/{path}" for path in _links(below))


def row_type_in(annotation: Any) -> type[Row] | None:
    """The row in `Many[OrderItem]` or `Customer | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Row):
        return annotation
    return next((found for each in get_args(annotation) if (found := row_type_in(each))), None)


def _key_value(text: str) -> str:
    # A slash inside would end the segment.
    return quote(quoted(text), safe="'")


def _encoded(text: str) -> str:
    return quote(text, safe="$'(),/:;=@!*-._~")
