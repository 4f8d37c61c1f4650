"""Rates parcels, buys, finds and voids labels, and tracks by tracking number."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from app.connectors.batching import in_chunks
from app.connectors.contract import SourceGarbled, SourceInfo, SourceRefused, SourceUnavailable
from app.connectors.manifest import Manifest
from app.connectors.ports.carrier import Label, Parcel, RatedService, TrackingRecord, Voided
from app.connectors.source_config import InvalidSourceConfig, SourceConfig
from app.connectors.transport import Answer, Request, SourceTransport
from app.connectors.ups import bodies
from app.connectors.ups.auth import authorizer
from app.connectors.ups.mapping import (
    ErrorAnswer,
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
from app.connectors.ups.tracking import Tracked, tracking_record

S = TypeVar("S")
T = TypeVar("T")

RECOVERY_VERSION = "v1"
TRACKING_NUMBER = re.compile(r"[0-9A-Za-z]{7,34}")

# Shipping Package XML Developers Guide, appendix "Label Recovery" and "Void" error codes; the REST API answers with the
# same: https://docslib.org/doc/57088/shipping-package-xml-developers-guide-july-9-2012, read 2026-11.
NOT_FOUND, VOIDED, NOT_PROCESSED = "300007", "300033", "300034"
ALREADY_VOIDED = "190117"
TOO_LATE_TO_VOID = {
    "190101": "the time for voiding it has passed",
    "190102": "the carrier knows no shipment that could still be voided",
    "190104": "labels of returns cannot be voided",
}


class UpsConnector:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self.label_lookup_delay = timedelta(seconds=manifest.limit("label_lookup_delay_s"))
        self._transport = transport
        self._authorizer = authorizer(config, transport)
        self._account = _account(config, manifest)
        self._version = manifest.api_version

    async def rate(self, parcel: Parcel, *, deadline: float) -> Sequence[RatedService]:
        body = self._written(lambda: bodies.rating(self._account, parcel, pickup=datetime.now(UTC).date()))
        path = f"/api/rating/{self._version}/{bodies.RATES_AND_TIMES}"
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
            if refusal.status == 404:
                return None
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

    def _request(
        self,
        name: str,
        method: str,
        path: str,
        *,
        json: bodies.Json | None = None,
        params: Mapping[str, str] | None = None,
        transaction_id: str | None = None,
        repeatable: bool = False,
    ) -> Request:
        # Required for tracking, and elsewhere what UPS's support asks for.
        headers = {"transId": transaction_id or uuid4().hex, "transactionSrc": "junction"}
        return Request(
            method,
            path,
            params=params,
            json=json,
            headers=headers,
            repeatable=repeatable,
            error_code=_error_code,
            name=name,
        )

    async def _send(self, request: Request, shape: type[S], value: Callable[[S], T], deadline: float) -> T:
        return await self._transport.send(
            request,
            lambda answer: self._mapped(value, answer.decode(shape)),
            deadline=deadline,
            authorizer=self._authorizer,
        )

    def _mapped(self, value: Callable[[S], T], answered: S) -> T:
        try:
            return value(answered)
        except ValueError as exc:
            raise SourceGarbled(self.info.key, f"{self.info.key} sent an answer that makes no sense") from exc

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


def _error_code(answer: Answer) -> str | None:
    try:
        errors = answer.decode(ErrorAnswer).response.errors
    except SourceGarbled:
        return None
    return errors[0].code if errors else None
