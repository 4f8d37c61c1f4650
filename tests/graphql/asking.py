"""A whole request through HTTP, and what answering it took: SQL statements, and requests to each source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from app.connectors.freshness import LiveReads
from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.fixtures_demo import client_of
from tests.serving import NO_TLS


@dataclass(frozen=True)
class Answer:
    status: int
    data: Any
    errors: list[dict[str, Any]]
    statements: list[str]
    requests: Mapping[str, int]
    """By source key; sources that were not asked are absent."""

    @property
    def of_the_store(self) -> list[str]:
        """The statements, but for those of the cache of what sources said."""
        return [text for text in self.statements if "source_readings" not in text]

    @property
    def look_ups(self) -> int:
        """How often the cache was asked for what is remembered."""
        return sum("source_readings" in text and text.lstrip().startswith("SELECT") for text in self.statements)

    @property
    def codes(self) -> list[tuple[str, list[Any] | None]]:
        """Code and path of each error."""
        return [(error["extensions"]["code"], error.get("path")) for error in self.errors]


async def ask(demo: Demo, query: str, **variables: Any) -> Answer:
    return await ask_by("", demo, query, **variables)


async def ask_by(engine: str, demo: Demo, query: str, **variables: Any) -> Answer:
    """By the engine that is named: plan or interpreter."""
    body, headers = {"query": query, "variables": variables}, {"Junction-Engine": engine}
    async with client_of(demo) as client:
        before = await request_counts(demo)
        with recorded_statements() as statements:
            response = await client.post("/graphql", json=body, headers=headers)
        after = await request_counts(demo)
    answer = response.json()
    requests = {key: count - before[key] for key, count in after.items() if count != before[key]}
    return Answer(response.status_code, answer.get("data"), answer.get("errors", []), statements, requests)


async def data_of(demo: Demo, query: str, **variables: Any) -> Any:
    """The data of a query that must succeed."""
    answer = await ask(demo, query, **variables)
    assert answer.errors == []
    return answer.data


async def kept(demo: Demo) -> None:
    """Returns once the cache holds what has been read so far, which is written behind the answers."""
    reads = demo.application.work.memory
    assert isinstance(reads, LiveReads)
    await reads.flushed()


async def request_counts(demo: Demo) -> dict[str, int]:
    async with _control(demo) as control:
        sources = (await control.get("/_control")).json()["sources"]
    return {key: source["request_count"] for key, source in sources.items()}


async def set_fault(demo: Demo, source: str, fault: str, latency_ms: int = 0, times: int | None = None) -> None:
    order = {"source": source, "fault": fault, "latency_ms": latency_ms, "times": times}
    async with _control(demo) as control:
        response = await control.post("/_control/faults", json=order)
    assert response.status_code == 200, response.text


def _control(demo: Demo) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {demo.sandbox_token}"}
    return httpx2.AsyncClient(base_url=demo.sandbox_url, headers=headers, trust_env=False, verify=NO_TLS)
