"""Ada's own orders: at least one of everything that the demo's first query shows."""

from functools import partial

from app.domain.order import HoldReason
from app.sandbox.story import fulfillment as ff
from app.sandbox.story import orders, payments, returns, routing
from app.sandbox.story.book import Book
from app.sandbox.story.casting import Part
from app.sandbox.story.people import Shopper
from app.sandbox.story.play import Step
from app.sandbox.story.scenarios import (
    ASKED_ONE,
    DELIVERED,
    MOVING,
    RETURNED,
    ROAD,
    SPLIT_DELIVERED,
    TAKEN,
    WORKED,
    Scenario,
    exchanged,
)

_ORDERS: tuple[tuple[float, str, dict[str, int], tuple[Step, ...]], ...] = (
    # Order 1001: two parcels from two locations, and one of the two pads sent back.
    (724.4, "shopify", {"SLP-PADR": 2, "TNT-DUO2": 1}, (*SPLIT_DELIVERED, *ASKED_ONE, *RETURNED)),
    (600.3, "shopify", {"KIT-STOV": 1, "KIT-POTS": 1}, DELIVERED),
    (412.25, "shopify_outlet", {"APP-FLCW": 1, "APP-SOCK": 3}, DELIVERED),
    (237.1, "shopify", {"HOM-AXE1": 1}, (routing.promise, payments.authorize, orders.cancel, payments.void)),
    (120.45, "shopify", {"FTW-BT39": 1}, exchanged("FTW-BT42", *WORKED, ff.ship, *ROAD)),
    (46.2, "shopify_outlet", {"LGT-LANT": 2, "KIT-MUG1": 4}, DELIVERED),
    (12.6, "shopify", {"APP-SHLW": 1, "PCK-DAY18": 1}, (*DELIVERED, *ASKED_ONE, returns.approve)),
    (2.25, "shopify", {"PCK-TRK45": 1, "LGT-HEAD": 1}, MOVING),
    (0.4, "shopify", {"HOM-BLKT": 2}, (
        *TAKEN, routing.route,
        partial(orders.hold, reason=HoldReason.ADDRESS, note="asked for the apartment number", request=0),
    )),
)  # fmt: skip


def parts(book: Book, ada: Shopper) -> list[Part]:
    return [
        Part(book.moment(days_ago), Scenario(1, (days_ago, days_ago), steps), ada, channel, articles)
        for days_ago, channel, articles, steps in _ORDERS
    ]
