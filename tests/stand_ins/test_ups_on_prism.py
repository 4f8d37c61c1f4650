"""Prism serves UPS's own files: whatever it finds wrong with a request of ours, UPS would."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.connectors.contract import SourceFailure
from app.connectors.ports.carrier import Carrier, Dimensions, TrackingAlerts
from app.connectors.registry import Registry
from scripts.node import Node
from tests.connectors.test_ups import ADA, GRETA, KEY, PARCEL, RENO
from tests.connectors.vendor_rows import make_config, tracking_number
from tests.specifications import ups
from tests.stand_ins.program import free_port, running

pytestmark = pytest.mark.skipif(not ups.FOLDER.is_dir(), reason="needs ../shared/specs/ups, which is not here")
PRISM = Path(__file__).parent / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
SERVED = {
    "/security/": "OAuthClientCredentials",
    "/api/rating/": "Rating",
    "/api/shipments/": "Shipping",
    "/api/labels/": "Shipping",
    "/api/track/v2/subscription/": "UPSTrackAlert",
    "/api/track/v1/": "Tracking",
}
EXCUSED = {
    ("request.path.requestoption", "maxLength"),
    ("request.path", "required"),
    ("request.body.LabelRecoveryRequest", "required"),
    ("request.body.LabelRecoveryRequest.LabelSpecification.LabelImageFormat.Code", "minLength"),
}
"""What UPS's files have wrong themselves: `tests/specifications/ups.py` has the reasons. What is missing in
the path is the version of UPSTrackAlert.yaml, which stands in its servers' addresses."""


@dataclass
class OnPrism(httpx2.AsyncBaseTransport):
    """Sends each request to the file that describes it, and keeps what Prism says is wrong with it."""

    addresses: dict[str, str]
    found: list[tuple[str, str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    http: httpx2.AsyncHTTPTransport = field(default_factory=httpx2.AsyncHTTPTransport)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        document = next(name for prefix, name in SERVED.items() if path.startswith(prefix))
        await request.aread()
        there = httpx2.URL(
            self.addresses[document] + path.removeprefix(ups.DOCUMENTS[document]), params=request.url.params
        )
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        asked = httpx2.Request(request.method, there, headers=headers, content=request.content)
        response = await self.http.handle_async_request(asked)
        self.paths.append(path)
        self.found += [(path, ".".join(each["location"]), each["code"]) for each in _of_requests(response)]
        return response

    async def aclose(self) -> None:
        await self.http.aclose()


def _of_requests(response: httpx2.Response) -> list[dict[str, Any]]:
    violations = json.loads(response.headers.get("sl-violations", "[]"))
    return [each for each in violations if each["location"][0] == "request"]


@pytest.fixture(scope="module")
def addresses(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    logs = tmp_path_factory.mktemp("prism")
    with ExitStack() as stack:
        yield {name: stack.enter_context(_prism(node, name, logs)) for name in dict.fromkeys(SERVED.values())}


def _prism(node: Node, name: str, logs: Path) -> Any:
    port = free_port()
    command = [node.program, str(PRISM), "mock", "--port", str(port), str(ups.FOLDER / f"{name}.yaml")]
    return running(command, port, logs / name)


async def ask_everything(carrier: Carrier, deadline: float) -> None:
    """What Prism answers is made up, and often not what its own file describes: how we read it is no concern here."""
    sized = replace(PARCEL, dimensions=Dimensions(length_mm=400, width_mm=300, height_mm=200))
    back = replace(PARCEL, ship_from=ADA, ship_to=RENO, is_return=True)
    for parcel in (PARCEL, sized, replace(PARCEL, ship_to=GRETA)):
        with suppress(SourceFailure):
            await carrier.rate(parcel, deadline=deadline)
    for parcel in (sized, back):
        with suppress(SourceFailure):
            await carrier.buy_label(KEY, parcel, "03", deadline=deadline)
    with suppress(SourceFailure):
        await carrier.find_label(KEY, deadline=deadline)
    with suppress(SourceFailure):
        await carrier.void_label(KEY, tracking_number(1), deadline=deadline)
    with suppress(SourceFailure):
        await carrier.track([tracking_number(1)], deadline=deadline)
    assert isinstance(carrier, TrackingAlerts)
    with suppress(SourceFailure):
        await carrier.alert([tracking_number(1)], deadline=deadline)


async def test_prism_finds_nothing_wrong_with_what_we_send(addresses: dict[str, str]) -> None:
    prism = OnPrism(addresses)
    registry = Registry([make_config("ups", "http://ups.test", webhook_credential="secret")], http=prism)
    carrier = registry.carrier("ups")
    assert carrier is not None
    await ask_everything(carrier, deadline=float("inf"))
    await registry.close()
    tried = {next(prefix for prefix in SERVED if path.startswith(prefix)) for path in prism.paths}
    assert tried == SERVED.keys()
    assert {each[1:] for each in prism.found} == EXCUSED
