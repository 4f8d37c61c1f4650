"""Ada's own orders: at least one of everything that the demo's first query shows."""

from functools import partial

from app.domain.order import HoldReason
from app.sandbox.story import orders, payments, returns, routing, warehouse
from app.sandbox.story.book import Book
from app.sandbox.story.casting import Part
from app.sandbox.story.people import Shopper
from app.sandbox.story.scenarios import Scenario
from app.sandbox.story.sequences import (
    ASK_ONE,
    ASKED_ONE,
    CLOSED,
    DELIVERED,
    MOVED,
    MOVING,
    RETURNED,
    SPLIT_DELIVERED,
    TAKEN,
    WORKED,
    Steps,
    exchanged,
)

_ORDERS: tuple[tuple[str, float, str, dict[str, int], Steps], ...] = (
    ("two parcels, one unit back", 724.4, "shopify", {"SLP-PADR": 2, "TNT-DUO2": 1},
     (*SPLIT_DELIVERED, ASK_ONE, *RETURNED)),
    ("delivered", 600.3, "shopify", {"KIT-STOV": 1, "KIT-POTS": 1}, DELIVERED),
    ("delivered", 412.25, "shopify_outlet", {"APP-FLCW": 1, "APP-SOCK": 3}, DELIVERED),
    ("canceled", 237.1, "shopify", {"HOM-AXE1": 1},
     (routing.promise, payments.authorize, orders.cancel, payments.void)),
    ("exchanged", 120.45, "shopify", {"FTW-BT39": 1},
     exchanged("FTW-BT42", *WORKED, warehouse.ship, *MOVED, *CLOSED)),
    ("delivered", 46.2, "shopify_outlet", {"LGT-LANT": 2, "KIT-MUG1": 4}, DELIVERED),
    ("a return open", 12.6, "shopify", {"APP-SHLW": 1, "PCK-DAY18": 1}, (*ASKED_ONE, returns.approve)),
    ("in transit", 2.25, "shopify", {"PCK-TRK45": 1, "LGT-HEAD": 1}, MOVING),
    ("in progress, on hold", 0.4, "shopify", {"HOM-BLKT": 2},
     (*TAKEN, routing.route,
      partial(orders.hold, reason=HoldReason.ADDRESS, note="asked for the apartment number", request=0))),
)  # fmt: skip


def parts(book: Book, ada: Shopper) -> list[Part]:
    return [
        Part(book.moment(days_ago), Scenario(name, 1, (days_ago, days_ago), steps), ada, channel, articles)
        for name, days_ago, channel, articles, steps in _ORDERS
    ]
