"""Events that no webhook brought: Stripe keeps them for 30 days and lists them, the newest first.

A list can be walked both ways from an event. A first reading goes back from the newest to the oldest; from then on each
one asks for what is newer than the newest event known.
"""

from typing import Any

import msgspec

from app.connectors.ports.feeds import Changes
from app.connectors.ports.webhook import Delivery, Unreadable
from app.connectors.stripe.api import Api
from app.connectors.stripe.webhook import EVENT_TYPES, delivery

PAGE_SIZE = 100
"""The most that a list holds: https://docs.stripe.com/api/pagination, read 2026-11."""


class Cursor(msgspec.Struct):
    newest: str | None = None
    back_to: str | None = None
    """The oldest event known, while the first reading goes on."""


class EventPage(msgspec.Struct):
    data: list[dict[str, Any]]
    has_more: bool


class Events(Api):
    async def missed_events(self, cursor: str | None, *, deadline: float) -> Changes[Delivery]:
        known = Cursor() if cursor is None else msgspec.json.decode(cursor, type=Cursor)
        params = {"limit": str(PAGE_SIZE)} | {f"types[{place}]": each for place, each in enumerate(EVENT_TYPES)}
        if known.back_to is not None:
            params["starting_after"] = known.back_to
        elif known.newest is not None:
            params["ending_before"] = known.newest
        page = await self.find("/v1/events", params, EventPage, deadline=deadline)
        if page is None:
            # The event that the cursor names is older than 30 days, and forgotten.
            return Changes((), _text(Cursor()), has_more=cursor is not None)
        return Changes(
            tuple(read for each in reversed(page.data) if (read := _delivery(each))),
            _text(_following(known, page)),
            page.has_more,
        )


def _following(known: Cursor, page: EventPage) -> Cursor:
    if not page.data:
        return Cursor(known.newest)
    first, last = str(page.data[0]["id"]), str(page.data[-1]["id"])
    is_going_back = known.newest is None or known.back_to is not None
    if is_going_back:
        return Cursor(known.newest or first, last if page.has_more else None)
    return Cursor(first)


def _delivery(event: dict[str, Any]) -> Delivery | None:
    """None for one that the webhook would refuse as well."""
    try:
        return delivery(msgspec.json.encode(event))
    except Unreadable:
        return None


def _text(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()
