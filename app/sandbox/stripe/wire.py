"""A Stripe account on the wire: PaymentIntents and Refunds of the REST API, version 2023-08-16, with its keys."""

import asyncio
import re
import secrets
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.data import STRIPE_SECRET_KEY, StripeAccount
from app.sandbox.effects import Effects
from app.sandbox.faults import Sleep, throttled_headers
from app.sandbox.stripe.account import (
    DECLINES,
    DISPUTED,
    GOOD_CARDS,
    REFUND_STATUS,
    WANTS_AUTHENTICATION,
    Account,
    StripeError,
)
from app.sandbox.stripe.objects import VERSION, Object, webhook_endpoint
from app.sandbox.stripe.pages import page
from app.sandbox.stripe.signature import signature
from app.sandbox.webhook_sender import Event, WebhookSender

AUTHORIZATIONS = (f"Bearer {STRIPE_SECRET_KEY}".encode(), b"Basic " + b64encode(f"{STRIPE_SECRET_KEY}:".encode()))
"""By itself, or as the name of a user without a password (https://docs.stripe.com/api/authentication, read 2026-11)."""
EVENTS_MAX = 10_000
"""Ours, so that a sandbox can run for days."""
CARDS = {*GOOD_CARDS, *DECLINES, *REFUND_STATUS, DISPUTED, WANTS_AUTHENTICATION}

Form = Mapping[str, Any]
Write = Callable[[Request, Form, str | None], Object]


@dataclass
class Kept:
    """What was asked under a key, and what was answered; None while it is being carried out."""

    asked: tuple[str, Form]
    answer: tuple[int, bytes] | None = None


class StripeApp:
    def __init__(
        self, account: StripeAccount, *, now: Callable[[], float] = time.time, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.effects = Effects()
        self._now = now
        self.webhooks = WebhookSender(self._signed, sleep=sleep)
        self.events: list[Object] = []
        self.account = Account(account, now=now, tell=self._happened)
        self.keys: dict[str, Kept] = {}
        intents = "/v1/payment_intents"
        self.asgi = Starlette(
            routes=[
                Route(intents, self._keyed(self._create), methods=["POST"]),
                Route(intents, self._guarded(self._list_intents)),
                Route(f"{intents}/{{id}}", self._guarded(self._retrieve)),
                Route(f"{intents}/{{id}}/capture", self._keyed(self._capture), methods=["POST"]),
                Route(f"{intents}/{{id}}/cancel", self._keyed(self._cancel), methods=["POST"]),
                Route("/v1/refunds", self._keyed(self._refund), methods=["POST"]),
                Route("/v1/refunds", self._guarded(self._list_refunds)),
                Route("/v1/disputes", self._guarded(self._list_disputes)),
                Route("/v1/events", self._guarded(self._list_events)),
                Route("/v1/webhook_endpoints", self._guarded(self._list_endpoints)),
            ]
        )

    def throttled(self, retry_after_s: int | None) -> Response:
        """429 with the code rate_limit: https://docs.stripe.com/rate-limits, read 2026-11."""
        error = StripeError(429, code="rate_limit", message="Request rate limit exceeded.")
        answer = _json(error.body, error.status)
        answer.headers.update(throttled_headers(retry_after_s))
        return answer

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("Authorization", "").encode()
            try:
                if not any(secrets.compare_digest(given, each) for each in AUTHORIZATIONS):
                    raise StripeError(401, message="Invalid API Key provided")
                if request.headers.get("Stripe-Version") != VERSION:
                    raise StripeError(
                        400, message=f"The sandbox speaks version {VERSION} only: send it as Stripe-Version."
                    )
                return await answer(request)
            except StripeError as error:
                return _json(error.body, error.status)

        return guarded

    def _keyed(self, write: Write) -> Callable[[Request], Awaitable[Response]]:
        """https://docs.stripe.com/api/idempotent_requests, read 2026-11."""

        async def answer(request: Request) -> Response:
            form, key = _form(await request.body()), request.headers.get("Idempotency-Key")
            if key is None:
                return _json(write(request, form, None))
            kept = self.keys.get(key)
            if kept is None:
                return self._carried_out(write, request, form, key)
            if kept.asked != (request.url.path, form):
                message = "Keys for idempotent requests can only be used with the same parameters they were first used"
                raise StripeError(400, type="idempotency_error", message=f"{message} with.")
            if kept.answer is None:
                message = "There is currently another in-progress request using this Idempotent Key."
                raise StripeError(409, code="idempotency_key_in_use", message=message)
            status, replayed = kept.answer
            headers = {"Idempotent-Replayed": "true"}
            return Response(replayed, status, headers=headers, media_type="application/json")

        return self._guarded(answer)

    def _carried_out(self, write: Write, request: Request, form: Form, key: str) -> Response:
        kept = self.keys[key] = Kept((request.url.path, form))
        try:
            response = _json(write(request, form, key))
        except StripeError as error:
            if not error.is_kept:
                del self.keys[key]
                raise
            response = _json(error.body, error.status)
        kept.answer = (response.status_code, bytes(response.body))
        return response

    def _create(self, request: Request, form: Form, key: str | None) -> Object:
        asked = {**form, "amount": _integer(form, "amount")}
        if asked.get("payment_method") not in CARDS:
            message = f"No such PaymentMethod: '{asked.get('payment_method')}'"
            raise StripeError(400, is_kept=False, code="resource_missing", message=message, param="payment_method")
        if asked.get("confirm") == "true" and "payment_method_types" not in asked and "return_url" not in asked:
            message = "This PaymentIntent is configured to accept payment methods that may redirect your customer."
            raise StripeError(400, is_kept=False, message=f"{message} You must provide a `return_url`.")
        intent = self.account.create(asked, key)
        self._count("authorization", key)
        return self._expanded(intent, "latest_charge" in asked.get("expand", {}).values())

    def _capture(self, request: Request, form: Form, key: str | None) -> Object:
        amount = {"amount_to_capture": _integer(form, "amount_to_capture")} if "amount_to_capture" in form else {}
        intent = self.account.capture(request.path_params["id"], {**form, **amount}, key)
        self._count("capture", key)
        return intent

    def _cancel(self, request: Request, form: Form, key: str | None) -> Object:
        intent = self.account.cancel(request.path_params["id"], key)
        self._count("void", key)
        return intent

    def _refund(self, request: Request, form: Form, key: str | None) -> Object:
        amount = {"amount": _integer(form, "amount")} if "amount" in form else {}
        refund = self.account.refund({**form, **amount}, key)
        self._count("refund", key)
        return refund

    def _count(self, kind: str, key: str | None) -> None:
        self.effects.happened(kind, key or "without a key")

    async def _retrieve(self, request: Request) -> Response:
        intent = self.account.intent(request.path_params["id"])
        return _json(self._expanded(intent, "latest_charge" in _expand(request)))

    async def _list_intents(self, request: Request) -> Response:
        since = int(request.query_params.get("created[gte]", 0))
        found = [self.account.intent(id_) for id_, each in self.account.intents.items() if each["created"] >= since]
        is_expanded = "data.latest_charge" in _expand(request)
        return _json(page([self._expanded(each, is_expanded) for each in reversed(found)], request))

    async def _list_refunds(self, request: Request) -> Response:
        about = request.query_params.get("payment_intent")
        found = [each for each in self.account.refunds.values() if about in (None, each["payment_intent"])]
        return _json(page(found[::-1], request))

    async def _list_disputes(self, request: Request) -> Response:
        return _json(page(self.account.disputes[::-1], request))

    async def _list_events(self, request: Request) -> Response:
        types = {value for name, value in request.query_params.multi_items() if name.startswith("types[")}
        found = [each for each in self.events if not types or each["type"] in types]
        return _json(page(found[::-1], request))

    async def _list_endpoints(self, request: Request) -> Response:
        """The one that events are sent to, where there is one."""
        url = self.webhooks.url
        return _json(page([] if url is None else [webhook_endpoint(url, self._now())], request))

    def _signed(self, _event: Event, body: bytes) -> Mapping[str, str]:
        return {"Stripe-Signature": signature(body, int(self._now()))}

    def _happened(self, event: Object) -> None:
        self.events = [*self.events[-EVENTS_MAX + 1 :], event]
        self.webhooks.happened(event)

    def _expanded(self, intent: Object, is_expanded: bool) -> Object:
        charge = self.account.charges.get(intent["latest_charge"])
        return {**intent, "latest_charge": charge} if is_expanded and charge else intent


def _json(body: Object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _form(body: bytes) -> Form:
    """a[b]=c as {"a": {"b": "c"}}."""
    form: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        first, *path = re.findall(r"[^\[\]]+", name)
        inner, last = form, first
        for part in path:
            inner, last = inner.setdefault(last, {}), part
        inner[last] = value
    return form


def _integer(form: Form, name: str) -> int:
    value = form.get(name, "")
    if not re.fullmatch("[1-9][0-9]{0,9}", value):
        message = "Invalid integer, or one that is less than 1"
        raise StripeError(400, is_kept=False, code="parameter_invalid_integer", message=message, param=name)
    return int(value)


def _expand(request: Request) -> list[str]:
    return [value for name, value in request.query_params.multi_items() if name.startswith("expand[")]
