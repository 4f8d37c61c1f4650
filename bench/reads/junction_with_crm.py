"""`junction serve` with a CRM that answers from this process after a simulated latency.

Deadline, circuit breaker and freshness are Junction's own; only the HTTP in between is left out.

    python -m bench.reads.junction_with_crm DATA_DIR
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from app.cli import main
from app.connectors.breaker import CircuitBreaker
from app.connectors.contract import Page, SourceInfo, Window
from app.connectors.manifest import Manifest
from app.connectors.ports.crm import CaseRecord
from app.connectors.registry import VENDORS
from app.connectors.salesforce.client import SalesforceConnector
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

LATENCY_S = 0.001
NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCES = """\
[sources.salesforce]
vendor = "salesforce"
name = "Salesforce"
base_url = "http://127.0.0.1:9"
settings = { client_id = "nobody", client_secret = "asks" }
"""


class Crm(SalesforceConnector):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self._within = transport.within
        self._breaker = CircuitBreaker(info.key, monotonic=time.monotonic)

    async def cases(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        async with self._within(deadline):
            with await self._breaker.admit(waiting_since_s=time.monotonic(), deadline=deadline):
                await asyncio.sleep(LATENCY_S)
        return {each: Page(tuple(_case(each, n) for n in range(window.first)), has_next=False) for each in external_ids}


def _case(external_id: str, n: int) -> CaseRecord:
    return CaseRecord(
        external_id=f"{external_id}-{n}",
        number=f"{external_id}-{n}",
        subject=f"Matter {n} of {external_id}",
        status="New",
        priority=None,
        channel=None,
        opened_at=NEWEST - timedelta(hours=n),
        closed_at=None,
        url=None,
    )


if __name__ == "__main__":
    data_dir = Path(sys.argv[1])
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "sources.toml").write_text(SOURCES)
    with patch.dict(VENDORS, {"salesforce": Crm}):
        main(["serve", f"--data-dir={data_dir}"])
