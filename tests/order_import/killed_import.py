"""Imports a file and kills its own process in the middle of a step. Arguments: URL FILE MAPPING STEP TIMES."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from app.stores.engine import create_engine
from app.stores.order_import.findings import Finding
from app.workflows import import_orders as workflow
from app.workflows.order_import.mapping import load_mapping
from app.workflows.order_import.report import Totals

PACE = workflow.Pace(batch_lines=500, loaders=1)


class Killer:
    """Dies when the step `step` has advanced `times` times; 0 is when it begins."""

    def __init__(self, step: str, times: int) -> None:
        self.step = step
        self.left = times
        self.current = ""

    def begin(self, step: str, lines: int | None) -> None:
        self.current = step
        self._die_if_due()

    def advance(self, lines: int) -> None:
        if self.current == self.step:
            self.left -= 1
        self._die_if_due()

    def assessed(self, totals: Totals, findings: Sequence[Finding]) -> None:
        pass

    def _die_if_due(self) -> None:
        if self.current == self.step and self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, file: str, mapping: str, step: str, times: str) -> None:
    engine = create_engine(url)
    killer = Killer(step, int(times))
    await workflow.import_orders(engine, Path(file), load_mapping(mapping), progress=killer, pace=PACE)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
