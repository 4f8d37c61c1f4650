"""A request that a connector sent, the answer it got, and what a specification finds wrong with them."""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

SPECS = Path(__file__).parents[3] / "shared" / "specs"


@dataclass(frozen=True)
class Exchange:
    vendor: str
    method: str
    path: str
    """As the vendor knows it, without what the sandbox puts before."""
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    content: bytes
    status: int
    answer_headers: Mapping[str, str] = field(repr=False)
    answer_content: bytes

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.content.decode(), keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def answer(self) -> Any:
        return json.loads(self.answer_content)


@dataclass(frozen=True, order=True)
class Violation:
    """A constraint that is not met, or one of those that are excused: then `reason` says why."""

    operation: str
    where: str
    keyword: str
    reason: str = field(compare=False)


@dataclass(frozen=True)
class Specification:
    """A vendor's, as the vendor publishes it, and what is known to be wrong with it."""

    path: Path
    violations: Callable[[Exchange], Iterator[Violation]]
    defects: Set[Violation] = frozenset()

    @property
    def is_here(self) -> bool:
        return self.path.exists()
