"""How an import tells whoever watches it where it is."""

from collections.abc import Sequence
from typing import Protocol

from app.stores.order_import.findings import Finding
from app.workflows.order_import.report import Totals


class Progress(Protocol):
    def begin(self, step: str, lines: int | None) -> None:
        """A step starts; `lines` is how many it will go through, where that is known."""

    def advance(self, lines: int) -> None:
        """So many more of the step's lines are done."""

    def assessed(self, totals: Totals, findings: Sequence[Finding]) -> None:
        """The whole file is judged; nothing is imported yet."""


class Silence:
    """Nobody watches."""

    def begin(self, step: str, lines: int | None) -> None:
        pass

    def advance(self, lines: int) -> None:
        pass

    def assessed(self, totals: Totals, findings: Sequence[Finding]) -> None:
        pass
