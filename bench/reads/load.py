"""Puts load on one server with wrk and tells what it cost: one cell of the table."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.reads.operations import Operation
from bench.servers import PATH, Server

SCRIPT = Path(__file__).with_name("requests.lua")
PACKAGES = ("wrk", "libluajit-5.1-2")
REQUEST_TIMEOUT_S = 20
SIZE_TOLERANCE = 0.05
"""How far the answers' mean size may be from that of the variants, as a load ends somewhere among them."""
HEADERS_BYTES_MAX = 800


class Suspicious(RuntimeError):
    """A cell that must not count: wrong statuses, broken connections, or answers of another size."""


@dataclass(frozen=True, slots=True)
class Cell:
    server: str
    operation: str
    connections: int
    requests: int
    rps: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    """Per request, of the server and its children."""
    postgres_cpu_ms: float
    rss_mb: float
    """The server's peak so far."""

    def __str__(self) -> str:
        return (
            f"{self.operation} {self.connections:2} {self.server:12} {self.rps:8,.0f} requests/s"
            f"  p50 {self.p50_ms:7.2f} ms  p99 {self.p99_ms:7.1f} ms"
            f"  CPU {self.server_cpu_ms:6.3f} + {self.postgres_cpu_ms:6.3f} ms  {self.rss_mb:4.0f} MB"
        )


@dataclass(frozen=True, slots=True)
class Wrk:
    command: str
    libraries: str | None

    def run(self, url: str, bodies: Path, *, connections: int, duration_s: int) -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder) / "result.json"
            environment = os.environ | {"BODIES": str(bodies), "RESULT": str(result)}
            if self.libraries:
                environment["LD_LIBRARY_PATH"] = self.libraries
            options = ["-t1", f"-c{connections}", f"-d{duration_s}s", f"--timeout={REQUEST_TIMEOUT_S}s"]
            command = [self.command, *options, f"--script={SCRIPT}", url]
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            figures: dict[str, float] = json.loads(result.read_text())
            return figures


def find_wrk(folder: Path) -> Wrk:
    """The installed one, else Debian's package unpacked into `folder`, for which no one need be root."""
    if installed := shutil.which("wrk"):
        return Wrk(installed, None)
    if shutil.which("apt-get") is None:
        sys.exit("There is no wrk on PATH, and no apt-get to fetch it with: install wrk.")
    unpacked = folder / "wrk"
    if not unpacked.exists():
        with tempfile.TemporaryDirectory(dir=folder) as download:
            subprocess.run(["apt-get", "download", "--quiet", *PACKAGES], cwd=download, check=True)  # noqa: S607
            for package in Path(download).glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, Path(download) / "root"], check=True)  # noqa: S607
            (Path(download) / "root").rename(unpacked)
    library = next(unpacked.glob("usr/lib/*/libluajit-5.1.so.2"))
    return Wrk(str(unpacked / "usr/bin/wrk"), str(library.parent))


@dataclass(frozen=True, slots=True)
class Target:
    """A server, one operation as it is asked of it, and what the answers' mean size must be."""

    server: Server
    operation: Operation
    bodies: Path
    answer_bytes: float


def target(server: Server, operation: Operation, folder: Path) -> Target:
    """Asks every variant once."""
    bodies = folder / f"{server.program.name}-{operation.name}.jsonl"
    bodies.write_bytes(b"\n".join(operation.bodies) + b"\n")
    sizes = []
    for body in operation.bodies:
        status, answer = server.send(body)
        if status != 200 or b'"errors"' in answer:
            raise Suspicious(f"{server.program.name} answers {operation.name} with {status}: {answer[:300]!r}")
        sizes.append(len(answer))
    return Target(server, operation, bodies, sum(sizes) / len(sizes))


def measure(wrk: Wrk, aimed: Target, postmaster: int, *, connections: int, duration_s: int) -> Cell:
    """Raises Suspicious."""
    server = aimed.server
    url = urllib.parse.urlunsplit(("http", f"127.0.0.1:{server.port}", PATH, "", ""))
    server_before_s, postgres_before_s = processes.cpu_s(server.pid), processes.cpu_s(postmaster)
    figures = wrk.run(url, aimed.bodies, connections=connections, duration_s=duration_s)
    server_s = processes.cpu_s(server.pid) - server_before_s
    postgres_s = processes.cpu_s(postmaster) - postgres_before_s
    requests = int(figures["requests"])
    refuse_suspicious(aimed, figures)
    return Cell(
        server=server.program.name,
        operation=aimed.operation.name,
        connections=connections,
        requests=requests,
        rps=requests / figures["duration_s"],
        p50_ms=figures["p50_ms"],
        p99_ms=figures["p99_ms"],
        server_cpu_ms=server_s / requests * 1000,
        postgres_cpu_ms=postgres_s / requests * 1000,
        rss_mb=processes.peak_rss_mb(server.pid),
    )


def refuse_suspicious(aimed: Target, figures: Mapping[str, float]) -> None:
    """Raises Suspicious: a server that fails fast must not look fast."""
    name = f"{aimed.server.program.name} on {aimed.operation.name}"
    if figures["errors"] or not figures["requests"]:
        raise Suspicious(f"{name}: {figures['errors']:.0f} errors in {figures['requests']:.0f} requests")
    received = figures["bytes"] / figures["requests"]
    least, most = aimed.answer_bytes * (1 - SIZE_TOLERANCE), aimed.answer_bytes * (1 + SIZE_TOLERANCE)
    if not least <= received <= most + HEADERS_BYTES_MAX:
        raise Suspicious(f"{name}: {received:.0f} bytes an answer, where {aimed.answer_bytes:.0f} were expected")
