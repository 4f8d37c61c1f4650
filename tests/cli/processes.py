"""`junction` as its users meet it: a process with a line, an environment, two streams and an exit code."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

LINE = (sys.executable, "-c", "from app.cli import main; main()")
REPOSITORY = Path(__file__).parents[2]
READY = re.compile(r"Junction answers at (http://[^/\s]+)/graphql")
LAST_LINE = "Stop with Ctrl-C.\n"
STATE = ("HOST", "PORT", "DATA_DIR", "DATABASE_URL", "LOG_LEVEL", "LOG_FORMAT")


def environment(**settings: object) -> dict[str, str]:
    """Ours, without the settings that it may hold, and with these."""
    inherited = {name: value for name, value in os.environ.items() if name not in STATE}
    return inherited | {"COLUMNS": "200"} | {name: str(value) for name, value in settings.items()}


def junction(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Runs to its end."""
    return subprocess.run(
        [*LINE, *arguments],
        env=environment(**settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Serving:
    """A `junction serve` that has told its address."""

    def __init__(self, process: subprocess.Popen[str], log: IO[str]) -> None:
        self.process = process
        self._log = log
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if line == LAST_LINE:
                break
        found = READY.match("".join(told))
        assert found, "".join(told) + self.log()
        self.address = found[1]
        (self.curl,) = [line for line in told if line.startswith("curl ")]

    def log(self) -> str:
        """What went to stderr so far."""
        self._log.seek(0)
        return self._log.read()

    def stop(self, number: int) -> int:
        """Sends the signal and answers with the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def serving(*arguments: str, **settings: object) -> Iterator[Serving]:
    """In a session of its own, so that a signal reaches it alone."""
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(
            [*LINE, "serve", *arguments],
            env=environment(**settings),
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Serving(process, log)
        finally:
            process.kill()
