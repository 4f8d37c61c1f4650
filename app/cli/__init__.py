"""The command line: `junction serve`, `junction doctor` and the others, each in a module of its name."""

import signal
import sys
from collections.abc import Sequence

STOPPED_BY_SIGNAL = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits 0 when done, 1 with a sentence on stderr when it cannot be done, 2 when the line was not understood."""
    # Until the event loop takes over, SIGTERM ends a command as Ctrl-C does: with its cleanup.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Not at the top: it takes a second or two, in which a signal may come as well.
        from app.cli.commands import run_command
    except KeyboardInterrupt:
        sys.exit(STOPPED_BY_SIGNAL)
    run_command(arguments)
