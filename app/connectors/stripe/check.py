"""Whether the key is accepted, may do what we ask of it, and whether Stripe knows where to send its events."""

from collections.abc import Mapping, Sequence

import msgspec

from app.connectors.batching import side_by_side
from app.connectors.contract import SourceRefused
from app.connectors.ports.checking import Finding
from app.connectors.stripe.api import Api
from app.connectors.stripe.webhook import EVENT_TYPES

READ = {
    "/v1/payment_intents": "payment intents",
    "/v1/refunds": "refunds",
    "/v1/disputes": "disputes",
    "/v1/events": "events",
}
"""What the key has to be allowed. That it may write too, only a write would show."""


class Listed(msgspec.Struct):
    has_more: bool


class Endpoint(msgspec.Struct):
    url: str
    status: str
    enabled_events: list[str]


class Endpoints(msgspec.Struct):
    data: list[Endpoint]


class Check(Api):
    async def check(self, *, deadline: float) -> tuple[Finding, ...]:
        asked = [self._may_read(path, what, deadline) for path, what in READ.items()]
        return tuple(await side_by_side(*asked, self._endpoint(deadline)))

    async def _may_read(self, path: str, what: str, deadline: float) -> Finding:
        try:
            await self.get(path, {"limit": "1"}, Listed, deadline=deadline)
        except SourceRefused as refused:
            return Finding(what, is_ok=False, detail=_of_key(refused, f"read {what}"))
        return Finding(what, is_ok=True, detail="The key may read them.")

    async def _endpoint(self, deadline: float) -> Finding:
        what = "webhook endpoint"
        try:
            page = await self.get("/v1/webhook_endpoints", {"limit": "100"}, Endpoints, deadline=deadline)
        except SourceRefused as refused:
            return Finding(what, is_ok=False, detail=_of_key(refused, "read webhook endpoints"))
        ours = [each for each in page.data if each.url.rstrip("/").endswith(f"/webhooks/{self.info.key}")]
        return _judged(ours, self.info.key)


def _judged(ours: Sequence[Endpoint], key: str) -> Finding:
    what = "webhook endpoint"
    enabled = [each for each in ours if each.status == "enabled"]
    if not enabled:
        state = "is disabled" if ours else "is missing"
        detail = f"The endpoint https://<our host>/webhooks/{key} {state}: add or enable it in the Dashboard."
        return Finding(what, is_ok=False, detail=detail)
    sent = {event for each in enabled for event in each.enabled_events}
    missing = [] if "*" in sent else sorted(set(EVENT_TYPES) - sent)
    if missing:
        return Finding(what, is_ok=False, detail=f"It is not sent {', '.join(missing)}: add these events to it.")
    return Finding(what, is_ok=True, detail="It is sent every event that is read here.")


def _of_key(refused: SourceRefused, what: str) -> str:
    reasons: Mapping[int | None, str] = {
        401: "Stripe does not accept the key: look at secret_key.",
        403: f"The key may not {what}: give the restricted key that permission.",
    }
    return reasons.get(refused.status, refused.message)
