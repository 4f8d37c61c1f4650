"""The mutations of a sandboxed shop: their payloads, their refusals, and the keys by which some are done once."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, get_directive_values

from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.orders import Shop
from app.sandbox.shopify.shop import UserError

Info = GraphQLResolveInfo[Any]
"""Its context is a Context."""
Act = Callable[[Shop, Mapping[str, Any], str], Object]

WANT_A_KEY = frozenset({"refundCreate", "inventoryAdjustQuantities"})
"""https://shopify.dev/changelog/making-idempotency-mandatory-for-inventory-adjustments-and-refund-mutations, read
2026-11: without one the mutation fails at run time, and nothing is done."""
PREVIOUS_FAILED = "A previous request with this idempotency key failed. Retry with a new idempotency key."
IN_PROGRESS = "This request is currently in progress, please try again."
MISMATCH = "The same idempotency key cannot be used with different operation parameters."


def _payload(name: str, act: Act, *, errors: str = "userErrors") -> Callable[..., Object]:
    def resolve(_root: object, info: Info, **asked: Any) -> Object:
        key, shop, keys = _key(info), info.context.shop, info.context.keys
        if key is None and name in WANT_A_KEY:
            message = "The @idempotent directive is required for this mutation but was not provided."
            raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})
        try:
            done = keys.once(key, asked, lambda: act(shop, asked, key)) if key else act(shop, asked, "")
        except UserError as refusal:
            return {errors: [refusal.shown]}
        return {errors: [], **done}

    return resolve


def _cancel(shop: Shop, asked: Mapping[str, Any], _key: str) -> Object:
    shop.cancel(asked["orderId"])
    return {"job": {"id": shop.new_id("Job"), "done": False}}


def _subscribe(shop: Shop, asked: Mapping[str, Any], _key: str) -> Object:
    return {"webhookSubscription": shop.subscribe(asked["topic"], asked["webhookSubscription"])}


ACTS: Mapping[str, Act] = {
    "orderCapture": lambda shop, asked, _: {"transaction": shop.capture(asked["input"])},
    "transactionVoid": lambda shop, asked, _: {"transaction": shop.void(asked["parentTransactionId"])},
    "refundCreate": lambda shop, asked, key: {"refund": shop.refund(asked["input"], key)},
    "fulfillmentCreate": lambda shop, asked, _: {"fulfillment": shop.fulfill(asked["fulfillment"])},
    "returnCreate": lambda shop, asked, _: {"return": shop.take_return(asked["returnInput"])},
    "returnClose": lambda shop, asked, _: {"return": shop.close_return(asked["id"])},
    "inventoryAdjustQuantities": lambda shop, asked, key: {
        "inventoryAdjustmentGroup": shop.adjust(asked["input"], key)
    },
    "tagsAdd": lambda shop, asked, _: {"node": shop.tag(asked["id"], asked["tags"])},
    "metafieldsSet": lambda shop, asked, _: {"metafields": [shop.set_metafield(each) for each in asked["metafields"]]},
    "webhookSubscriptionCreate": _subscribe,
}


class Keys:
    """Answers by idempotency key, as Shopify keeps them for a day."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Object | None]] = {}
        self.are_slow = False
        """Whoever asks again is told that the first request is still being carried out."""

    def once(self, key: str, asked: Mapping[str, Any], act: Callable[[], Object]) -> Object:
        """Raises UserError: of the act, and of a key that was used for something else or failed before."""
        parameters = json.dumps(asked, sort_keys=True, default=str)
        if key in self._known:
            known, answer = self._known[key]
            if known != parameters:
                raise UserError(MISMATCH, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
            if self.are_slow:
                raise UserError(IN_PROGRESS, "IDEMPOTENCY_CONCURRENT_REQUEST")
            if answer is None:
                raise UserError(PREVIOUS_FAILED, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
            return answer
        self._known[key] = parameters, None
        answer = act()
        self._known[key] = parameters, answer
        return answer


@dataclass(frozen=True)
class Context:
    shop: Shop
    scopes: Sequence[str]
    keys: Keys


def _key(info: Info) -> str | None:
    directive = info.schema.get_directive("idempotent")
    assert directive is not None  # noqa: S101
    values = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    return values["key"] if values else None


MUTATIONS: Mapping[str, Callable[..., Object]] = {
    **{name: _payload(name, act) for name, act in ACTS.items()},
    "orderCancel": _payload("orderCancel", _cancel, errors="orderCancelUserErrors"),
}
