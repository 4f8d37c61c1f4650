"""UPS's OpenAPI files: names that they do not describe are held against us, though the files do not say so."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry as Schemas
from referencing.jsonschema import DRAFT202012

from tests.specifications.exchange import SPECS, Exchange, Violation

FOLDER = SPECS / "ups"
DOCUMENTS = {
    "OAuthClientCredentials": "",
    "Rating": "/api",
    "Shipping": "/api",
    "Tracking": "/api",
    "UPSTrackAlert": "/api/track/v2",
}
"""Files, and what stands before their paths."""

DEFECTS = {
    Violation(
        "POST /rating/{version}/{requestoption}",
        "$.RateRequest.Request",
        "additionalProperties",
        "RequestOption is required there, and stands in the examples, but is not described.",
    ),
    Violation(
        "POST /rating/{version}/{requestoption} requestoption",
        "$",
        "maxLength",
        "Ten characters at most, where two of the four values listed have seventeen.",
    ),
    Violation(
        "GET /track/v1/details/{inquiryNumber}",
        "401",
        "responses",
        "Tracking declares no answer to a token that has expired; every other API answers 401.",
    ),
    Violation(
        "POST /labels/{version}/recovery",
        "$.LabelRecoveryRequest",
        "required",
        "TrackingNumbers are those of Roadie alone, and ReferenceValues are needed only without a tracking number: "
        "their own descriptions say so.",
    ),
    Violation(
        "POST /labels/{version}/recovery",
        "$.LabelRecoveryRequest.LabelSpecification.LabelImageFormat.Code",
        "minLength",
        "Four characters at least, where every value listed has three.",
    ),
    Violation(
        "POST /labels/{version}/recovery 200",
        "$.LabelRecoveryResponse.LabelResults[].LabelImage.LabelImageFormat.Code",
        "minLength",
        "Four characters at least, where the values listed, GIF and PDF, have three.",
    ),
    Violation(
        "POST /shipments/{version}/ship 200",
        "$.ShipmentResponse.ShipmentResults.BillingWeight.Weight",
        "minLength",
        "Eight characters at least, where its own examples have three.",
    ),
}
ALERT_DEFECTS = {
    Violation(
        "webhook TrackingEvent",
        "$.activityStatus",
        "additionalProperties",
        "descriptionCode is told in the FAQs and stands in both examples, but is not described.",
    )
}


def violations(exchange: Exchange) -> Iterator[Violation]:
    found = [each for each in operations() if each.method == exchange.method and each.path.fullmatch(exchange.path)]
    if not found:
        yield Violation(f"{exchange.method} {exchange.path}", "", "paths", "is not described")
        return
    yield from _of_request(found[0], exchange)
    yield from _of_answer(found[0], exchange)


@cache
def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((FOLDER / f"{name}.yaml").read_text(), yaml.CSafeLoader)
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
    for name, prefix in DOCUMENTS.items():
        for path, methods in document(name)["paths"].items():
            # The same operation stands there once more for old versions.
            if "deprecatedVersion" in path:
                continue
            pattern = re.compile(prefix + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
            for method, declared in methods.items():
                described = [_resolved(name, each) for each in declared.get("parameters", ())]
                whole = {**declared, "parameters": described}
                yield Operation(f"{method.upper()} {path}", name, pattern, method.upper(), whole)


def _resolved(document_name: str, parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = document(document_name)["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _of_request(operation: Operation, exchange: Exchange) -> Iterator[Violation]:
    given: dict[str, Any] = {"header": exchange.headers, "query": dict(exchange.query)}
    for parameter in operation.declared.get("parameters", ()):
        place, name = parameter["in"], parameter["name"]
        if parameter.get("required") and place in given and _spelled(name, place) not in given[place]:
            yield Violation(operation.name, name, "parameter", "is missing")
    match = operation.path.fullmatch(exchange.path)
    for name, value in match.groupdict().items() if match else ():
        [parameter] = [each for each in operation.declared["parameters"] if each["name"] == name]
        yield from problems(operation, f" {name}", parameter["schema"], value)
    known = {each["name"] for each in operation.declared.get("parameters", ()) if each["in"] == "query"}
    for name in given["query"].keys() - known:
        yield Violation(operation.name, name, "parameter", "is unknown")
    body = operation.declared.get("requestBody")
    if body:
        kind = exchange.headers["content-type"]
        sent = dict(exchange.form) if "form" in kind else exchange.json
        yield from problems(operation, "", body["content"][kind]["schema"], sent)
    elif exchange.content:
        yield Violation(operation.name, "", "requestBody", "has a body, which is not described")


def _spelled(name: str, place: str) -> str:
    return name.lower() if place == "header" else name


def _of_answer(operation: Operation, exchange: Exchange) -> Iterator[Violation]:
    declared = operation.declared["responses"].get(str(exchange.status))
    if declared is None:
        yield Violation(operation.name, str(exchange.status), "responses", "is not declared")
        return
    schema = declared["content"]["application/json"]["schema"]
    yield from problems(operation, f" {exchange.status}", schema, exchange.answer)


def problems(operation: Operation, part: str, schema: dict[str, Any], value: Any) -> Iterator[Violation]:
    for error in _validator(operation.document, json.dumps(schema)).iter_errors(value):
        yield Violation(f"{operation.name}{part}", _place(error), str(error.validator), error.message)


@cache
def _validator(document_name: str, schema: str) -> Draft202012Validator:
    contents = document(document_name)
    schemas: Schemas[Any] = Schemas().with_resource("ups:", DRAFT202012.create_resource(contents))
    return Draft202012Validator(json.loads(schema.replace('"#/', '"ups:#/')), registry=schemas)


def _place(error: ValidationError) -> str:
    return re.sub(r"\[\d+\]", "[]", error.json_path)


def alert_violations(alert: Any) -> Iterator[Violation]:
    """Of a track alert that the sandbox sends."""
    declared = document("UPSTrackAlert")["webhooks"]["TrackingEvent"]["post"]
    operation = Operation("webhook TrackingEvent", "UPSTrackAlert", re.compile(""), "POST", declared)
    schema = declared["requestBody"]["content"]["application/json"]["schema"]
    yield from problems(operation, "", schema, alert)
