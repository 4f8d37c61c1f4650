"""How many statements something takes, by Postgres' own log: all that it was asked to run, BEGIN and COMMIT as well."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import Program, running
from bench.writes.database import NAME, run
from bench.writes.load import RIGHT, Load, generate, refuse_suspicious

TIMES = 50
_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]+): (.*)")


def statements_each(program: Program, url: str, folder: Path, kind: str) -> float:
    """Raises Suspicious. On average, once statements are prepared; on one connection, so no bell is shared."""
    with _logged(url), running(program, url, folder / "logs") as server:
        generate(Load([server.port], kind, 1, 60, f"before counting {kind}", each_at_most=TIMES))
        log = folder / "postgres" / "server.log"
        begin = log.stat().st_size
        asked = generate(Load([server.port], kind, 1, 60, f"counting {kind}", each_at_most=TIMES))
        refuse_suspicious(f"counting {kind}", asked, RIGHT[kind])
        with log.open("rb") as file:
            file.seek(begin)
            return len(statements_in(file.read().decode(errors="replace"))) / asked.count


@contextmanager
def _logged(url: str) -> Iterator[None]:
    """For connections that are opened inside the block."""
    asyncio.run(run(url, f"ALTER DATABASE {NAME} SET log_statement = 'all'"))
    try:
        yield
    finally:
        asyncio.run(run(url, f"ALTER DATABASE {NAME} RESET log_statement"))


def statements_in(log: str) -> list[str]:
    """The first line of each."""
    return _STATEMENT.findall(log)
