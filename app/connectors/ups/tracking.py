"""Tracks by tracking number, and asks UPS to tell of parcels by itself: a track alert, for 14 days each."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from app.connectors.batching import in_chunks
from app.connectors.contract import SourceInfo, SourceRefused
from app.connectors.manifest import Manifest
from app.connectors.ports.carrier import TrackingRecord
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport
from app.connectors.ups.activities import Tracked, tracking_record
from app.connectors.ups.api import Api

TRACKING_NUMBER = re.compile(r"[0-9A-Za-z]{7,34}")
ALERTED = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}(?:[0-9A-Z]{12})?")
"""What a track alert can be about: UPSTrackAlert.yaml, TrackingNumber."""
NO_NUMBER_IS_VALID = "VSS210"


class Subscribed(msgspec.Struct, rename="camel"):
    valid_tracking_numbers: list[str] = []


class Tracking(Api):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self.alerts_last = timedelta(days=manifest.limit("alert_lifetime_days"))
        self._alerts_per_request_max = manifest.limit("alerts_per_request")
        self._can_alert = bool(config.settings.get("webhook_credential"))

    async def track(self, tracking_numbers: Sequence[str], *, deadline: float) -> Mapping[str, TrackingRecord | None]:
        async def ask(one: Sequence[str]) -> dict[str, TrackingRecord | None]:
            return {number: await self._track(number, deadline) for number in one}

        # One of another shape would be another address, or a refusal.
        askable = [number for number in dict.fromkeys(tracking_numbers) if TRACKING_NUMBER.fullmatch(number)]
        return dict.fromkeys(tracking_numbers, None) | await in_chunks(askable, 1, ask)

    async def _track(self, tracking_number: str, deadline: float) -> TrackingRecord | None:
        path = f"/api/track/v1/details/{tracking_number}"
        request = self._request("track", "GET", path, params={"locale": "en_US"}, repeatable=True)
        try:
            return await self._send(
                request, Tracked, lambda tracked: tracking_record(tracked, tracking_number), deadline
            )
        except SourceRefused as refusal:
            # All else that is asked is always the same, so what is invalid is this number: Tracking.yaml has 400 for an
            # invalid request, 404 for a number without information.
            if refusal.status in (400, 404):
                return None
            raise

    async def alert(self, tracking_numbers: Sequence[str], *, deadline: float) -> frozenset[str]:
        if not self._can_alert:
            return frozenset()

        async def ask(numbers: Sequence[str]) -> dict[str, None]:
            return dict.fromkeys(await self._subscribe(numbers, deadline))

        askable = [number for number in dict.fromkeys(tracking_numbers) if ALERTED.fullmatch(number)]
        return frozenset(await in_chunks(askable, self._alerts_per_request_max, ask))

    async def _subscribe(self, numbers: Sequence[str], deadline: float) -> Sequence[str]:
        body = {"locale": "en_US", "trackingNumberList": list(numbers)}
        # A number that is subscribed to already is subscribed to anew.
        request = self._request(
            "subscribe", "POST", "/api/track/v2/subscription/standard/package", json=body, repeatable=True
        )
        try:
            return await self._send(request, Subscribed, lambda said: said.valid_tracking_numbers, deadline)
        except SourceRefused as refusal:
            if refusal.code == NO_NUMBER_IS_VALID:
                return ()
            raise
