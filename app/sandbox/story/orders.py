"""Steps that concern the order itself: taking it in, holding it, amending it, giving it up, completing it."""

from collections.abc import Mapping

from app.domain.inventory import MovementKind
from app.domain.order import ExceptionStatus, HoldReason, OrderChangeKind, OrderManagement, OrderStatus
from app.sandbox.story.book import Row
from app.sandbox.story.catalog import Article
from app.sandbox.story.play import Play, add_up, record_change

_SHIPPING_MINOR = {"standard": 695, "express": 1_995}
_TAX_BASIS_POINTS = 725
"""Of consumers; organizations buy for resale."""


def place(play: Play, articles: Mapping[str, int], *, draft: bool = False, discount_percent: int = 0) -> None:
    """`articles` are SKUs and units. The units are promised by the steps of app/sandbox/story/routing.py."""
    for sku, units in articles.items():
        add_line(play, play.catalog.articles[sku], units, discount_percent)
    shipping_minor = _SHIPPING_MINOR[play.order["shipping_method"]]
    play.order["shipping_minor"] = shipping_minor
    add_up(play)
    placed = [(line, line["ordered"], line["total_minor"]) for line in play.lines]
    record_change(play, OrderChangeKind.PLACE, None, placed, actor=play.buyer.actor, other_minor=shipping_minor)
    play.become(OrderStatus.DRAFT if draft else OrderStatus.PENDING)
    kind = "order.drafted" if draft else "order.placed"
    play.happened(kind, play.buyer.actor, number=play.order["number"], channel=play.order["channel"])


def add_line(play: Play, article: Article, units: int, discount_percent: int = 0) -> Row:
    unit_price_minor = price_minor(play, article)
    gross_minor = unit_price_minor * units
    discount_minor = gross_minor * discount_percent // 100
    is_taxed = play.order["channel"] != "edi"
    tax_minor = (gross_minor - discount_minor) * _TAX_BASIS_POINTS // 10_000 if is_taxed else 0
    line = play.book.add(
        "order_lines", play.at, order_id=play.order["id"], position=len(play.lines) + 1, product_id=article.id,
        sku=article.sku, title=article.title, currency=play.order["currency"], unit_price_minor=unit_price_minor,
        discount_minor=discount_minor, tax_minor=tax_minor, total_minor=gross_minor - discount_minor + tax_minor,
        ordered=units, canceled=0, backordered=0, reserved=0, allocated=0, in_fulfillment=0, shipped=0, delivered=0,
        return_requested=0, returned=0, restocked=0, exchanged=0,
    )  # fmt: skip
    play.lines.append(line)
    return line


def price_minor(play: Play, article: Article) -> int:
    """The catalog's price is in US dollars; abroad there is a price list at a fixed ratio to it."""
    return article.price_minor * {"CAD": 137, "EUR": 92}.get(play.order["currency"], 100) // 100


def submit(play: Play) -> None:
    play.wait(1, 20)
    play.become(OrderStatus.PENDING)
    play.happened("order.placed", play.buyer.actor, number=play.order["number"], channel=play.order["channel"])


def confirm(play: Play) -> None:
    play.wait(0.1, 1)
    play.become(OrderStatus.CONFIRMED)
    play.happened("order.confirmed")
    reference = f"{40_000_000 + int(play.order['number']):010d}"
    play.book.add(
        "order_references", play.at, order_id=play.order["id"], source_key="sap", external_id=reference, url=None
    )


# ── holds and exceptions


def hold(play: Play, reason: HoldReason, note: str, *, request: int | None = None) -> None:
    """Of the order, or of one of its fulfillment orders."""
    play.wait(0.1, 1)
    agent = play.book.agent()
    held = None if request is None else play.requests[request]
    row = play.book.add(
        "holds", play.at, order_id=play.order["id"], fulfillment_order_id=held.row["id"] if held else None,
        reason=reason, note=note, placed_at=play.at, released_at=None, **agent.columns,
    )  # fmt: skip
    play.holds.append(row)
    if held:
        held.row["status"], held.row["updated_at"] = "ON_HOLD", play.at
        play.happened("fulfillment_order.held", agent, number=held.row["number"], reason=reason)
    else:
        play.held_from = play.order["status"]
        play.become(OrderStatus.ON_HOLD)
        play.happened("order.held", agent, reason=reason)


def release(play: Play) -> None:
    """Lifts the newest hold that still stands."""
    play.wait(1, 10)
    row = next(row for row in reversed(play.holds) if row["released_at"] is None)
    row["released_at"] = play.at
    request = next((one for one in play.requests if one.row["id"] == row["fulfillment_order_id"]), None)
    if request:
        request.row["status"], request.row["updated_at"] = "OPEN", play.at
        play.happened("fulfillment_order.hold_released", play.book.agent(), number=request.row["number"])
    else:
        play.become(play.held_from)
        play.happened("order.hold_released", play.book.agent(), reason=row["reason"])


def fail(play: Play, category: str, message: str, suggested_action: str, *, resolved: bool = False) -> None:
    """An exception; a resolved one was dealt with some hours later."""
    play.wait(0.5, 2)
    raised_at = play.at
    play.happened("order.exception_raised", category=category)
    if resolved:
        play.wait(2, 9)
        play.happened("order.exception_resolved", play.book.agent(), category=category)
    play.book.add(
        "order_exceptions", raised_at, order_id=play.order["id"],
        status=ExceptionStatus.RESOLVED if resolved else ExceptionStatus.OPEN, category=category, message=message,
        suggested_action=suggested_action, attempts=play.book.random.randint(2, 5), raised_at=raised_at,
        resolved_at=play.at if resolved else None,
    )  # fmt: skip


# ── amending it


def edit(play: Play, sku: str, units: int = 1) -> None:
    """Adds a line. The units still need to be promised."""
    play.wait(0.5, 4)
    agent = play.book.agent()
    line = add_line(play, play.catalog.articles[sku], units)
    play.is_amended = True
    add_up(play)
    change = [(line, units, line["total_minor"])]
    record_change(play, OrderChangeKind.EDIT, "customer asked to add an item", change, actor=agent)
    play.happened("order.edited", agent, added=sku, quantity=units)


def adjust(play: Play, percent: int = 10) -> None:
    """Goodwill on the first line: a discount granted later."""
    play.wait(10, 40)
    agent, line = play.book.agent(), play.lines[0]
    goodwill_minor = (line["total_minor"] - line["tax_minor"]) * percent // 100
    line["discount_minor"] += goodwill_minor
    line["total_minor"] -= goodwill_minor
    add_up(play)
    record_change(
        play, OrderChangeKind.ADJUSTMENT, "goodwill for a late parcel", [(line, 0, -goodwill_minor)], actor=agent
    )
    play.happened("order.adjusted", agent, amountMinor=-goodwill_minor)


def cancel_unit(play: Play) -> None:
    """One unit of the last line, before it is shipped."""
    play.wait(0.2, 2)
    line = play.lines[-1]
    _cancel(play, [(line, 1)], "customer changed their mind")


def cancel(play: Play, reason: str = "customer changed their mind") -> None:
    """Everything, before anything was shipped."""
    play.wait(0.5, 8)
    _cancel(play, [(line, line["ordered"] - line["canceled"]) for line in play.lines], reason)
    play.become(OrderStatus.CANCELED)
    play.order["canceled_at"] = play.at
    play.happened("order.canceled", play.buyer.actor, reason=reason)


def expire(play: Play) -> None:
    """Never paid: the promise is taken back; what was asked for stays on record."""
    play.wait(70, 96)
    for line in play.lines:
        give_back(play, line, line["reserved"])
    play.become(OrderStatus.EXPIRED)
    play.happened("order.expired")


def _cancel(play: Play, units: list[tuple[Row, int]], reason: str) -> None:
    for line, count in units:
        waiting = min(line["backordered"], count)
        line["backordered"] -= waiting
        give_back(play, line, count - waiting)
    shares = [(line, count, _take_out(line, count)) for line, count in units]
    is_whole = all(line["ordered"] == line["canceled"] for line in play.lines)
    shipping_minor = play.order["shipping_minor"] if is_whole else 0
    play.order["shipping_minor"] -= shipping_minor
    add_up(play)
    record_change(
        play, OrderChangeKind.CANCEL, reason, [(line, -count, -share) for line, count, share in shares],
        actor=play.buyer.actor, other_minor=-shipping_minor,
    )  # fmt: skip
    if not is_whole:
        play.happened("order.units_canceled", play.buyer.actor, reason=reason)


def _take_out(line: Row, count: int) -> int:
    """Cancels units and answers what they were worth; the last unit takes the remainder of discount and tax."""
    remaining = line["ordered"] - line["canceled"]
    before_minor: int = line["total_minor"]
    for part in ("discount_minor", "tax_minor"):
        line[part] -= line[part] * count // remaining
    line["canceled"] += count
    line["total_minor"] = line["unit_price_minor"] * (remaining - count) - line["discount_minor"] + line["tax_minor"]
    return before_minor - int(line["total_minor"])


def give_back(play: Play, line: Row, count: int) -> None:
    """Units that a location held for the line, allocated ones first when they are in an open fulfillment order."""
    for promise in (one for one in play.promises if one.line is line):
        units = min(promise.units, count)
        count -= units
        allocated = min(units, line["allocated"])
        if allocated:
            play.move(MovementKind.DEALLOCATE, promise.site, line, allocated)
            line["allocated"] -= allocated
            line["reserved"] += allocated
        if units:
            play.move(MovementKind.RELEASE, promise.site, line, units)
            line["reserved"] -= units
            promise.units -= units


# ── the end


def complete(play: Play) -> None:
    play.wait(1, 12)
    play.become(OrderStatus.COMPLETED)
    play.order["completed_at"] = play.at
    play.happened("order.completed")


def mirror(play: Play) -> None:
    """Another system took it, sent it and was paid; only the outcome is known here."""
    play.wait(80, 200)
    order = play.order
    order["management"], order["paid_minor"] = OrderManagement.UNMANAGED, order["total_minor"]
    for line in play.lines:
        line["shipped"] = line["delivered"] = line["ordered"]
    play.become(OrderStatus.COMPLETED)
    order["completed_at"] = play.at
    play.happened("order.mirrored")
