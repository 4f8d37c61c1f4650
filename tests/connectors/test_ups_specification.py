"""What we send validates against UPS's published specification, and so does what the sandbox answers."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry as Schemas
from referencing.jsonschema import DRAFT202012

from app.connectors.contract import SourceRefused
from app.connectors.ports.carrier import Carrier, Dimensions, Parcel
from app.connectors.registry import Registry
from app.sandbox.data import UpsNetwork
from app.sandbox.ups.network import Step
from app.sandbox.ups.wire import UpsApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.test_ups import ADA, GRETA, KEY, PARCEL, RENO
from tests.connectors.vendor_rows import make_config, tracking_number

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "ups"
DOCUMENTS = ("OAuthClientCredentials", "Rating", "Shipping", "Tracking")


@dataclass(frozen=True, order=True)
class Defect:
    """A constraint of the specification that is not held against us."""

    operation: str
    where: str
    keyword: str
    reason: str = field(compare=False)


DEFECTS = {
    Defect(
        "POST /rating/{version}/{requestoption}",
        "$.RateRequest.Request",
        "additionalProperties",
        "RequestOption is required there, and stands in the examples, but is not described.",
    ),
    Defect(
        "POST /rating/{version}/{requestoption} requestoption",
        "$",
        "maxLength",
        "Ten characters at most, where two of the four values listed have seventeen.",
    ),
    Defect(
        "GET /track/v1/details/{inquiryNumber}",
        "401",
        "responses",
        "Tracking declares no answer to a token that has expired; every other API answers 401.",
    ),
    Defect(
        "POST /labels/{version}/recovery",
        "$.LabelRecoveryRequest",
        "required",
        "TrackingNumbers are those of Roadie alone, and ReferenceValues are needed only without a tracking number: "
        "their own descriptions say so.",
    ),
    Defect(
        "POST /labels/{version}/recovery",
        "$.LabelRecoveryRequest.LabelSpecification.LabelImageFormat.Code",
        "minLength",
        "Four characters at least, where every value listed has three.",
    ),
    Defect(
        "POST /labels/{version}/recovery 200",
        "$.LabelRecoveryResponse.LabelResults[].LabelImage.LabelImageFormat.Code",
        "minLength",
        "Four characters at least, where the values listed, GIF and PDF, have three.",
    ),
    Defect(
        "POST /shipments/{version}/ship 200",
        "$.ShipmentResponse.ShipmentResults.BillingWeight.Weight",
        "minLength",
        "Eight characters at least, where its own examples have three.",
    ),
}


@cache
def document(name: str) -> dict[str, Any]:
    if not SPECS.is_dir():
        pytest.skip("needs ../shared/specs/ups, which is not here")
    loaded: dict[str, Any] = yaml.load((SPECS / f"{name}.yaml").read_text(), yaml.CSafeLoader)
    _refuse_unknown_names(loaded["components"]["schemas"])
    return loaded


def _refuse_unknown_names(schema: Any) -> None:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        for each in schema.values():
            _refuse_unknown_names(each)


@dataclass(frozen=True)
class Operation:
    name: str
    document: str
    path: re.Pattern[str]
    method: str
    declared: dict[str, Any]


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(_operations())


def _operations() -> Iterator[Operation]:
    for name in DOCUMENTS:
        for path, methods in document(name)["paths"].items():
            # The same operation stands there once more for old versions.
            if "deprecatedVersion" in path:
                continue
            prefix = "" if name.startswith("OAuth") else "/api"
            pattern = re.compile(prefix + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
            for method, declared in methods.items():
                yield Operation(f"{method.upper()} {path}", name, pattern, method.upper(), declared)


def operation_of(request: httpx2.Request) -> Operation:
    [found] = [each for each in operations() if each.method == request.method and each.path.fullmatch(request.url.path)]
    return found


def problems(operation: Operation, part: str, schema: dict[str, Any], value: Any) -> Iterator[Defect]:
    contents = document(operation.document)
    schemas: Schemas[Any] = Schemas().with_resource("ups:", DRAFT202012.create_resource(contents))
    absolute = json.loads(json.dumps(schema).replace('"#/', '"ups:#/'))
    for error in Draft202012Validator(absolute, registry=schemas).iter_errors(value):
        yield Defect(f"{operation.name}{part}", _place(error), str(error.validator), error.message)


def _place(error: ValidationError) -> str:
    return re.sub(r"\[\d+\]", "[]", error.json_path)


def problems_of_request(request: httpx2.Request) -> Iterator[Defect]:
    operation = operation_of(request)
    given = {"header": request.headers, "query": dict(request.url.params)}
    for parameter in operation.declared.get("parameters", ()):
        if parameter.get("required") and parameter["in"] in given and parameter["name"] not in given[parameter["in"]]:
            yield Defect(operation.name, parameter["name"], "parameter", "is missing")
    for name, value in operation.path.fullmatch(request.url.path).groupdict().items():  # type: ignore[union-attr]
        [parameter] = [each for each in operation.declared["parameters"] if each["name"] == name]
        yield from problems(operation, f" {name}", parameter["schema"], value)
    known = {each["name"] for each in operation.declared.get("parameters", ()) if each["in"] == "query"}
    for name in set(request.url.params) - known:
        yield Defect(operation.name, name, "parameter", "is unknown")
    body = operation.declared.get("requestBody")
    if body:
        kind = request.headers["Content-Type"]
        sent = dict(parse_qsl(request.content.decode())) if "form" in kind else json.loads(request.content)
        yield from problems(operation, "", body["content"][kind]["schema"], sent)
    else:
        assert request.content == b""


def problems_of_answer(request: httpx2.Request, response: httpx2.Response) -> Iterator[Defect]:
    operation = operation_of(request)
    declared = operation.declared["responses"].get(str(response.status_code))
    if declared is None:
        yield Defect(operation.name, str(response.status_code), "responses", "is not declared")
        return
    schema = declared["content"]["application/json"]["schema"]
    yield from problems(operation, f" {response.status_code}", schema, response.json())


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
    registry = Registry([make_config("ups", "http://ups.test")], http=recording, clock=clock.as_clock())
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
    sandbox.tokens.expire_all()
    await ups.track([other.tracking_number], deadline=deadline)
    with pytest.raises(SourceRefused):
        await ups.rate(replace(PARCEL, weight_g=90_000), deadline=deadline)


async def test_requests_and_answers_are_as_the_specification_says(
    exchanges: list[tuple[httpx2.Request, httpx2.Response]],
) -> None:
    found: set[Defect] = set()
    for request, response in exchanges:
        found |= {*problems_of_request(request), *problems_of_answer(request, response)}
    unknown = {each: each.reason for each in found - DEFECTS}
    assert unknown == {}
    assert DEFECTS - found == set(), "no longer met: take it off the list"


async def test_every_operation_was_tried(exchanges: list[tuple[httpx2.Request, httpx2.Response]]) -> None:
    tried = {operation_of(request).name for request, _ in exchanges}
    assert tried == {
        "POST /security/v1/oauth/token",
        "POST /rating/{version}/{requestoption}",
        "POST /shipments/{version}/ship",
        "DELETE /shipments/{version}/void/cancel/{shipmentidentificationnumber}",
        "POST /labels/{version}/recovery",
        "GET /track/v1/details/{inquiryNumber}",
    }


async def test_a_wrong_name_is_found(exchanges: list[tuple[httpx2.Request, httpx2.Response]]) -> None:
    request = next(each for each, _ in exchanges if each.url.path.endswith("/ship"))
    wrong = request.content.replace(b'"ShipTo"', b'"ShipTwo"')
    found = set(problems_of_request(httpx2.Request("POST", request.url, headers=request.headers, content=wrong)))
    assert {(each.where, each.keyword) for each in found} == {
        ("$.ShipmentRequest.Shipment", "additionalProperties"),
        ("$.ShipmentRequest.Shipment", "required"),
    }
