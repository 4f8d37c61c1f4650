"""What is asked: the operations, and the 400 different values of their variables that every server is given."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "queries"
NAMES = ("A", "B", "C", "D")
VARIANTS = 400
PAGE_SIZE = 50
FREQUENT = 4000
"""The customers with the lowest numbers have 12 orders each; see rows.sql."""
CUSTOMERS, ORDERS = 20_000, 100_000

Post = Callable[[Mapping[str, Any]], Any]
"""Sends the body of a request and answers with its data."""


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    bodies: tuple[bytes, ...]
    """Of the requests, one for each set of variables."""


def operation(
    name: str, post: Post, *, dialect: str = "junction", scale: int = 1, page_size: int = PAGE_SIZE
) -> Operation:
    """`dialect` names the folder's own text where a server's schema is not Junction's; `post` reaches that server."""
    query = text(name, dialect)
    variables = _variables(name, scale)
    if name == "B":
        cursors = _cursors(text("cursors", dialect), post, max(variables))
        bodies = [{"after": cursors[number], "first": page_size} for number in variables]
    else:
        bodies = [{"number": number} for number in variables]
    return Operation(name, tuple(_body(name, query, each) for each in bodies))


def text(name: str, dialect: str) -> str:
    own = FOLDER / dialect / f"{name}.graphql"
    return (own if own.exists() else FOLDER / f"{name}.graphql").read_text()


def _variables(name: str, scale: int) -> list[str]:
    """Numbers of customers or orders; for B that of the customer before the page. The same at every run."""
    draw = random.Random(7)  # noqa: S311
    if name == "C":
        return [f"{draw.randint(1, ORDERS * scale):08}" for _ in range(VARIANTS)]
    # All the customers of a page are frequent ones.
    return [f"C{draw.randint(1, FREQUENT - 100):08}" for _ in range(VARIANTS)]


def _cursors(query: str, post: Post, last: str) -> dict[str, str]:
    """By customer's number, up to `last`."""
    cursors: dict[str, str] = {}
    after = None
    while last not in cursors:
        edges = post({"query": query, "variables": {"after": after}})["customers"]["edges"]
        cursors |= {edge["node"]["number"]: edge["cursor"] for edge in edges}
        after = edges[-1]["cursor"]
    return cursors


def _body(name: str, query: str, variables: Mapping[str, Any]) -> bytes:
    return json.dumps({"query": query, "variables": variables, "operationName": name}).encode()
