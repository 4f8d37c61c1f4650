"""A connector and the sandboxed org in one process, where the org says what time it is, as a server does."""

from collections.abc import Mapping
from datetime import UTC, datetime

import httpx2
import msgspec

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Limit, load_manifests
from app.connectors.salesforce.client import SalesforceConnector
from app.connectors.transport import SourceTransport
from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.wire import DAILY_REQUESTS_MAX, SalesforceApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import make_config


class SalesforceInProcess(httpx2.AsyncBaseTransport):
    def __init__(
        self,
        org: SalesforceOrg,
        settings: Mapping[str, str] | None = None,
        *,
        now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC),
        limits: Mapping[str, int] | None = None,
        daily_requests_max: int = DAILY_REQUESTS_MAX,
    ) -> None:
        self.now = now
        self.clock = FakeClock()
        self.paths: list[str] = []
        """The last part of each request's."""
        self.lost = 0
        """Answers that are still to be lost on their way."""
        app = SalesforceApp(
            org,
            monotonic=self.clock.monotonic,
            now=lambda: self.now.timestamp(),
            daily_requests_max=daily_requests_max,
        )
        self.records = app.records
        self._sandbox = httpx2.ASGITransport(app.asgi)
        config = make_config("salesforce", "http://salesforce.test", **(settings or {}))
        transport = SourceTransport("salesforce", config.base_url, http=self, clock=self.clock.as_clock())
        manifest = load_manifests()["salesforce"]
        changed = {name: Limit(value, "of the test") for name, value in (limits or {}).items()}
        manifest = msgspec.structs.replace(manifest, limits=manifest.limits | changed)
        info = SourceInfo("salesforce", "Salesforce", manifest.kind, enabled=True, capabilities=manifest.capabilities)
        self.connector = SalesforceConnector(info, config, manifest, transport)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path.rpartition("/")[2])
        response = await self._sandbox.handle_async_request(request)
        response.headers["Date"] = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        if self.lost and self.paths[-1] != "token":
            self.lost -= 1
            raise httpx2.ReadError("lost")
        return response

    @property
    def deadline(self) -> float:
        return self.clock.monotonic() + 60
