"""A UPS account on the wire: tokens, rates, labels, voids, label recovery and tracking; and a control for its parcels.

Errors have UPS's own codes; their sources stand with the client (app/connectors/ups/labels.py).
"""

import asyncio
import secrets
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from app.sandbox.data import CLIENT_ID, CLIENT_SECRET, UPS_WEBHOOK_CREDENTIAL, UpsNetwork
from app.sandbox.faults import Sleep, throttled_headers
from app.sandbox.tokens import AccessTokens, form_of
from app.sandbox.ups import answers, rates
from app.sandbox.ups.network import Network, NotVoidable, Package, Step
from app.sandbox.ups.requests import (
    RateWrapper,
    RecoveryRequest,
    RecoveryWrapper,
    Refusal,
    Shipment,
    ShipWrapper,
    body_of,
    refusal_body,
)
from app.sandbox.webhook_sender import WebhookSender

VERSION = "v2409"
TOKEN_LIFETIME_S = 14_399
SUBSCRIPTIONS_MAX = 100
BASIC = "Basic " + b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


class _Move(msgspec.Struct, forbid_unknown_fields=True):
    step: Step
    at: datetime | None = None
    """By default now. A time that lies back makes the report come late."""


class SubscriptionRequest(msgspec.Struct, rename="camel"):
    locale: str
    tracking_number_list: list[str]


def _shown(_event: Mapping[str, Any], _body: bytes) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {UPS_WEBHOOK_CREDENTIAL}", "User-Agent": "UPSPubSubTrackingService"}


class UpsApp:
    def __init__(
        self,
        data: UpsNetwork,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.tokens = AccessTokens(prefix="ups", lifetime_s=TOKEN_LIFETIME_S, monotonic=monotonic)
        self.webhooks = WebhookSender(_shown, sleep=sleep)
        self.network = Network(data, tell=self.webhooks.happened)
        shipments = f"/api/shipments/{VERSION}"
        self.asgi = Starlette(
            routes=[
                Route("/security/v1/oauth/token", self._token, methods=["POST"]),
                Route(f"/api/rating/{VERSION}/Shop", self._guarded(self._rate), methods=["POST"]),
                Route(f"/api/rating/{VERSION}/Shoptimeintransit", self._guarded(self._rate_and_time), methods=["POST"]),
                Route(f"{shipments}/ship", self._guarded(self._ship), methods=["POST"]),
                Route(f"{shipments}/void/cancel/{{number}}", self._guarded(self._void), methods=["DELETE"]),
                Route("/api/labels/v1/recovery", self._guarded(self._recover), methods=["POST"]),
                Route("/api/track/v1/details/{number}", self._guarded(self._track)),
                Route("/api/track/v2/subscription/standard/package", self._guarded(self._subscribe), methods=["POST"]),
            ]
        )
        self.control = Starlette(
            routes=[Route("/parcels/{number}", self._move, methods=["POST"]), Mount("/", self.webhooks.control)]
        )
        """POST /parcels/{tracking number} {"step", "at"} moves a parcel along; /webhooks as of every sender."""

    async def _token(self, request: Request) -> JSONResponse:
        form = await form_of(request)
        is_client = secrets.compare_digest(request.headers.get("Authorization", "").encode(), BASIC.encode())
        if form.get("grant_type") != "client_credentials" or not is_client:
            return JSONResponse(refusal_body("10401", "Invalid Client"), status_code=401)
        return JSONResponse(
            {
                "token_type": "Bearer",
                "issued_at": str(int(time.time() * 1000)),
                "client_id": CLIENT_ID,
                "access_token": self.tokens.issue(),
                "expires_in": str(TOKEN_LIFETIME_S),
                "status": "approved",
            }
        )

    def throttled(self, retry_after_s: int | None) -> JSONResponse:
        """The specification declares 429 without saying more: the body is that of every refusal."""
        return JSONResponse(
            refusal_body("429", "Too many requests."), status_code=429, headers=throttled_headers(retry_after_s)
        )

    def _guarded(
        self, answer: Callable[[Request], Awaitable[dict[str, Any]]]
    ) -> Callable[[Request], Awaitable[JSONResponse]]:
        async def guarded(request: Request) -> JSONResponse:
            try:
                scheme, _, token = request.headers.get("Authorization", "").partition(" ")
                if scheme != "Bearer" or not self.tokens.accepts(token):
                    raise Refusal("250002", "Invalid Authentication Information.", status=401)
                return JSONResponse(await answer(request))
            except Refusal as refusal:
                body = {**refusal_body(refusal.code, refusal.message), **refusal.beside}
                return JSONResponse(body, status_code=refusal.status)

        return guarded

    async def _rate(self, request: Request) -> dict[str, Any]:
        return self._rated((await body_of(request, RateWrapper)).rate_request.shipment, has_times=False)

    async def _rate_and_time(self, request: Request) -> dict[str, Any]:
        shipment = (await body_of(request, RateWrapper)).rate_request.shipment
        if not shipment.is_domestic and shipment.invoice_line_total is None:
            # https://github.com/UPS-API/api-documentation/issues/64, read 2026-11
            raise Refusal("111549", "Invalid Shipment Contents Value.")
        return self._rated(shipment, has_times=True)

    def _rated(self, shipment: Shipment, *, has_times: bool) -> dict[str, Any]:
        self._check(shipment)
        rated = [
            answers.rated(shipment, code, service, has_times=has_times) for code, service in shipment.services.items()
        ]
        return {"RateResponse": {"Response": answers.SUCCESS, "RatedShipment": rated}}

    async def _ship(self, request: Request) -> dict[str, Any]:
        asked = (await body_of(request, ShipWrapper)).shipment_request
        shipment = asked.shipment
        self._check(shipment)
        code = shipment.service.code if shipment.service else ""
        service = shipment.services.get(code)
        if service is None:
            raise Refusal("120124", "The requested service is unavailable between the selected locations.")
        shipment.require_worth()
        context = asked.request.transaction_reference
        package = Package(
            tracking_number=self.network.unused_number(code),
            service_code=code,
            reference=shipment.reference(),
            origin=msgspec.to_builtins(shipment.ship_from.address),
            destination=msgspec.to_builtins(shipment.ship_to.address),
            scheduled_delivery=answers.arrival(shipment, service, datetime.now(UTC).date()),
        )
        self.network.take(package, key=context.customer_context)
        response = answers.SUCCESS | {"TransactionReference": msgspec.to_builtins(context)}
        results = answers.shipped(shipment, service, package)
        return {"ShipmentResponse": {"Response": response, "ShipmentResults": results}}

    async def _void(self, request: Request) -> dict[str, Any]:
        try:
            self.network.void(request.path_params["number"])
        except NotVoidable as exc:
            raise Refusal(*exc.args) from exc
        summary = {"Status": {"Code": "1", "Description": "Voided"}}
        return {"VoidShipmentResponse": {"Response": answers.SUCCESS, "SummaryResult": summary}}

    async def _recover(self, request: Request) -> dict[str, Any]:
        found = self._found((await body_of(request, RecoveryWrapper)).label_recovery_request)
        if not found:
            raise Refusal("300007", "The shipment for the requested tracking number or reference could not be found.")
        living = [package for package in found if not package.is_voided]
        if not living:
            raise Refusal("300033", "The shipment for which you are trying to recover a label has been voided.")
        return {"LabelRecoveryResponse": answers.recovered(living)}

    def _found(self, asked: RecoveryRequest) -> list[Package]:
        if asked.tracking_number:
            package = self.network.find(asked.tracking_number)
            return [package] if package else []
        if asked.reference_values is None:
            raise Refusal("300005", "Either tracking number or combination of reference plus shipper number required")
        if asked.reference_values.shipper_number != self.network.account_number:
            raise Refusal("300031", "Invalid Shipper Number")
        return self.network.by_reference(asked.reference_values.reference_number.value)

    async def _track(self, request: Request) -> dict[str, Any]:
        number = request.path_params["number"]
        if not request.headers.get("transId") or not request.headers.get("transactionSrc"):
            raise Refusal("TV0001", "Missing transId or transactionSrc")
        if not number.startswith("1Z"):
            raise Refusal("TV1002", "Invalid inquiry number", status=404)
        package = self.network.find(number)
        told = (
            {"package": [answers.tracked(package)]}
            if package
            else {"warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}
        )
        return {"trackResponse": {"shipment": [{"inquiryNumber": number} | told]}}

    async def _subscribe(self, request: Request) -> dict[str, Any]:
        asked = await body_of(request, SubscriptionRequest)
        if len(asked.tracking_number_list) > SUBSCRIPTIONS_MAX:
            message = "You have submitted over 100 tracking numbers which is not allowed."
            raise Refusal("VSS220", message, beside={"invalidTrackingNumbers": asked.tracking_number_list})
        known = [number for number in asked.tracking_number_list if self.network.subscribe(number)]
        unknown = [number for number in asked.tracking_number_list if number not in known]
        if not known:
            message = "The Subscription request should have at least one valid tracking number."
            raise Refusal("VSS210", message, beside={"invalidTrackingNumbers": unknown})
        return {"validTrackingNumbers": known} | ({"invalidTrackingNumbers": unknown} if unknown else {})

    async def _move(self, request: Request) -> JSONResponse:
        package = self.network.find(request.path_params["number"])
        if package is None:
            return JSONResponse({"error": "no parcel has this tracking number"}, status_code=404)
        try:
            order = msgspec.json.decode(await request.body(), type=_Move)
        except msgspec.DecodeError as exc:
            return JSONResponse({"error": str(exc)}, status_code=400)
        return JSONResponse(self.network.move(package, order.step, order.at or datetime.now(UTC)))

    def _check(self, shipment: Shipment) -> None:
        """Raises Refusal."""
        if shipment.shipper.shipper_number != self.network.account_number:
            raise Refusal("120100", "Missing or invalid shipper number")
        if not shipment.ship_to.address.is_plausible:
            raise Refusal("120802", "Address Validation Error on ShipTo address")
        if shipment.billed_lb > rates.WEIGHT_LB_MAX:
            limit = f"{rates.WEIGHT_LB_MAX} pounds"
            raise Refusal("111035", f"The maximum per package weight for the selected service is {limit}.")
