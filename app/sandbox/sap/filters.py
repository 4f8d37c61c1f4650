"""Understands `$filter` as far as OData V2 clients of ours go: comparisons, `and`, `or`, parentheses.

Grammar: OData 2.0 URI conventions, section 4.5, https://www.odata.org/documentation/odata-version-2-0/uri-conventions/
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.sandbox.sap.model import EntitySet, Property

Row = Mapping[str, Any]


class Condition(ABC):
    @abstractmethod
    def holds(self, row: Row) -> bool: ...

    def narrowed(self) -> "Among | None":
        """What every row that it holds for is found by."""
        return None


@dataclass(frozen=True)
class Among(Condition):
    """The property is one of the values: `eq` once or more."""

    name: str
    kind: Property
    values: frozenset[Any]

    def holds(self, row: Row) -> bool:
        return value(row.get(self.name, self.kind.initial), self.kind) in self.values

    def narrowed(self) -> "Among | None":
        return self if self.kind.type == "String" else None


@dataclass(frozen=True)
class Comparison(Condition):
    name: str
    kind: Property
    compare: Callable[[Any, Any], bool]
    wanted: Any

    def holds(self, row: Row) -> bool:
        found = value(row.get(self.name, self.kind.initial), self.kind)
        # Nothing is before or after null, and it equals nothing but itself.
        if found is None or self.wanted is None:
            return self.compare is _COMPARE["ne"] and found is not self.wanted
        return self.compare(found, self.wanted)


@dataclass(frozen=True)
class All(Condition):
    parts: Sequence[Condition]

    def holds(self, row: Row) -> bool:
        return all(part.holds(row) for part in self.parts)

    def narrowed(self) -> Among | None:
        return next((found for part in self.parts if (found := part.narrowed())), None)


@dataclass(frozen=True)
class Some(Condition):
    parts: Sequence[Condition]

    def holds(self, row: Row) -> bool:
        return any(part.holds(row) for part in self.parts)


_TOKEN = re.compile(
    r"\s*(?:(?P<paren>[()])|(?P<typed>datetimeoffset|datetime|time|guid)'(?P<body>[^']*)'"
    r"|'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+(?:\.\d+)?)[MmDdFfLl]?(?![\w.])|(?P<word>[A-Za-z_]\w*))"
)
_TICKS = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "ne": lambda a, b: bool(a != b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
}


class InvalidFilter(ValueError):
    """In SAP's words."""


def parse(text: str, entity_set: EntitySet) -> Condition:
    """Raises InvalidFilter."""
    return _Parser(text, entity_set).parse()


def value(given: object, kind: Property) -> Any:
    """A row's wire value, or a literal's, as something that compares."""
    if given is None:
        return None
    text = str(given)
    match kind.type:
        case "DateTime" | "DateTimeOffset":
            ticks = _TICKS.fullmatch(text)
            return int(ticks.group(1)) if ticks else _milliseconds(text)
        case "Time":
            duration = _DURATION.fullmatch(text)
            if duration is None:
                raise ValueError(f"{text} is no duration")
            hours, minutes, seconds = duration.groups("0")
            return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        case "Decimal":
            return Decimal(text)
        case "Boolean":
            return text.lower() == "true"
        case _:
            # Numbers are stored with leading zeros and shown without: either way they are the same.
            return text.zfill(kind.length or 0) if text.isdecimal() else text


def _milliseconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


class _Parser:
    def __init__(self, text: str, entity_set: EntitySet) -> None:
        self._text, self._set = text, entity_set
        self._tokens = self._split()
        self._at = 0

    def parse(self) -> Condition:
        condition = self._either()
        if self._at != len(self._tokens):
            raise InvalidFilter(f"Invalid token at position {self._at} of the filter expression")
        return condition

    def _split(self) -> list[re.Match[str]]:
        tokens, position, text = [], 0, self._text.rstrip()
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                raise InvalidFilter(f"Invalid character at position {position} of the filter expression")
            tokens.append(token)
            position = token.end()
        return tokens

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._took("or"):
            parts.append(self._both())
        return _joined(parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._took("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(parts)

    def _one(self) -> Condition:
        if self._took("("):
            inner = self._either()
            if not self._took(")"):
                raise InvalidFilter("Missing closing parenthesis in the filter expression")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name, operator, literal = self._next()["word"] or "", self._next()["word"] or "", self._next()
        kind = self._set.properties.get(name)
        if kind is None:
            raise InvalidFilter(f"Property {name} not found in type")
        text = _literal(literal, kind)
        try:
            wanted = value(text, kind)
        except (ValueError, ArithmeticError) as exc:
            raise InvalidFilter(f"Invalid value for property {name} in the filter expression") from exc
        if operator == "eq":
            return Among(name, kind, frozenset({wanted}))
        if operator not in _COMPARE:
            raise InvalidFilter(f"Invalid operator {operator} in the filter expression")
        return Comparison(name, kind, _COMPARE[operator], wanted)

    def _next(self) -> re.Match[str]:
        if self._at >= len(self._tokens):
            raise InvalidFilter("The filter expression ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _took(self, word: str) -> bool:
        if self._at < len(self._tokens) and word in (self._tokens[self._at]["word"], self._tokens[self._at]["paren"]):
            self._at += 1
            return True
        return False


def _joined(parts: list[Condition]) -> Condition:
    """A long list of `eq` is asked for at once."""
    if len(parts) == 1:
        return parts[0]
    names = {part.name if isinstance(part, Among) else None for part in parts}
    if len(names) > 1 or names == {None}:
        return Some(parts)
    among = [part for part in parts if isinstance(part, Among)]
    return Among(among[0].name, among[0].kind, frozenset[Any]().union(*(part.values for part in among)))


def _literal(token: re.Match[str], kind: Property) -> str | None:
    """The literal's text; a literal of another type than the property's is refused, as SAP does."""
    if token["typed"]:
        given, text = token["typed"], token["body"]
    elif token["text"] is not None:
        given, text = "text", token["text"].replace("''", "'")
    elif token["number"]:
        given, text = "number", token["number"]
    else:
        given = text = token["word"] or ""
    fitting = {"String": "text", "Decimal": "number", "DateTime": "datetime", "DateTimeOffset": "datetimeoffset"}
    wanted = fitting.get(kind.type, kind.type.lower())
    if kind.type == "Boolean" and given in ("true", "false"):
        return str(text)
    if given == "null":
        return None
    if given != wanted:
        raise InvalidFilter("Invalid parametertype used at function 'eq' (position: 1)")
    return str(text)
