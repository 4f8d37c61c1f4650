import signal
from collections.abc import Callable, Iterator

import pytest

from app.cli import main
from tests.cli.processes import STATE
from tests.logs import logs_restored

Here = Callable[..., tuple[object, str, str]]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Here]:
    """Runs a line in this process, which is quicker, for those that start nothing: exit code, stdout, stderr."""
    for name in STATE:
        monkeypatch.delenv(name, raising=False)
    handler = signal.getsignal(signal.SIGTERM)

    def run(*line: str, **settings: object) -> tuple[object, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, str(value))
        with pytest.raises(SystemExit) as ended:
            main(line)
        told = capfd.readouterr()
        return ended.value.code, told.out, told.err

    with logs_restored():
        yield run
    signal.signal(signal.SIGTERM, handler)
