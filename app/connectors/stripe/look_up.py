"""Finds what became of a request whose answer was lost, by our key and without changing anything.

Stripe has no question for that. Repeating the request under its key replays the answer, but does it where it was not
done, and only for a day; searching by metadata lags behind by up to an hour (https://docs.stripe.com/api/
payment_intents/search, read 2026-11). Lists and objects do not lag: so intents are listed by time and refunds by
intent, each with our key in its metadata, and a capture leaves a note in its intent's.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import TypeVar

from app.connectors.contract import SourceUnavailable
from app.connectors.manifest import Manifest
from app.connectors.ports.payment import GatewayAnswer
from app.connectors.stripe import mapping
from app.connectors.stripe.amounts import from_stripe
from app.connectors.stripe.api import Api
from app.connectors.stripe.mapping import Page, PaymentIntent, Refund
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus

T = TypeVar("T", PaymentIntent, Refund)


class LookUp:
    def __init__(self, api: Api, manifest: Manifest) -> None:
        self._api = api
        self._source_key = api.info.key
        self._page_size = manifest.limit("page_size")
        self._pages_max = manifest.limit("look_up_pages")
        self._clock_difference_s = manifest.limit("clock_difference_s")

    async def authorization(self, key: str, *, asked_at: datetime, deadline: float) -> GatewayAnswer | None:
        since = int(asked_at.timestamp()) - self._clock_difference_s
        params = {"created[gte]": str(since), "expand[0]": "data.latest_charge"}
        async for intent in self._all("/v1/payment_intents", params, Page[PaymentIntent], deadline):
            if intent.metadata.get(mapping.KEY) == key:
                with mapping.readable(self._source_key):
                    return mapping.authorization(intent)
        return None

    async def of_authorization(
        self, key: str, kind: TransactionKind, reference: str, amount: Money, *, deadline: float
    ) -> GatewayAnswer | None:
        match kind:
            case TransactionKind.CAPTURE:
                intent = await self._intent(reference, deadline)
                with mapping.readable(self._source_key):
                    return None if intent is None else _capture(key, intent)
            case TransactionKind.VOID:
                intent = await self._intent(reference, deadline)
                is_void = intent is not None and intent.status == "canceled"
                return GatewayAnswer(TransactionStatus.SUCCESS, amount, reference) if is_void else None
            case TransactionKind.REFUND:
                return await self._refund(key, reference, deadline)
        raise ValueError(f"a {kind} is not asked of a gateway")

    async def _refund(self, key: str, reference: str, deadline: float) -> GatewayAnswer | None:
        async for refund in self._all("/v1/refunds", {"payment_intent": reference}, Page[Refund], deadline):
            if (refund.metadata or {}).get(mapping.KEY) == key:
                with mapping.readable(self._source_key):
                    return mapping.refund(refund)
        return None

    async def _intent(self, reference: str, deadline: float) -> PaymentIntent | None:
        """None for one that Stripe does not know: nothing can have been done to it."""
        return await self._api.find(f"/v1/payment_intents/{reference}", {}, PaymentIntent, deadline=deadline)

    async def _all(
        self, path: str, params: Mapping[str, str], shape: type[Page[T]], deadline: float
    ) -> AsyncIterator[T]:
        """Newest first. Raises SourceUnavailable where there are more than can be looked through."""
        asked = {**params, "limit": str(self._page_size)}
        for _ in range(self._pages_max):
            page = await self._api.get(path, asked, shape, deadline=deadline)
            for item in page.data:
                yield item
            if not page.has_more or not page.data:
                return
            asked["starting_after"] = page.data[-1].id
        raise SourceUnavailable(self._source_key, f"{self._source_key} has too many payments since to look through")


def _capture(key: str, intent: PaymentIntent) -> GatewayAnswer | None:
    """Raises ValueError."""
    noted = mapping.noted_captures(intent)
    amount = noted.get(mapping.capture_note(key))
    if amount is None:
        return None
    # The note comes with the capture. Should it ever come without, the money received shows it.
    received = from_stripe(intent.amount_received, intent.currency)
    is_done = sum(each.minor for each in noted.values()) <= received.minor
    return GatewayAnswer(TransactionStatus.SUCCESS if is_done else TransactionStatus.PENDING, amount, intent.id)
