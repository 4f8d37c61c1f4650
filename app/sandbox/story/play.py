"""An order being played: its rows, and where its clock stands."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.inventory import MovementKind
from app.domain.order import OrderChangeKind, OrderStatus
from app.sandbox.story.axes import derive
from app.sandbox.story.book import SYSTEM, Actor, Book, Row
from app.sandbox.story.catalog import Catalog, Site
from app.sandbox.story.images import Camera, overlaid
from app.sandbox.story.people import Shopper
from app.sandbox.story.stock import Movement, StockLedger


class StoryOverruns(RuntimeError):
    """A scenario began too late to be over by the end of the story: give it more days."""


@dataclass(slots=True)
class Promise:
    """Units of a line that a location holds for the order."""

    site: Site
    line: Row
    units: int


@dataclass(slots=True)
class Request:
    """A fulfillment order with its lines, each beside the order line it fulfills."""

    row: Row
    site: Site
    lines: list[tuple[Row, Row]]


@dataclass(slots=True)
class Parcel:
    row: Row
    lines: list[tuple[Row, int]]
    """Order lines and units."""


@dataclass(slots=True)
class Play:
    book: Book
    catalog: Catalog
    stock: StockLedger
    buyer: Shopper
    order: Row
    at: datetime
    camera: Camera
    events_of: Counter[UUID] = field(default_factory=Counter)
    """By the key of the order, or of a return."""
    last_event: Row | None = None
    lines: list[Row] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    return_lines: list[tuple[Row, Row]] = field(default_factory=list)
    """Of every return, each beside the order line it is about."""
    exchange: Row | None = None
    """The exchange line that the newest return wishes for."""
    is_amended: bool = False
    """Something was added after it had been placed."""
    holds: list[Row] = field(default_factory=list)
    held_from: OrderStatus = OrderStatus.PENDING
    """Where the order stood when it was last put on hold."""

    def wait(self, hours_min: float, hours_max: float) -> None:
        self.at += timedelta(seconds=self.book.random.randint(int(hours_min * 3600), int(hours_max * 3600)))
        if self.at > self.book.now:
            raise StoryOverruns(f"order {self.order['number']} would go on until {self.at:%Y-%m-%d %H:%M}")

    def happened(self, kind: str, actor: Actor = SYSTEM, **data: object) -> None:
        self.report(kind, actor, "Order", self.order, data)

    def report(self, kind: str, actor: Actor, subject_type: str, subject: Row, data: Mapping[str, object]) -> None:
        """`subject` is the order, or a return of it."""
        self.events_of[subject["id"]] += 1
        subject["version"] = self.events_of[subject["id"]]
        self.order["updated_at"] = self.at
        self._derive()
        self.last_event = self.book.event(kind, self.at, actor, (subject_type, subject["id"]), **data)
        self.last_event["images"] = self.camera.take()

    def _derive(self) -> None:
        derive(self.order, self.lines, self.payments, self.returns, is_amended=self.is_amended)

    def over(self) -> None:
        """What changed behind the last event belongs to it."""
        self._derive()
        assert self.last_event is not None  # noqa: S101 - an order is placed, at least
        self.last_event["images"] = overlaid(self.last_event["images"], self.camera.take())

    def move(self, kind: MovementKind, site: Site, line: Row, units: int) -> None:
        self.stock.move(site, line["sku"], Movement(kind, units, self.at, reference=("Order", self.order["id"])))

    def become(self, status: OrderStatus) -> None:
        self.order["status"] = status

    def units(self, *counters: str) -> int:
        return sum(line[counter] for line in self.lines for counter in counters)


Step = Callable[[Play], None]
"""Moves the clock, keeps counters, money and stock right among themselves, and reports to the event log."""


def add_up(play: Play) -> None:
    """The order's sums, from its lines."""
    order, lines = play.order, play.lines
    order["subtotal_minor"] = sum(line["unit_price_minor"] * (line["ordered"] - line["canceled"]) for line in lines)
    order["discount_minor"] = sum(line["discount_minor"] for line in lines)
    order["tax_minor"] = sum(line["tax_minor"] for line in lines)
    order["total_minor"] = (
        order["subtotal_minor"] - order["discount_minor"] + order["shipping_minor"] + order["tax_minor"]
    )


def record_change(
    play: Play,
    kind: OrderChangeKind,
    reason: str | None,
    lines: list[tuple[Row, int, int]],
    *,
    actor: Actor,
    other_minor: int = 0,
) -> None:
    """`lines` are order lines with what their quantity and total became larger by; `other_minor` is shipping's part."""
    currency = play.order["currency"]
    change = play.book.add(
        "order_changes", play.at, order_id=play.order["id"], kind=kind, at=play.at, reason=reason,
        amount_minor=sum(amount for _, _, amount in lines) + other_minor, currency=currency, **actor.columns,
    )  # fmt: skip
    for line, quantity, amount in lines:
        play.book.add(
            "order_change_lines", play.at, change_id=change["id"], order_line_id=line["id"], quantity_delta=quantity,
            amount_delta_minor=amount, currency=currency,
        )  # fmt: skip
