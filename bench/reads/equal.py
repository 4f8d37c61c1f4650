"""Whether two servers say the same: their answers in one canonical form, from which no value is missing.

What differs between Junction's contract and that of PostGraphile, and is brought to one form:
- times: PostGraphile prints six digits of a second always; compared as points in time;
- a page's `nodes` and a plain list are the same list;
- money: PostGraphile shows the tables' minor units, Junction and Mercurius decimals; compared as minor units.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from bench.reads.operations import Operation
from bench.servers import Server

SETS = 20
NO_DECIMALS = frozenset({"JPY"})


class Different(RuntimeError):
    """Two servers answer one question differently."""


def check_equal(asked: Sequence[tuple[Server, Operation]]) -> None:
    """Asks each server the first sets of variables. Raises Different."""
    for n in range(SETS):
        answers = [(server, canonical(json.loads(server.send(op.bodies[n])[1]))) for server, op in asked]
        first, expected = answers[0]
        for server, answer in answers[1:]:
            if answer != expected:
                where = _difference(expected, answer, "")
                names = f"{first.program.name} and {server.program.name}"
                raise Different(f"{names} answer {asked[0][1].name} differently, set {n}: {where}")


def canonical(value: Any, key: str = "", currency: str = "") -> Any:
    """`key` is the one that the value stands under, `currency` that of the order around it."""
    if isinstance(value, list):
        return [canonical(each, key, currency) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"nodes"}:
            return canonical(value["nodes"], key, currency)
        if value.keys() == {"amount"}:
            return Decimal(value["amount"]).scaleb(0 if currency in NO_DECIMALS else 2)
        currency = value.get("currency", currency)
        flat = {**value, **value.get("totals", {})}
        return {name: canonical(each, name, currency) for name, each in flat.items() if name != "totals"}
    if isinstance(value, str) and key == "total":
        return Decimal(value)
    if isinstance(value, str) and key.endswith("At"):
        return datetime.fromisoformat(value)
    return value


def _difference(one: Any, other: Any, path: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(one[key], other[key], f"{path}.{key}") for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(each, other[n], f"{path}[{n}]") for n, each in enumerate(one)]
    else:
        return f"{path}: {one!r:.200} and {other!r:.200}"
    return next(_difference(*pair) for pair in pairs if pair[0] != pair[1])
