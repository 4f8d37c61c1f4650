"""Reservations for carts: some still stand, some were let go, some became an order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.inventory import MovementKind
from app.sandbox.story.book import Book
from app.sandbox.story.catalog import Catalog, Site
from app.sandbox.story.play import Play
from app.sandbox.story.stock import Movement, StockLedger

_SKUS = ("KIT-BOTL", "APP-BEAN", "HOM-CHAR", "NAV-POLE", "LGT-HEAD", "TNT-PEGS", "SLP-PILW", "FTW-GAIT")
_HOLDS_FOR = timedelta(days=3)


def write_carts(book: Book, catalog: Catalog, stock: StockLedger, plays: Sequence[Play]) -> None:
    site = catalog.sites["reno"]
    for sku in _SKUS:
        created_at = book.moment(book.random.uniform(0.01, 0.2))
        _reserve(book, stock, site, sku, created_at, released_at=None)
    for sku in _SKUS[:4]:
        created_at = book.moment(book.random.uniform(5, 60))
        _reserve(book, stock, site, sku, created_at, released_at=created_at + _HOLDS_FOR)
    bought = [play for play in plays if play.order["channel"] == "shopify" and play.lines[0]["sku"] in site.skus]
    for play in book.random.sample(bought, 10):
        _take_over(book, stock, site, play)


def _reserve(
    book: Book, stock: StockLedger, site: Site, sku: str, created_at: datetime, *, released_at: datetime | None
) -> None:
    reservation_id = _write(book, site, sku, 1, created_at, released_at=released_at)
    reference = ("Reservation", reservation_id)
    stock.move(site, sku, Movement(MovementKind.RESERVE, 1, created_at, reference=reference))
    if released_at:
        reason = "the cart expired"
        stock.move(site, sku, Movement(MovementKind.RELEASE, 1, released_at, reason=reason, reference=reference))


def _take_over(book: Book, stock: StockLedger, site: Site, play: Play) -> None:
    """Its units pass to the order in the moment of placement, which promises them anew."""
    line, placed_at = play.lines[0], play.order["placed_at"]
    created_at = placed_at - timedelta(minutes=book.random.randint(3, 40))
    reservation_id = _write(book, site, line["sku"], line["ordered"], created_at, order_id=play.order["id"])
    reference = ("Reservation", reservation_id)
    stock.move(site, line["sku"], Movement(MovementKind.RESERVE, line["ordered"], created_at, reference=reference))
    stock.move(site, line["sku"], Movement(MovementKind.RELEASE, line["ordered"], placed_at, reference=reference))


def _write(
    book: Book,
    site: Site,
    sku: str,
    units: int,
    created_at: datetime,
    *,
    released_at: datetime | None = None,
    order_id: UUID | None = None,
) -> UUID:
    row = book.add(
        "reservations", created_at, order_id=order_id, expires_at=created_at + _HOLDS_FOR, released_at=released_at,
        created_at=created_at,
    )  # fmt: skip
    book.add(
        "reservation_lines", created_at, reservation_id=row["id"], sku=sku, quantity=units, location_id=site.id,
        order_line_id=None,
    )  # fmt: skip
    reservation_id: UUID = row["id"]
    return reservation_id
