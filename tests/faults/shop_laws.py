"""What must be so after any command, said a second time: not as the store's laws say it, and from other tables."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE
from app.domain.lifecycle import Lifecycle
from app.domain.order_lifecycle import ORDER_LIFECYCLE
from app.domain.payment_lifecycle import PAYMENT_LIFECYCLE
from app.domain.return_lifecycle import RETURN_LIFECYCLE
from tests.faults.trial import Seen

LIFECYCLES: Mapping[str, Lifecycle[Any, Any]] = {
    "orders": ORDER_LIFECYCLE,
    "payments": PAYMENT_LIFECYCLE,
    "requests": FULFILLMENT_LIFECYCLE,
    "returns": RETURN_LIFECYCLE,
}
VERSIONED = ("orders", "returns")
"""With an event for each version."""


def require_stock(seen: Seen, received: Mapping[tuple[str, str], int]) -> None:
    """`received` is what came in, by SKU and location, with what was counted away."""
    for place in seen.stock:
        came = received.get((place["sku"], place["location"]), 0)
        assert place["on_hand"] == came - place["left"] + place["restocked"], place
        assert 0 <= place["reserved"] + place["allocated"] <= place["on_hand"], place


def require_units(seen: Seen) -> None:
    for line in seen.lines:
        held = line["reserved"] + line["allocated"] + line["in_fulfillment"] + line["backordered"]
        assert 0 <= held <= line["ordered"] - line["canceled"] - line["shipped"], line
        assert 0 <= line["delivered"] <= line["shipped"], line
        assert 0 <= line["restocked"] <= line["returned"] <= line["shipped"], line
        assert line["returned"] + line["return_requested"] <= line["shipped"], line


def require_money(seen: Seen, taken: tuple[int, int]) -> None:
    """`taken` is what the gateway says that it took, and gave back."""
    for each in seen.payments:
        assert 0 <= each["refunded_minor"] <= each["captured_minor"] <= each["authorized_minor"], each
        assert each["authorized_minor"] <= each["amount_minor"], each
    captured = sum(each["captured_minor"] for each in seen.payments)
    assert (captured, sum(each["refunded_minor"] for each in seen.payments)) == taken


def require_moves(before: Seen, after: Seen) -> None:
    """States move along their tables, and each version has its event."""
    for kind, lifecycle in LIFECYCLES.items():
        known = {each["id"]: each["status"] for each in before.rows[kind]}
        for each in after.rows[kind]:
            was = known.pop(each["id"], None)
            assert each["status"] == was or each["status"] in _within_reach(lifecycle, was), (kind, was, each)
        assert not known
    told = {each["subject_id"]: each["events"] for each in after.events}
    for kind in VERSIONED:
        for each in after.rows[kind]:
            assert told[each["id"]] == each["version"], (kind, each)


@cache
def _within_reach(lifecycle: Lifecycle[Any, Any], state: str | None) -> frozenset[str]:
    """In any number of moves: a command and the jobs behind it may make several."""
    reached: set[str | None] = {state}
    size = 0
    while len(reached) > size:
        size = len(reached)
        reached |= {target for source, target, _ in lifecycle.edges() if source in reached}
    return frozenset(str(each) for each in reached - {None} if each != state)
