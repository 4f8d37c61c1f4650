"""docs/walkthrough.md is true: its blocks, pasted one after the other into a fresh demo, answer what the page shows."""

import json
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.processes import Serving, junction, serving

PAGE = Path(__file__).parents[1] / "docs" / "walkthrough.md"
BLOCK = re.compile(r"(?P<prose>.*?)^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"<([a-z-]+)>")
LATER = "a moment later"
AGAIN = re.compile(r"Ask `(\w+)` again")
WAIT_S = 30
"""Only a page that is wrong waits this long."""


@dataclass(frozen=True)
class Command:
    line: str


@dataclass(frozen=True)
class Request:
    operation: str
    variables: str
    answer: str
    waits: bool


def steps(page: str) -> Iterator[Command | Request]:
    """JSON below an operation is its answer where it has `data`, and its variables otherwise."""
    asked: dict[str, tuple[str, str]] = {}
    operation, variables, told = "", "{}", ""
    for block in BLOCK.finditer(page):
        text, told = block["text"], told + block["prose"]
        if again := AGAIN.search(block["prose"]):
            operation, variables = asked[again[1]]
        if block["language"] == "sh":
            yield Command(text.strip())
        elif block["language"] == "graphql":
            operation, variables = text, "{}"
        elif '"data"' not in text:
            variables = text
        else:
            if named := re.match(r"(?:query|mutation) (\w+)", operation):
                asked[named[1]] = operation, variables
            yield Request(operation, variables, text, waits=LATER in told.lower() and operation.startswith("query"))
            told = ""


@dataclass
class Reader:
    """Somebody who pastes, and puts ids where the page says so."""

    serving: Serving
    data_dir: Path
    values: dict[str, str] = field(default_factory=dict)

    def do(self, command: Command) -> None:
        program, *arguments = shlex.split(self.filled_in(command.line))
        assert program == ".venv/bin/junction"
        done = junction(*arguments, DATA_DIR=self.data_dir)
        assert done.returncode == 0, done.stderr

    def ask(self, request: Request) -> None:
        until = time.monotonic() + (WAIT_S if request.waits else 0)
        while True:
            answer = self._post(request)
            values = dict(self.values)
            if fits(json.loads(request.answer), answer, values):
                self.values = values
                return
            if time.monotonic() > until:
                shown = json.loads(self.filled_in(request.answer))
                assert answer == shown, request.operation
                pytest.fail(f"a name of the page stands for two values: {request.answer}")
            time.sleep(0.2)

    def filled_in(self, text: str) -> str:
        self.values["now"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return NAME.sub(lambda name: self.values.get(name[1], name[0]), text)

    def open(self, path: str) -> httpx2.Response:
        with httpx2.Client(base_url=self.serving.address, trust_env=False, timeout=WAIT_S) as client:
            return client.get(path)

    def _post(self, request: Request) -> Any:
        body = {"query": request.operation, "variables": json.loads(self.filled_in(request.variables))}
        with httpx2.Client(base_url=self.serving.address, trust_env=False, timeout=WAIT_S) as client:
            return client.post("/graphql", json=body).json()


def fits(shown: Any, told: Any, values: dict[str, str]) -> bool:
    """Whether the page shows what was told; what its names stand for is noted in `values`."""
    if isinstance(shown, str) and (name := NAME.fullmatch(shown)):
        return isinstance(told, str) and values.setdefault(name[1], told) == told
    if isinstance(shown, dict) and isinstance(told, dict):
        return shown.keys() == told.keys() and all(fits(shown[key], told[key], values) for key in shown)
    if isinstance(shown, list) and isinstance(told, list):
        return len(shown) == len(told) and all(fits(*pair, values) for pair in zip(shown, told, strict=True))
    return type(shown) is type(told) and bool(shown == told)


def test_every_block_of_the_page_answers_what_it_shows(tmp_path: Path) -> None:
    with serving("--demo", PORT=0, DATA_DIR=tmp_path, SOURCE_TIMEOUT_S=20) as server:
        reader = Reader(server, tmp_path)
        for step in steps(PAGE.read_text()):
            if isinstance(step, Command):
                reader.do(step)
            else:
                reader.ask(step)
        for name in ("label", "return-label"):
            label = reader.open(reader.values[name])
            assert (label.status_code, label.headers["Content-Type"]) == (200, "image/gif")
        doctor = junction("doctor", DATA_DIR=tmp_path)
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
