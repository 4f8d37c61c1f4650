"""Every request we send, and every answer of the sandbox, is one of Stripe's published API."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
from jsonschema import Draft4Validator

from app.connectors.ports.payment import PaymentGateway
from app.connectors.registry import Registry
from app.domain.money import Money
from app.domain.payment import TransactionKind
from app.sandbox.data import StripeAccount
from app.sandbox.stripe.account import Account
from app.sandbox.stripe.objects import VERSION
from app.sandbox.stripe.wire import StripeApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import make_config

SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "stripe" / "spec3.trimmed.json"
NEWER = [["final_capture"], ["payment_method_options", "card", "request_multicapture"]]
"""Parameters that came after the file, and that Stripe takes with any version: additions are no new version
(https://docs.stripe.com/upgrades, https://docs.stripe.com/payments/multicapture, read 2026-11)."""
Json = dict[str, Any]


@cache
def specification() -> Json:
    if not SPECIFICATION.exists():
        pytest.skip("needs ../shared/specs/stripe, which is not here")
    read: Json = _as_draft_4(json.loads(SPECIFICATION.read_text()))
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


def errors(schema: Json, value: Any) -> list[str]:
    whole = {**schema, "components": specification()["components"]}
    return [f"{each.json_path}: {each.message}" for each in Draft4Validator(whole).iter_errors(value)]


def operation(method: str, path: str) -> Json:
    template = next(each for each in specification()["paths"] if _matches(each, path))
    found: Json = specification()["paths"][template][method.lower()]
    return found


def _matches(template: str, path: str) -> bool:
    parts, theirs = path.split("/"), template.split("/")
    same = (each == other or other.startswith("{") for each, other in zip(parts, theirs, strict=False))
    return len(parts) == len(theirs) and all(same)


def nested(pairs: list[tuple[str, str]]) -> Json:
    """a[b]=c as {"a": {"b": "c"}}."""
    form: Json = {}
    for name, value in pairs:
        first, *path = name.replace("]", "").split("[")
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


def request_errors(request: httpx2.Request) -> list[str]:
    asked = operation(request.method, request.url.path)
    query = nested(list(request.url.params.multi_items()))
    parameters = {each["name"]: each["schema"] for each in asked.get("parameters", ()) if each["in"] == "query"}
    found = [f"{name}: not a parameter" for name in query if name not in parameters]
    for name in query.keys() & parameters.keys():
        found += errors(parameters[name], typed(query[name], parameters[name]))
    if request.method == "POST":
        content = asked["requestBody"]["content"]
        schema = content["application/x-www-form-urlencoded"]["schema"]
        form = without_newer(nested(parse_qsl(request.content.decode(), keep_blank_values=True)))
        found += errors(schema, typed(form, schema))
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert len(request.headers["Idempotency-Key"]) <= 255
    return found


def without_newer(form: Json) -> Json:
    for path in NEWER:
        inner: Json | None = form
        for part in path[:-1]:
            inner = inner.get(part) if inner else None
        if inner:
            inner.pop(path[-1], None)
    return form


class Recorder(httpx2.AsyncBaseTransport):
    def __init__(self, app: StripeApp) -> None:
        self._http = httpx2.ASGITransport(app.asgi)
        self.exchanges: list[tuple[httpx2.Request, httpx2.Response]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._http.handle_async_request(request)
        await response.aread()
        self.exchanges.append((request, response))
        return response


def unexpanded(body: Json) -> list[tuple[Json, str]]:
    """The file knows objects with nothing expanded: the charges apart, and the rest without them."""
    charges = []
    for intent in body["data"] if body.get("object") == "list" else [body]:
        if isinstance(intent.get("latest_charge"), dict):
            charges.append((intent["latest_charge"], "charge"))
            intent["latest_charge"] = intent["latest_charge"]["id"]
    return charges


def component(name: str) -> Json:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


EUR = Money(5_000, "EUR")


async def everything(gateway: PaymentGateway, deadline: float) -> None:
    """Each request that we can send, and each kind of answer to it."""

    async def authorize(key: str, token: str) -> str:
        answer = await gateway.authorize(key, amount=EUR, token=token, metadata={"order": "1"}, deadline=deadline)
        return answer.reference or ""

    async def look_up(kind: TransactionKind, key: str, about: str) -> None:
        await gateway.look_up(
            key, kind=kind, amount=EUR, asked_at=FakeClock().now(), authorization_reference=about, deadline=deadline
        )

    held = await authorize("a-1", "cus_1:pm_card_visa")
    for token in ("pm_card_chargeDeclined", "pm_card_authenticationRequired", "pm_nobody"):
        await authorize(f"a-{token}", token)
    part, rest = Money(2_000, "EUR"), Money(3_000, "EUR")
    for key, amount, is_final in (("c-1", part, False), ("c-2", EUR, True), ("c-3", rest, True), ("c-4", part, True)):
        await gateway.capture(key, authorization_reference=held, amount=amount, is_final=is_final, deadline=deadline)
    for key, amount in (("r-1", part), ("r-2", EUR)):
        await gateway.refund(key, authorization_reference=held, amount=amount, deadline=deadline)
    other = await authorize("a-2", "pm_card_visa")
    for key in ("v-1", "v-2"):
        await gateway.void(key, authorization_reference=other, amount=EUR, deadline=deadline)
    for kind, key in (("AUTHORIZATION", "a-1"), ("CAPTURE", "c-1"), ("VOID", "v-1"), ("REFUND", "r-1")):
        await look_up(TransactionKind(kind), key, held)
        await look_up(TransactionKind(kind), key, "pi_nobody")


async def exchanges() -> list[tuple[httpx2.Request, httpx2.Response]]:
    clock = FakeClock()
    recorder = Recorder(StripeApp(StripeAccount(), now=lambda: clock.now().timestamp()))
    registry = Registry([make_config("stripe", "http://stripe.test")], http=recorder, clock=clock.as_clock())
    gateway = registry.payment_gateway("stripe")
    assert gateway is not None
    await everything(gateway, clock.monotonic() + 60)
    await registry.close()
    return recorder.exchanges


async def test_every_request_is_stripes() -> None:
    sent = await exchanges()
    operations = {(request.method, request.url.path.rpartition("/")[2]) for request, _ in sent}
    assert len(sent) == 21
    assert operations >= {("POST", "payment_intents"), ("POST", "capture"), ("POST", "cancel"), ("POST", "refunds")}
    assert [(request.url.path, found) for request, _ in sent if (found := request_errors(request))] == []
    assert {request.headers["Stripe-Version"] for request, _ in sent} == {specification()["info"]["version"]}


async def test_every_answer_of_the_sandbox_could_be_stripes() -> None:
    answered = await exchanges()
    assert {response.status_code for _, response in answered} == {200, 400, 402, 404}
    for request, response in answered:
        answers = operation(request.method, request.url.path)["responses"]
        body = response.json()
        if response.status_code == 200:
            for charge, name in unexpanded(body):
                assert errors(component(name), charge) == []
        schema = answers["200" if response.status_code == 200 else "default"]["content"]["application/json"]["schema"]
        assert errors(schema, body) == [], request.url.path


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("amount=x&currency=eur", "$.amount: 'x' is not of type 'integer'"),
        ("amount=1", "$: 'currency' is a required property"),
        ("amount=1&currency=eur&capture=manual", "$: Additional properties are not allowed ('capture' was unexpected)"),
    ],
)
def test_a_wrong_request_is_not(form: str, message: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "k"}
    request = httpx2.Request("POST", "http://stripe.test/v1/payment_intents", content=form, headers=headers)
    assert request_errors(request) == [message]


def test_what_is_excused_is_not_in_the_file() -> None:
    text = SPECIFICATION.read_text() if specification() else ""
    assert [path for path in NEWER if f'"{path[-1]}"' in text] == []
    assert specification()["info"]["version"] == VERSION


def test_events_of_the_sandbox_could_be_stripes() -> None:
    events: list[Mapping[str, Any]] = []
    account = Account(StripeAccount(), now=lambda: datetime(2026, 11, 1, tzinfo=UTC).timestamp(), tell=events.append)
    for card in ("pm_card_createDispute", "pm_card_pendingRefund"):
        intent = account.create({"amount": 100, "currency": "usd", "payment_method": card}, "a")
        account.capture(intent["id"], {}, "c")
        account.refund({"payment_intent": intent["id"]}, "r")
    account.settle_refunds()
    held = account.create({"amount": 100, "currency": "usd", "payment_method": "pm_card_visa"}, "a")
    account.cancel(held["id"], "v")
    told = {event["type"]: event for event in events}
    assert told.keys() == {
        "charge.captured",
        "charge.dispute.created",
        "charge.refund.updated",
        "charge.refunded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.succeeded",
    }
    for type_, event in told.items():
        object_ = event["data"]["object"]
        assert errors(component("event"), event) == []
        assert errors(component(object_["object"]), object_) == [], type_
