"""The run: the customer page at a fixed rate, with all vendors well, with one of them failing, with all of them."""

import asyncio
import http.client
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from app.http.graphiql import EXAMPLES
from bench import processes
from bench.customer_page.load import Load, Measured, generate, states_told
from bench.customer_page.vendors import ADDRESS, SOURCES, TOKEN
from bench.machine import machine, packages, postgres
from bench.servers import ROOT, START_TIMEOUT_S, STOP_TIMEOUT_S, Program, Server, junctions, running

LATENCY_MS = 60_000
"""Of a slow vendor: nobody waits for so long."""
OF_VENDOR = {
    "Salesforce": ("salesforce",),
    "SAP": ("sap",),
    "Shopify": ("shopify", "shopify_outlet"),
    "Stripe": ("stripe",),
    "UPS": ("ups",),
}
"""Source keys by vendor."""
WELL = "all well"
ALL = "all vendors"
WARM_UP_S = 3.0
SETTLE_S = 4.0
"""From when vendors fail to when it counts: by then their circuits have opened."""
SOME_CUSTOMERS = """{ customers(first: 100, where: {source: "sap"}) { nodes {
  email identities { source { key } } orders(first: 1) { nodes { number } } } } }"""
KNOWN_TO = {"salesforce", "sap", "shopify"}


class Suspicious(RuntimeError):
    """A cell that must not count."""


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    fault: str
    sources: Sequence[str]
    remembers: bool = False
    """Whether an answer of the last hour will do."""


CASES: tuple[Case, ...] = (
    Case(WELL, "clear", ()),
    *(Case(f"{vendor} dead", "down", keys) for vendor, keys in OF_VENDOR.items()),
    *(Case(f"{vendor} slow", "slow", keys) for vendor, keys in OF_VENDOR.items()),
    *(
        Case(f"{ALL} {word}", fault, tuple(key for keys in OF_VENDOR.values() for key in keys))
        for word, fault in (("dead", "down"), ("slow", "slow"))
    ),
    Case(f"{WELL}, remembered", "clear", (), remembers=True),
    Case(f"{ALL} dead, remembered", "down", tuple(key for keys in OF_VENDOR.values() for key in keys), remembers=True),
)


@dataclass(frozen=True, slots=True)
class Cell:
    case: str
    pages: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    server_cpu_ms: float
    """Per page, of Junction."""
    measured: Measured

    def __str__(self) -> str:
        return (
            f"{self.case:26} {self.pages:5} pages  p50 {self.p50_ms:7.1f} ms  p99 {self.p99_ms:7.1f} ms"
            f"  max {self.max_ms:7.1f} ms  CPU {self.server_cpu_ms:5.1f} ms  {self.measured.outcomes}"
        )


class Bench:
    """On a database that is empty, or was filled by an earlier run of this benchmark."""

    def __init__(self, folder: Path, database_url: str, *, rate: float, duration_s: float) -> None:
        self._folder = folder
        self._url = database_url
        self._rate = rate
        self._duration_s = duration_s
        self._load_before = os.getloadavg()[0]
        self._postgres, _ = asyncio.run(postgres(database_url))

    def measure(self, rounds: int, names: Sequence[str] | None = None) -> Iterator[Cell]:
        """Raises Suspicious."""
        cases = [case for case in CASES if names is None or case.name in names]
        with self._vendors() as vendors, running(self._junction(), self._url, self._folder / "logs") as server:
            emails = _emails(server)
            self._warm_up(server, emails)
            for _ in range(rounds):
                for case in cases:
                    yield self._cell(case, server, vendors, emails)

    def about(self, rounds: int) -> list[str]:
        """Sentences on this run."""
        return [
            f"{machine()}; load average before {self._load_before:.1f}.",
            f"{rounds} × {self._duration_s:g} s a case at {self._rate:g} pages a second, medians.",
            "Junction, Postgres, the vendors and the load share the cores.",
            f"{packages()}.",
            f"{self._postgres}.",
        ]

    def _junction(self) -> Program:
        shipped = junctions(self._folder)[0]
        command = (*shipped.command[:-1], f"--data-dir={self._folder}")
        return Program("junction", command, environment={"WORKER": "false"})

    @contextmanager
    def _vendors(self) -> Iterator["Vendors"]:
        address = self._folder / ADDRESS
        for name in (ADDRESS, SOURCES):
            (self._folder / name).unlink(missing_ok=True)
        command = (sys.executable, "-m", "bench.customer_page.vendors", str(self._folder))
        process = Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": self._url})
        try:
            deadline = time.monotonic() + START_TIMEOUT_S
            while not address.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the vendors did not come up")
                time.sleep(0.1)
            yield Vendors(json.loads(address.read_text()))
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)

    def _warm_up(self, server: Server, emails: Sequence[str]) -> None:
        for remembers in (False, True):
            generate(Load(server.port, page_query(remembers=remembers), emails, self._rate, WARM_UP_S))

    def _cell(self, case: Case, server: Server, vendors: "Vendors", emails: Sequence[str]) -> Cell:
        query = page_query(remembers=case.remembers)
        if case.remembers:
            # All of them once, so that there is something to remember.
            generate(Load(server.port, query, emails, self._rate, len(emails) / self._rate))
        for key in case.sources:
            vendors.set_fault(key, case.fault)
        if case.sources:
            generate(Load(server.port, query, emails, self._rate, SETTLE_S))
        cpu_before_s = processes.cpu_s(server.pid)
        measured = generate(Load(server.port, query, emails, self._rate, self._duration_s))
        cpu_s = processes.cpu_s(server.pid) - cpu_before_s
        for key in case.sources:
            vendors.set_fault(key, "clear")
        _wait_until_well(server, emails)
        refuse_suspicious(case, measured)
        pages = len(measured.latencies_ms)
        cell = Cell(
            case=case.name,
            pages=pages,
            p50_ms=measured.percentile_ms(50),
            p99_ms=measured.percentile_ms(99),
            max_ms=measured.latencies_ms[-1],
            server_cpu_ms=cpu_s / pages * 1000,
            measured=measured,
        )
        print(cell, flush=True)
        return cell


@dataclass(frozen=True, slots=True)
class Vendors:
    url: str

    def set_fault(self, source: str, fault: str) -> None:
        order = {"source": source, "fault": fault} | ({"latency_ms": LATENCY_MS} if fault == "slow" else {})
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        connection.request("POST", "/_control/faults", json.dumps(order), headers)
        status = connection.getresponse().status
        connection.close()
        if status != 200:
            raise RuntimeError(f"{source} cannot be made {fault}: {status}")


def page_query(*, remembers: bool) -> str:
    """The demo's first query, live throughout, or content with what was remembered in the last hour."""
    text = next(path for path in EXAMPLES if path.stem == "customer_360").read_text()
    live = re.sub(r"\(maxAge: \"\w+\"\)", "", text)
    if not remembers:
        return live
    hour = 'maxAge: "PT1H"'
    for field in ("cases", "interactions"):
        live = re.sub(rf"\b{field}\(", f"{field}({hour}, ", live)
    return re.sub(r"\b(erpAccounts|erpDocuments|storefrontProfiles|tracking) \{", rf"\1({hour}) {{", live)


def refuse_suspicious(case: Case, measured: Measured) -> None:
    """Raises Suspicious: the store's part must be whole, and nothing but what is failing may be missing."""
    for outcome, count in measured.outcomes.items():
        missing = set(outcome.removeprefix("without ").split(" and ")) if outcome != "whole" else set()
        if outcome == "broken" or not missing <= set(case.sources):
            raise Suspicious(f"{case.name}: {count} pages {outcome}")
        if case.remembers and missing:
            raise Suspicious(f"{case.name}: {count} pages {outcome}, though all was remembered")


def _emails(server: Server) -> list[str]:
    nodes = server.post({"query": SOME_CUSTOMERS})["customers"]["nodes"]
    known = [node for node in nodes if {each["source"]["key"] for each in node["identities"]} >= KNOWN_TO]
    return [node["email"] for node in known if node["orders"]["nodes"]]


def _wait_until_well(server: Server, emails: Sequence[str]) -> None:
    """Until all circuits have closed again. Raises Suspicious."""
    bodies = [
        json.dumps({"query": page_query(remembers=False), "variables": {"email": email}}).encode() for email in emails
    ]
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        answers = [json.loads(server.send(body)[1]) for body in bodies]
        if {state for answer in answers for _, state in states_told(answer)} == {"FRESH"}:
            return
        time.sleep(0.5)
    raise Suspicious("the vendors do not become well again")
