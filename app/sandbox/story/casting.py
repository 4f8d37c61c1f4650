"""Who buys what, when and where: the orders of the story in order of time, each played through its scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.order import (
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.sandbox.story.book import AGENTS, Book
from app.sandbox.story.catalog import RETIRED_SKUS, SCARCE_SKUS, Catalog
from app.sandbox.story.images import Camera
from app.sandbox.story.orders import mirror, place
from app.sandbox.story.people import Shopper
from app.sandbox.story.play import Play
from app.sandbox.story.routing import write_reservation
from app.sandbox.story.scenarios import SCENARIOS, Scenario
from app.sandbox.story.stock import StockLedger

FIRST_NUMBER = 1_001
_GUEST_PROBABILITY = 0.3
"""Of those who order by telephone."""


@dataclass(frozen=True, slots=True)
class Part:
    """An order that is to be: a scenario with its buyer, basket and beginning."""

    placed_at: datetime
    scenario: Scenario
    buyer: Shopper
    channel: str
    articles: Mapping[str, int]
    is_guest: bool = False
    discount_percent: int = 0


def play_orders(
    book: Book, catalog: Catalog, stock: StockLedger, shoppers: Sequence[Shopper], heroes_parts: Sequence[Part]
) -> list[Play]:
    """In order of placement, so that numbers rise with time."""
    parts = [*heroes_parts, *_cast(book, catalog, shoppers)]
    parts.sort(key=lambda part: part.placed_at)
    return [_play(book, catalog, stock, part, number) for number, part in enumerate(parts, start=FIRST_NUMBER)]


def _cast(book: Book, catalog: Catalog, shoppers: Sequence[Shopper]) -> list[Part]:
    eagerness = [(one, book.random.paretovariate(1.6)) for one in shoppers[1:]]
    parts = []
    for scenario in SCENARIOS:
        for _ in range(scenario.count):
            placed_at = book.moment(book.random.uniform(*scenario.days_ago))
            known = [(one, weight) for one, weight in eagerness if one.created_at < placed_at]
            buyer = book.random.choices([one for one, _ in known], [weight for _, weight in known])[0]
            channel = "marketplace" if scenario.is_mirror else _channel(book, buyer, placed_at)
            parts.append(
                Part(
                    placed_at, scenario, buyer, channel, _basket(book, catalog, scenario, buyer),
                    is_guest=channel == "phone" and book.chance(_GUEST_PROBABILITY),
                    discount_percent=15 if channel == "edi" else book.random.choice((0, 0, 0, 0, 10, 20)),
                )
            )  # fmt: skip
    return parts


def _channel(book: Book, buyer: Shopper, placed_at: datetime) -> str:
    if buyer.party.company:
        return "edi"
    shops = [key for key in buyer.shops if buyer.seen[key].created_at < placed_at]
    return "phone" if not shops or book.chance(0.1) else book.random.choice(shops)


def _basket(book: Book, catalog: Catalog, scenario: Scenario, buyer: Shopper) -> dict[str, int]:
    regular = [sku for sku in catalog.articles if sku not in (*SCARCE_SKUS, *RETIRED_SKUS)]
    skus = book.random.sample(regular, book.random.choice((1, 1, 1, 2, 2, 3)))
    most = 12 if buyer.party.company else 2
    basket = {sku: book.random.randint(1, most) for sku in skus}
    if scenario.is_scarce:
        basket[book.random.choice(SCARCE_SKUS)] = 1
    first, last = next(iter(basket)), list(basket)[-1]
    basket[first] = max(basket[first], scenario.units_min)
    if not scenario.is_scarce:
        basket[last] = max(basket[last], scenario.units_min)
    return basket


def _play(book: Book, catalog: Catalog, stock: StockLedger, part: Part, number: int) -> Play:
    buyer, scenario, at = part.buyer, part.scenario, part.placed_at
    address = buyer.party.address()
    order = book.add(
        "orders", at, version=1, number=str(number), management=OrderManagement.MANAGED, status=OrderStatus.PENDING,
        fulfillment_status=OrderFulfillmentStatus.UNFULFILLED, payment_status=OrderPaymentStatus.NOT_PAID,
        return_status=OrderReturnStatus.NONE, channel=part.channel, customer_id=None if part.is_guest else buyer.id,
        contact_name=buyer.party.name, contact_email=buyer.party.emails[0], shipping_address=address,
        billing_address=address, shipping_method=buyer.party.shipping_method or "standard",
        currency=buyer.party.currency, subtotal_minor=0, discount_minor=0, shipping_minor=0, tax_minor=0, total_minor=0,
        paid_minor=0, refunded_minor=0, credited_minor=0,
        placed_at=at, updated_at=at, completed_at=None, canceled_at=None,
        estimated_delivery_at=at + timedelta(days=6), held_from=None, metadata=_metadata(part.channel, number),
    )  # fmt: skip
    if part.channel in buyer.shops:
        _refer(book, part, order["id"], number)
    play = Play(book, catalog, stock, buyer, order, at, Camera(book, order))
    place(play, part.articles, draft=scenario.is_draft, discount_percent=part.discount_percent)
    if scenario.is_mirror:
        mirror(play)
    for step in scenario.steps:
        step(play)
    if play.order["status"] is OrderStatus.ON_HOLD:
        order["held_from"] = play.held_from
    write_reservation(play)
    play.over()
    return play


def _metadata(channel: str, number: int) -> dict[str, str] | None:
    """What the channel handed over with some orders, told by their numbers."""
    if channel == "edi":
        return {"purchaseOrder": f"PO-{number * 7 + 40_000}", "terms": "net 30"}
    if channel == "phone":
        return {"takenBy": AGENTS[number // 2 % len(AGENTS)].id} if number % 2 else None
    campaign = {0: {"campaign": "newsletter"}, 3: {"gift": "true", "giftMessage": "Enjoy the hills!"}}
    return campaign.get(number % 9)


def _refer(book: Book, part: Part, order_id: object, number: int) -> None:
    shop_order = 5_900_000_000_000 + number * 32_768
    host = {"shopify": "main-store", "shopify_outlet": "outlet-store"}[part.channel]
    book.add(
        "order_references", part.placed_at, order_id=order_id, source_key=part.channel,
        external_id=f"gid://shopify/Order/{shop_order}", url=f"https://{host}.example.com/admin/orders/{shop_order}",
    )  # fmt: skip
