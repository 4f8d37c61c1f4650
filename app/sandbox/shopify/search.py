"""The part of Shopify's search syntax that its clients here use: `field:>='value'` joined by AND and OR.

https://shopify.dev/docs/api/usage/search-syntax, read 2026-11. AND binds closer than OR.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]

TERM = re.compile(r"""\s*(\w+):(>=|<=|>|<)?(?:'((?:[^'\\]|\\.)*)'|([^\s'()]+))\s*""")
CONNECTIVE = re.compile(r"(AND|OR)\b|(?=\w+:)")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ":": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


class Unsearchable(ValueError):
    """A query that the sandbox does not understand: Shopify would rather ignore it, and hide the mistake."""


def matches(query: str, row: Row, fields: Mapping[str, str]) -> bool:
    """`fields` are those that may be searched, and where the row has them. Raises Unsearchable."""
    return any(all(_is_met(*term, row, fields) for term in terms) for terms in _alternatives(query))


def _alternatives(query: str) -> list[list[tuple[str, str, str]]]:
    alternatives: list[list[tuple[str, str, str]]] = [[]]
    at = 0
    while at < len(query):
        term = TERM.match(query, at)
        if term is None:
            raise Unsearchable(f"{query[at:]!r} is not understood")
        field, comparator, quoted, plain = term.groups()
        value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        alternatives[-1].append((field, comparator or ":", value))
        at = term.end()
        if at < len(query):
            connective = CONNECTIVE.match(query, at)
            if connective is None:
                raise Unsearchable(f"{query[at:]!r} is not understood")
            if connective[1] == "OR":
                alternatives.append([])
            at = connective.end()
    return alternatives


def _is_met(field: str, comparator: str, value: str, row: Row, fields: Mapping[str, str]) -> bool:
    if field not in fields:
        raise Unsearchable(f"{field} is not searched here")
    held = row[fields[field]] or ""
    compare = COMPARE[comparator]
    if field == "id":
        number, asked = int(held.rpartition("/")[2]), int(value)
        return compare(number, asked)
    if comparator == ":":
        # Words are compared without case, and several may be given.
        return str(held).casefold() in {each.casefold() for each in value.split(",")}
    return compare(held, value)
