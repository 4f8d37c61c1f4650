"""Scalars of our own, and what clients should know of Strawberry's."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.scalar import ScalarDefinition

from app.execution.errors import BadUserInput
from app.execution.moments import moment

CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
Duration = NewType("Duration", timedelta)

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def parse_duration(text: object) -> timedelta:
    """ISO 8601 in days, hours, minutes and seconds (PT30S, P1DT12H). Months have no fixed length and are refused."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None or not any(found.groups()):
        raise BadUserInput(
            f"{text!r} is not a duration: write PT30S for 30 seconds, PT5M for 5 minutes, P1D for a day."
        )
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as exc:
        raise BadUserInput(f"{text!r} is longer than a duration can be.") from exc


def _print_duration(duration: timedelta) -> str:
    return f"PT{duration.total_seconds():g}S"


def parse_moment(text: object) -> datetime:
    try:
        return moment(text if isinstance(text, str) else "")
    except ValueError as exc:
        raise BadUserInput(f"{text!r} is not a time: write it with its zone, as in 2026-11-22T18:30:00Z.") from exc


def _capitals(count: int, what: str) -> Callable[[object], str]:
    pattern = re.compile(f"[A-Z]{{{count}}}")

    def parse(text: object) -> str:
        if not (isinstance(text, str) and pattern.fullmatch(text)):
            raise BadUserInput(f"{text!r} is not {what}.")
        return text

    return parse


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: replace(
        DEFAULT_SCALAR_REGISTRY[Decimal],
        description='A decimal number as text, for instance "12.50": a float would round it.',
    ),
    JSON: replace(
        DEFAULT_SCALAR_REGISTRY[JSON],
        description="Any JSON value: an object, a list, a text, a number, true, false, null.",
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An ISO 8601 time with its zone, for instance 2026-11-22T18:30:00Z. Answers are in UTC.",
        specified_by_url="https://en.wikipedia.org/wiki/ISO_8601#Combined_date_and_time_representations",
        serialize=datetime.isoformat,
        parse_value=parse_moment,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="Three capital letters of ISO 4217, for instance USD.",
        specified_by_url="https://en.wikipedia.org/wiki/ISO_4217",
        serialize=str,
        parse_value=_capitals(3, "a currency code: three capital letters of ISO 4217, for instance USD"),
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="Two capital letters of ISO 3166-1, for instance US.",
        specified_by_url="https://en.wikipedia.org/wiki/ISO_3166-1_alpha-2",
        serialize=str,
        parse_value=_capitals(2, "a country code: two capital letters of ISO 3166-1, for instance US"),
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="An ISO 8601 duration in days, hours, minutes and seconds, for instance PT30S.",
        specified_by_url="https://en.wikipedia.org/wiki/ISO_8601#Durations",
        serialize=_print_duration,
        parse_value=parse_duration,
    ),
}
