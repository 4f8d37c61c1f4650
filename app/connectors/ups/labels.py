"""Rates parcels; buys, finds and voids labels."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from app.connectors.contract import SourceInfo, SourceRefused, SourceUnavailable
from app.connectors.manifest import Manifest
from app.connectors.ports.carrier import Label, Parcel, RatedService, Voided
from app.connectors.source_config import InvalidSourceConfig, SourceConfig
from app.connectors.transport import SourceTransport
from app.connectors.ups import bodies
from app.connectors.ups.api import Api
from app.connectors.ups.mapping import (
    Rates,
    Recovered,
    Shipped,
    VoidAnswer,
    bought_label,
    found_label,
    many,
    rated_services,
)
from app.connectors.ups.services import code_of
from app.connectors.ups.tracking import TRACKING_NUMBER

RECOVERY_VERSION = "v1"

# Shipping Package XML Developers Guide, appendix "Label Recovery" and "Void" error codes; the REST API answers with the
# same: https://docslib.org/doc/57088/shipping-package-xml-developers-guide-july-9-2012, read 2026-11.
NOT_FOUND, VOIDED, NOT_PROCESSED = "300007", "300033", "300034"
ALREADY_VOIDED = "190117"
TOO_LATE_TO_VOID = {
    "190101": "the time for voiding it has passed",
    "190102": "the carrier knows no shipment that could still be voided",
    "190104": "labels of returns cannot be voided",
}


class Labels(Api):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self.label_lookup_delay = timedelta(seconds=manifest.limit("label_lookup_delay_s"))
        self._account = _account(config, manifest)
        self._version = manifest.api_version

    async def rate(self, parcel: Parcel, *, deadline: float) -> Sequence[RatedService]:
        body = self._written(lambda: bodies.rating(self._account, parcel, pickup=datetime.now(UTC).date()))
        path = f"/api/rating/{self._version}/{bodies.rate_option(parcel)}"
        request = self._request("rate", "POST", path, json=body, repeatable=True)
        return await self._send(request, Rates, rated_services, deadline)

    async def buy_label(self, key: str, parcel: Parcel, service: str, *, deadline: float) -> Label:
        code = code_of(service)
        if code is None:
            raise SourceRefused(self.info.key, f"{self.info.key} offers no service called {service}")
        body = self._written(lambda: bodies.shipping(self._account, parcel, service_code=code, key=key))
        request = self._request(
            "ship", "POST", f"/api/shipments/{self._version}/ship", json=body, transaction_id=bodies.reference_of(key)
        )
        return await self._send(request, Shipped, bought_label, deadline)

    async def find_label(self, key: str, *, deadline: float) -> Label | None:
        by_reference = bodies.recovery_by_reference(self._account, bodies.reference_of(key))
        recovered = await self._recover(by_reference, deadline)
        if recovered is None:
            return None
        candidates = {each.tracking_number for each in many(recovered.label_recovery_response.tracking_candidate)}
        for tracking_number in sorted(candidates):
            # Seldom more than one: each stands for a purchase under the same key, and a voided one is passed over.
            candidate = await self._recover(bodies.recovery_by_tracking_number(tracking_number), deadline)
            if candidate is not None:
                recovered = candidate
                break
        return self._mapped(found_label, recovered)

    async def void_label(self, key: str, carrier_reference: str, *, deadline: float) -> Voided:
        if not TRACKING_NUMBER.fullmatch(carrier_reference):
            return Voided(is_void=False, reason="the carrier never issued such a reference")
        path = f"/api/shipments/{self._version}/void/cancel/{carrier_reference}"
        request = self._request("void", "DELETE", path, transaction_id=bodies.reference_of(key), repeatable=True)
        try:
            return await self._send(request, VoidAnswer, _voided, deadline)
        except SourceRefused as refusal:
            if refusal.code == ALREADY_VOIDED:
                return Voided(is_void=True)
            if refusal.code in TOO_LATE_TO_VOID:
                return Voided(is_void=False, reason=TOO_LATE_TO_VOID[refusal.code])
            raise

    async def _recover(self, body: bodies.Json, deadline: float) -> Recovered | None:
        request = self._request(
            "recover label", "POST", f"/api/labels/{RECOVERY_VERSION}/recovery", json=body, repeatable=True
        )
        try:
            return await self._send(request, Recovered, lambda recovered: recovered, deadline)
        except SourceRefused as refusal:
            if refusal.code in (NOT_FOUND, VOIDED):
                return None
            if refusal.code == NOT_PROCESSED:
                raise SourceUnavailable(self.info.key, f"{self.info.key} is still at work on the label") from refusal
            raise

    def _written(self, body: Callable[[], bodies.Json]) -> bodies.Json:
        try:
            return body()
        except bodies.Unshippable as exc:
            raise SourceRefused(self.info.key, f"{self.info.key} cannot take the parcel: {exc}") from exc


def _account(config: SourceConfig, manifest: Manifest) -> bodies.Account:
    number = config.settings["account_number"]
    if not re.fullmatch(r"[0-9A-Za-z]{6}", number):
        raise InvalidSourceConfig(f"source {config.key}: account_number must have six letters or digits")
    weight = config.settings.get("parcel_weight_g_default", str(manifest.limit("parcel_weight_g_default")))
    if not weight.isdecimal() or int(weight) == 0:
        raise InvalidSourceConfig(f"source {config.key}: parcel_weight_g_default must be a whole number of grams")
    return bodies.Account(number.upper(), int(weight))


def _voided(answer: VoidAnswer) -> Voided:
    if answer.void_shipment_response.summary_result.status.code == "1":
        return Voided(is_void=True)
    return Voided(is_void=False, reason="the carrier did not void it")
