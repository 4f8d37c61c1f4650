"""What we send validates against UPS's published specification, and so does what the sandbox answers."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from app.connectors.contract import SourceRefused
from app.connectors.ports.carrier import Carrier, Dimensions, Parcel, TrackingAlerts
from app.connectors.registry import Registry
from app.sandbox.data import UpsNetwork
from app.sandbox.ups.network import Network, Step
from app.sandbox.ups.wire import UpsApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.test_ups import ADA, GRETA, KEY, PARCEL, RENO
from tests.connectors.vendor_rows import make_config, tracking_number
from tests.specifications import ups as specification
from tests.specifications.recorder import exchange_of

pytestmark = pytest.mark.skipif(
    not specification.FOLDER.is_dir(), reason="needs ../shared/specs/ups, which is not here"
)


class Recording(httpx2.AsyncBaseTransport):
    def __init__(self, app: UpsApp) -> None:
        self._sandbox = httpx2.ASGITransport(app.asgi)
        self.exchanges: list[tuple[httpx2.Request, httpx2.Response]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        response = await self._sandbox.handle_async_request(request)
        await response.aread()
        self.exchanges.append((request, response))
        return httpx2.Response(response.status_code, headers=response.headers, content=response.content)


@pytest.fixture(scope="module")
async def exchanges(anyio_backend: str) -> AsyncIterator[list[tuple[httpx2.Request, httpx2.Response]]]:
    """One of everything that the connector sends, and of what it is answered."""
    clock, sandbox = FakeClock(), UpsApp(UpsNetwork())
    recording = Recording(sandbox)
    registry = Registry(
        [make_config("ups", "http://ups.test", webhook_credential="secret")], http=recording, clock=clock.as_clock()
    )
    ups = registry.carrier("ups")
    assert ups is not None
    await exercise(ups, sandbox, deadline=clock.monotonic() + 60)
    yield recording.exchanges
    await registry.close()


async def exercise(ups: Carrier, sandbox: UpsApp, *, deadline: float) -> None:
    sized = replace(PARCEL, dimensions=Dimensions(length_mm=400, width_mm=300, height_mm=200))
    abroad = replace(PARCEL, ship_to=GRETA)
    for parcel in (PARCEL, sized, abroad):
        await ups.rate(parcel, deadline=deadline)
    label = await ups.buy_label(KEY, sized, "03", deadline=deadline)
    await ups.buy_label("abroad", abroad, "11", deadline=deadline)
    await ups.buy_label("return", Parcel(ship_from=ADA, ship_to=RENO, is_return=True), "03", deadline=deadline)
    await ups.buy_label(KEY, PARCEL, "03", deadline=deadline)
    assert await ups.find_label(KEY, deadline=deadline)
    assert await ups.find_label("unknown", deadline=deadline) is None
    await ups.void_label(KEY, label.carrier_reference, deadline=deadline)
    await ups.void_label(KEY, label.carrier_reference, deadline=deadline)
    other = await ups.find_label(KEY, deadline=deadline)
    assert other
    package = sandbox.network.find(other.tracking_number)
    assert package
    for step in Step:
        await ups.track([other.tracking_number], deadline=deadline)
        sandbox.network.move(package, step, datetime.now(UTC))
    await ups.track([other.tracking_number, tracking_number(9), "9400111"], deadline=deadline)
    assert isinstance(ups, TrackingAlerts)
    assert await ups.alert([other.tracking_number, tracking_number(9)], deadline=deadline)
    assert not await ups.alert([tracking_number(9)], deadline=deadline)
    sandbox.tokens.expire_all()
    await ups.track([other.tracking_number], deadline=deadline)
    with pytest.raises(SourceRefused):
        await ups.rate(replace(PARCEL, weight_g=90_000), deadline=deadline)


async def test_requests_and_answers_are_as_the_specification_says(
    exchanges: list[tuple[httpx2.Request, httpx2.Response]],
) -> None:
    found = {each for exchanged in exchanges for each in specification.violations(exchange_of(*exchanged))}
    unknown = {each: each.reason for each in found - specification.DEFECTS}
    assert unknown == {}
    assert specification.DEFECTS - found == set(), "no longer met: take it off the list"


async def test_every_operation_was_tried(exchanges: list[tuple[httpx2.Request, httpx2.Response]]) -> None:
    tried = {
        operation.name
        for request, _ in exchanges
        for operation in specification.operations()
        if operation.method == request.method and operation.path.fullmatch(request.url.path)
    }
    assert tried == {
        "POST /security/v1/oauth/token",
        "POST /rating/{version}/{requestoption}",
        "POST /shipments/{version}/ship",
        "DELETE /shipments/{version}/void/cancel/{shipmentidentificationnumber}",
        "POST /labels/{version}/recovery",
        "GET /track/v1/details/{inquiryNumber}",
        "POST /subscription/{type}/package",
    }


def test_alerts_of_the_sandbox_could_be_ups() -> None:
    told: list[Mapping[str, Any]] = []
    network = Network(
        UpsNetwork(parcels=[{"trackingNumber": tracking_number(1), "service": "03", "activities": []}]),
        tell=told.append,
    )
    package = network.find(tracking_number(1))
    assert package is not None
    assert network.subscribe(tracking_number(1))
    for step in Step:
        network.move(package, step, datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert len(told) == len(Step)
    found = {each for alert in told for each in specification.alert_violations(alert)}
    assert found == specification.ALERT_DEFECTS


async def test_a_wrong_name_is_found(exchanges: list[tuple[httpx2.Request, httpx2.Response]]) -> None:
    request, response = next(each for each in exchanges if each[0].url.path.endswith("/ship"))
    wrong = request.content.replace(b'"ShipTo"', b'"ShipTwo"')
    sent = httpx2.Request("POST", request.url, headers=request.headers, content=wrong)
    found = set(specification.violations(exchange_of(sent, response))) - specification.DEFECTS
    assert {(each.where, each.keyword) for each in found} == {
        ("$.ShipmentRequest.Shipment", "additionalProperties"),
        ("$.ShipmentRequest.Shipment", "required"),
    }
