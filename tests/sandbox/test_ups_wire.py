"""The sandboxed UPS as a client without our connector meets it, and its control."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from app.sandbox.app import create_sandbox
from app.sandbox.data import SandboxData, UpsNetwork
from app.sandbox.ups import rates
from app.sandbox.ups.label import label_gif
from app.sandbox.ups.network import STATUSES, Step, activity

NUMBER = "1Z84A9Y70300000001"
PARCEL = {
    "trackingNumber": NUMBER,
    "service": "03",
    "scheduledDelivery": "20261105",
    "activities": [activity(STATUSES[Step.PICKED_UP], datetime(2026, 11, 2, 23, tzinfo=UTC), {"City": "Reno"})],
}
CONTROL = {"Authorization": "Bearer control"}
GRANT = {"grant_type": "client_credentials"}
MOVE = f"/_control/sources/ups/parcels/{NUMBER}"


@pytest.fixture
def sandbox() -> Starlette:
    return create_sandbox(SandboxData(ups={"ups": UpsNetwork(parcels=[PARCEL])}), control_token="control")


@pytest.fixture
async def client(sandbox: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    http = httpx2.ASGITransport(sandbox)
    async with httpx2.AsyncClient(transport=http, base_url="http://sandbox.test") as client:
        yield client


async def track(client: httpx2.AsyncClient, number: str = NUMBER, **headers: str) -> httpx2.Response:
    token = await client.post(
        "/ups/security/v1/oauth/token", data=GRANT, auth=httpx2.BasicAuth("sandbox-client", "sandbox-secret")
    )
    known = {"Authorization": f"Bearer {token.json()['access_token']}", "transId": "1", "transactionSrc": "test"}
    return await client.get(f"/ups/api/track/v1/details/{number}", headers=known | headers)


async def statuses(client: httpx2.AsyncClient) -> list[str]:
    [shipment] = (await track(client)).json()["trackResponse"]["shipment"]
    return [each["status"]["statusCode"] for each in shipment["package"][0]["activity"]]


@pytest.mark.parametrize("auth", [httpx2.Auth(), httpx2.BasicAuth("sandbox-client", "wrong")], ids=["none", "wrong"])
async def test_a_token_wants_the_credentials_by_basic(client: httpx2.AsyncClient, auth: httpx2.Auth) -> None:
    form = GRANT | {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    answer = await client.post("/ups/security/v1/oauth/token", data=form, auth=auth)
    assert answer.status_code == 401
    assert answer.json() == {"response": {"errors": [{"code": "10401", "message": "Invalid Client"}]}}


@pytest.mark.parametrize(
    ("number", "headers", "status", "code"),
    [
        (NUMBER, {"Authorization": "Bearer stale"}, 401, "250002"),
        (NUMBER, {"transId": ""}, 400, "TV0001"),
        ("940011", {}, 404, "TV1002"),
    ],
)
async def test_refusals(
    client: httpx2.AsyncClient, number: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await track(client, number, **headers)
    assert (answer.status_code, answer.json()["response"]["errors"][0]["code"]) == (status, code)


async def test_a_parcel_moves_along_as_it_is_told(client: httpx2.AsyncClient) -> None:
    assert await statuses(client) == ["038"]
    for order in ({"step": "out_for_delivery"}, {"step": "in_transit", "at": "2026-11-03T10:00:00Z"}):
        assert (await client.post(MOVE, json=order, headers=CONTROL)).status_code == 200
    assert await statuses(client) == ["021", "005", "038"]


@pytest.mark.parametrize(
    ("path", "order", "headers", "status"),
    [
        (MOVE, {"step": "delivered"}, {}, 401),
        (MOVE, {"step": "delivered"}, {"Authorization": "Bearer wrong"}, 401),
        (MOVE, {"step": "eaten"}, CONTROL, 400),
        (MOVE, {"step": "delivered", "on": "time"}, CONTROL, 400),
        (MOVE.replace("0001", "0002"), {"step": "delivered"}, CONTROL, 404),
    ],
    ids=["no token", "wrong token", "no such step", "no such name", "no such parcel"],
)
async def test_an_order_that_makes_no_sense_moves_nothing(
    client: httpx2.AsyncClient, path: str, order: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    assert (await client.post(path, json=order, headers=headers)).status_code == status
    assert await statuses(client) == ["038"]


async def test_effects_are_counted_by_the_clients_keys(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/_control/effects", headers=CONTROL)).json() == {"sources": {"ups": {}}}


def test_a_label_is_a_gif_with_every_pixel() -> None:
    gif = label_gif(NUMBER)
    assert gif[:6] == b"GIF89a"
    assert (int.from_bytes(gif[6:8], "little"), int.from_bytes(gif[8:10], "little")) == (160, 240)
    start = 13 + 3 * 128 + 10
    assert gif[start] == 7
    codes, at = b"", start + 1
    while gif[at]:
        codes += gif[at + 1 : at + 1 + gif[at]]
        at += gif[at] + 1
    assert gif[at:] == b"\0;"
    assert codes[-1] == 0x81
    pixels = [code for code in codes[:-1] if code != 0x80]
    assert len(pixels) == 160 * 240
    assert set(pixels) == {0, 1}
    assert label_gif(NUMBER) == gif != label_gif("1Z84A9Y70300000002")


@pytest.mark.parametrize(
    ("origin", "destination", "zone"),
    [("89501", "94117", 2), ("94117", "94117", 2), ("94117", "02139", 8), ("", "9", 8)],
)
def test_a_zone_is_the_distance_of_the_postal_codes(origin: str, destination: str, zone: int) -> None:
    assert rates.zone(origin, destination) == zone


@pytest.mark.parametrize(
    ("weight", "unit", "pounds"), [("2.0", "LBS", 2), ("2.1", "LBS", 3), ("1.0", "KGS", 3), ("0.1", "KGS", 1)]
)
def test_a_begun_pound_counts(weight: str, unit: str, pounds: int) -> None:
    assert rates.billed_lb(Decimal(weight), unit) == pounds


@pytest.mark.parametrize(("days", "arrival"), [(0, 6), (1, 9), (2, 10), (6, 16)])
def test_nothing_arrives_at_the_weekend(days: int, arrival: int) -> None:
    friday = date(2026, 11, 6)
    assert rates.after_business_days(friday, days) == date(2026, 11, arrival)
