"""Whether UPS lets us in, and whether it tells of parcels. It cannot describe itself: there is nothing to compare."""

from app.connectors.contract import SourceInfo, SourceRefused
from app.connectors.manifest import Manifest
from app.connectors.ports.checking import Finding
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport
from app.connectors.ups.api import Api


class Check(Api):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self._has_webhook_credential = bool(config.settings.get("webhook_credential"))

    async def check(self, *, deadline: float) -> tuple[Finding, ...]:
        return (await self._credentials(deadline), self._alerts())

    async def _credentials(self, deadline: float) -> Finding:
        try:
            await self._authorizer.headers(deadline=deadline)
        except SourceRefused:
            detail = "UPS does not accept client_id and client_secret: look at the app in the Developer Portal."
            return Finding("credentials", is_ok=False, detail=detail)
        return Finding("credentials", is_ok=True, detail="UPS gave a token.")

    def _alerts(self) -> Finding:
        if self._has_webhook_credential:
            detail = "On: parcels are subscribed to, and UPS is to show webhook_credential."
        else:
            detail = "Off, since webhook_credential is not set: parcels are asked for now and then."
        return Finding("track alerts", is_ok=True, detail=detail)
