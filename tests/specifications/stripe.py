"""Stripe's OpenAPI file: form bodies are decoded first, since the file describes them as nested and typed."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator

from tests.specifications.exchange import SPECS, Exchange, Violation

FILE = SPECS / "stripe" / "spec3.trimmed.json"
IDEMPOTENCY_KEY_CHARACTERS_MAX = 255
NEWER = (("final_capture",), ("payment_method_options", "card", "request_multicapture"))
"""Parameters that came after the file, and that Stripe takes with any version: additions are no new version
(https://docs.stripe.com/upgrades, https://docs.stripe.com/payments/multicapture, read 2026-11)."""
Json = dict[str, Any]


@cache
def specification() -> Json:
    read: Json = _as_draft_4(json.loads(FILE.read_text()))
    return read


def _as_draft_4(node: Any) -> Any:
    """`nullable` is OpenAPI's own word."""
    if isinstance(node, list):
        return [_as_draft_4(each) for each in node]
    if not isinstance(node, dict):
        return node
    read = {name: _as_draft_4(each) for name, each in node.items()}
    if read.get("nullable") is True and isinstance(read.get("type"), str):
        read["type"] = [read["type"], "null"]
        if "enum" in read:
            read["enum"] = [*read["enum"], None]
    return read


def violations(exchange: Exchange) -> Iterator[Violation]:
    found = operation(exchange.method, exchange.path)
    if found is None:
        yield Violation(f"{exchange.method} {exchange.path}", "", "paths", "is not described")
        return
    name, declared = found
    yield from _of_request(name, declared, exchange)
    yield from _of_answer(name, declared, exchange)


@cache
def operation(method: str, path: str) -> tuple[str, Json] | None:
    for template, methods in specification()["paths"].items():
        if _matches(template, path) and method.lower() in methods:
            return f"{method} {template}", methods[method.lower()]
    return None


def _matches(template: str, path: str) -> bool:
    parts, theirs = path.split("/"), template.split("/")
    same = (each == other or other.startswith("{") for each, other in zip(parts, theirs, strict=False))
    return len(parts) == len(theirs) and all(same)


def _of_request(name: str, declared: Json, exchange: Exchange) -> Iterator[Violation]:
    query = nested(list(exchange.query))
    parameters = {each["name"]: each["schema"] for each in declared.get("parameters", ()) if each["in"] == "query"}
    for parameter in query.keys() - parameters.keys():
        yield Violation(name, parameter, "parameter", "is not a parameter")
    for parameter in query.keys() & parameters.keys():
        schema = parameters[parameter]
        yield from problems(name, f" {parameter}", schema, typed(query[parameter], schema))
    if exchange.headers.get("stripe-version") != specification()["info"]["version"]:
        yield Violation(name, "Stripe-Version", "header", "is not the version of the file")
    if exchange.method == "POST":
        kind = exchange.headers.get("content-type")
        if kind != "application/x-www-form-urlencoded":
            yield Violation(name, "Content-Type", "header", f"is {kind}")
            return
        if not 0 < len(exchange.headers.get("idempotency-key", "")) <= IDEMPOTENCY_KEY_CHARACTERS_MAX:
            yield Violation(name, "Idempotency-Key", "header", "is missing or too long")
        schema = declared["requestBody"]["content"][kind]["schema"]
        yield from problems(name, "", schema, typed(_without_newer(nested(exchange.form)), schema))


def _of_answer(name: str, declared: Json, exchange: Exchange) -> Iterator[Violation]:
    body, is_good = exchange.answer, exchange.status == 200
    for charge in _unexpanded(body) if is_good else ():
        yield from problems(name, " charge", component("charge"), charge)
    described = declared["responses"]["200" if is_good else "default"]
    yield from problems(name, f" {exchange.status}", described["content"]["application/json"]["schema"], body)


def event_violations(event: Json) -> Iterator[Violation]:
    """Of an event that the sandbox sends, and the object inside of it."""
    object_ = event["data"]["object"]
    yield from problems(f"event {event['type']}", "", component("event"), event)
    yield from problems(f"event {event['type']}", " object", component(object_["object"]), object_)


def component(name: str) -> Json:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


def problems(operation_: str, part: str, schema: Json, value: Any) -> Iterator[Violation]:
    for error in _validator(json.dumps(schema)).iter_errors(value):
        yield Violation(f"{operation_}{part}", error.json_path, str(error.validator), error.message)


@cache
def _validator(schema: str) -> Draft4Validator:
    return Draft4Validator({**json.loads(schema), "components": specification()["components"]})


def nested(pairs: list[tuple[str, str]]) -> Json:
    """a[b]=c as {"a": {"b": "c"}}."""
    form: Json = {}
    for name, value in pairs:
        first, *path = unquote(name).replace("]", "").split("[")
        inner, last = form, first
        for part in path:
            inner, last = inner.setdefault(last, {}), part
        inner[last] = value
    return form


def typed(value: Any, schema: Json) -> Any:
    """A form knows text only; the schema knows what it stands for."""
    choices = schema.get("anyOf", [schema])
    kinds = {kind: each for each in choices for kind in [each.get("type")] if isinstance(kind, str)}
    if isinstance(value, dict) and "array" in kinds:
        return [typed(value[place], kinds["array"]["items"]) for place in sorted(value)]
    if isinstance(value, dict):
        known = kinds.get("object", {}).get("properties", {})
        return {name: typed(each, known.get(name, {})) for name, each in value.items()}
    if "integer" in kinds and value.isdecimal():
        return int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return value


def _without_newer(form: Json) -> Json:
    for path in NEWER:
        inner: Json | None = form
        for part in path[:-1]:
            inner = inner.get(part) if inner else None
        if inner:
            inner.pop(path[-1], None)
    return form


def _unexpanded(body: Json) -> list[Json]:
    """The file knows objects with nothing expanded: the charges apart, and the rest without them."""
    charges = []
    for intent in body["data"] if body.get("object") == "list" else [body]:
        if isinstance(intent.get("latest_charge"), dict):
            charges.append(intent["latest_charge"])
            intent["latest_charge"] = intent["latest_charge"]["id"]
    return charges
