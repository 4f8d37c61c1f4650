"""The servers that are compared: how each is started, and what it is asked."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
PATH = "/graphql"


@dataclass(frozen=True, slots=True)
class Program:
    """A server that can be started: `command` finds DATABASE_URL and PORT in its environment."""

    name: str
    """In the table. Two programs of one name are one server, in two settings."""
    command: tuple[str, ...]
    operations: str = "ABC"
    dialect: str = "junction"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    program: Program
    port: int
    pid: int

    def send(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_S)
        try:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def post(self, body: Mapping[str, Any]) -> Any:
        """The answer's data."""
        status, text = self.send(json.dumps(body).encode())
        answer = json.loads(text)
        if status != 200 or "errors" in answer:
            raise RuntimeError(f"{self.program.name} answered {status}: {text[:500]!r}")
        return answer["data"]


def junctions(folder: Path) -> tuple[Program, Program]:
    """As shipped: the command that everybody runs, on a database given by URL. And the same with a CRM, for D."""
    command = str(Path(sys.executable).with_name("junction"))
    with_crm = (sys.executable, "-m", "bench.reads.junction_with_crm")
    return (
        Program("junction", (command, "serve", f"--data-dir={folder / 'junction'}")),
        Program("junction", (*with_crm, str(folder / "junction-with-crm")), operations="D"),
    )


@contextmanager
def running(program: Program, database_url: str, folder: Path) -> Iterator[Server]:
    """What it writes goes to a log file in `folder`. Raises RuntimeError when it does not come up."""
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    given = {"DATABASE_URL": database_url, "PORT": str(port), "NODE_ENV": "production", **program.environment}
    environment = {**os.environ, **given}
    log = folder / f"{program.name}-{program.operations}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(program.command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    server = Server(program, port, process.pid)
    try:
        _wait_for(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.send(b'{"query": "{ __typename }"}')
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{server.program.name} did not come up; see {log}")
