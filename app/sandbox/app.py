"""The sandbox: every vendor's wire protocol under /{source key}/…, and a control endpoint that makes sources fail."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.sandbox.data import SandboxData
from app.sandbox.effects import Effects
from app.sandbox.faults import LATENCY_MS_DEFAULT, Fault, FaultState, FaultyApp, Sleep
from app.sandbox.salesforce.wire import SalesforceApp
from app.sandbox.sap.wire import SapApp
from app.sandbox.shopify.wire import ShopifyApp
from app.sandbox.stripe.wire import StripeApp
from app.sandbox.ups.wire import UpsApp
from app.sandbox.webhook_sender import WebhookOrder, WebhookSender

LATENCY_MS_MAX = 600_000
RETRY_AFTER_S_MAX = 86_400
TIMES_MAX = 1_000_000


@dataclass(frozen=True)
class SandboxedSource:
    key: str
    vendor: str
    app: Any
    """The vendor's application, of its own class."""
    state: FaultState
    effects: Effects | None = None
    """What it did, where it does anything."""
    control: ASGIApp | None = None
    """Makes things happen that nobody can ask of the vendor."""
    close: Callable[[], Awaitable[None]] | None = None
    """Ends what it does by itself."""


class _FaultOrder(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    fault: Fault
    latency_ms: int | None = None
    retry_after_s: int | None = None
    times: int | None = None


def create_sandbox(
    data: SandboxData,
    *,
    control_token: str,
    sleep: Sleep = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    now: Callable[[], float] = time.time,
) -> Starlette:
    """`app.state.sources` holds a SandboxedSource by key.

    GET /_control shows every source's fault; POST /_control/faults {"source", "fault", "latency_ms", "times"} sets one,
    which clears after so many requests; GET /_control/effects shows how often each source did what, by its client's
    keys; /_control/sources/{key}/… is a source's own control. All want `Authorization: Bearer {control_token}`.
    """
    sources = {source.key: source for source in _sources(data, monotonic, now, sleep)}
    control = _Control(sources, control_token)
    routes: list[BaseRoute] = [
        Route("/_control", control.show),
        Route("/_control/faults", control.set_fault, methods=["POST"]),
        Route("/_control/effects", control.show_effects),
    ]
    routes += [
        Mount(f"/_control/sources/{key}", control.guarded(each.control))
        for key, each in sources.items()
        if each.control
    ]
    routes += [Mount(f"/{key}", _faulty(each, sleep)) for key, each in sources.items()]
    sandbox = Starlette(routes=routes)
    sandbox.state.sources = sources
    return sandbox


async def send_events_to(sandbox: Starlette, address: str) -> None:
    """To /webhooks/{source key} there."""
    for key, source in sandbox.state.sources.items():
        sender = getattr(source.app, "webhooks", None)
        if isinstance(sender, WebhookSender):
            await sender.set(WebhookOrder(f"{address}/webhooks/{key}"))


async def close_sandbox(sandbox: Starlette) -> None:
    for source in sandbox.state.sources.values():
        if source.close is not None:
            await source.close()


def _sources(
    data: SandboxData, monotonic: Callable[[], float], now: Callable[[], float], sleep: Sleep
) -> Iterator[SandboxedSource]:
    for key, org in data.salesforce.items():
        crm = SalesforceApp(org, monotonic=monotonic, now=now)
        yield SandboxedSource(key, "salesforce", crm, FaultState(), crm.records.effects, crm.control)
    for key, shop in data.shopify.items():
        shopify = ShopifyApp(shop, monotonic=monotonic, now=now, sleep=sleep)
        effects, events = shopify.shop.effects, shopify.webhooks
        yield SandboxedSource(key, "shopify", shopify, FaultState(), effects, shopify.control, events.close)
    for key, account in data.stripe.items():
        stripe = StripeApp(account, now=now, sleep=sleep)
        sender = stripe.webhooks
        yield SandboxedSource(key, "stripe", stripe, FaultState(), stripe.effects, sender.control, sender.close)
    for key, network in data.ups.items():
        ups = UpsApp(network, monotonic=monotonic, sleep=sleep)
        yield SandboxedSource(key, "ups", ups, FaultState(), ups.network.effects, ups.control, ups.webhooks.close)
    for key, system in data.sap.items():
        sap = SapApp(system, monotonic=monotonic, now=now)
        yield SandboxedSource(key, "sap", sap, FaultState(), effects=sap.effects)


def _faulty(source: SandboxedSource, sleep: Sleep) -> FaultyApp:
    """A vendor's application may have tokens that expire, and `throttled`: its own way of asking for patience."""
    app, tokens = source.app, getattr(source.app, "tokens", None)
    return FaultyApp(
        app.asgi,
        source.state,
        throttled=getattr(app, "throttled", None),
        expire_tokens=tokens.expire_all if tokens else lambda: None,
        sleep=sleep,
    )


class _Control:
    def __init__(self, sources: dict[str, SandboxedSource], token: str) -> None:
        self._sources = sources
        self._expected = f"Bearer {token}"

    async def show(self, request: Request) -> JSONResponse:
        if not self._is_allowed(request):
            return _refusal(401, "the control token is missing or wrong")
        return JSONResponse({"sources": {key: _shown(source) for key, source in self._sources.items()}})

    async def show_effects(self, request: Request) -> JSONResponse:
        if not self._is_allowed(request):
            return _refusal(401, "the control token is missing or wrong")
        shown = {key: source.effects.shown() for key, source in self._sources.items() if source.effects}
        return JSONResponse({"sources": shown})

    async def set_fault(self, request: Request) -> JSONResponse:
        if not self._is_allowed(request):
            return _refusal(401, "the control token is missing or wrong")
        try:
            order = msgspec.json.decode(await request.body(), type=_FaultOrder)
        except msgspec.DecodeError as exc:
            known = f"; choose from {', '.join(Fault)}" if "enum value" in str(exc) else ""
            return _refusal(400, f"{exc}{known}")
        if order.source not in self._sources:
            known = ", ".join(sorted(self._sources))
            return _refusal(404, f"no source is called {order.source}; choose from {known}")
        latency_ms = order.latency_ms
        if latency_ms is None:
            latency_ms = LATENCY_MS_DEFAULT if order.fault is Fault.SLOW else 0
        if not 0 <= latency_ms <= LATENCY_MS_MAX:
            return _refusal(400, f"latency_ms must be between 0 and {LATENCY_MS_MAX}")
        if order.retry_after_s is not None and not 0 <= order.retry_after_s <= RETRY_AFTER_S_MAX:
            return _refusal(400, f"retry_after_s must be between 0 and {RETRY_AFTER_S_MAX}")
        if order.times is not None and not 1 <= order.times <= TIMES_MAX:
            return _refusal(400, f"times must be between 1 and {TIMES_MAX}")
        source = self._sources[order.source]
        source.state.fault, source.state.latency_ms = order.fault, latency_ms
        source.state.retry_after_s, source.state.times_left = order.retry_after_s, order.times
        return JSONResponse(_shown(source))

    def guarded(self, app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            is_allowed = self._is_allowed(Request(scope))
            answer = app if is_allowed else _refusal(401, "the control token is missing or wrong")
            await answer(scope, receive, send)

        return guarded

    def _is_allowed(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), self._expected.encode())


def _shown(source: SandboxedSource) -> dict[str, str | int | None]:
    state = source.state
    return {
        "vendor": source.vendor,
        "fault": state.fault,
        "latency_ms": state.latency_ms,
        "retry_after_s": state.retry_after_s,
        "request_count": state.request_count,
        "times_left": state.times_left,
    }


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)
