"""Steps of a return: asked for, decided, sent, received, inspected, settled."""

from collections.abc import Sequence

from app.domain.fulfillment import ShipmentStatus
from app.domain.inventory import MovementKind
from app.domain.order import OrderChangeKind, OrderStatus
from app.domain.refunds import Goods
from app.domain.returns import Disposition, ReturnReason, ReturnStatus
from app.sandbox.story.book import SYSTEM, Actor, Row
from app.sandbox.story.catalog import Site
from app.sandbox.story.orders import add_line, price_minor
from app.sandbox.story.payments import refund, sell
from app.sandbox.story.play import Play, add_up, record_change
from app.sandbox.story.road import report, send_back

_FEE_MINOR = 495

REGRETS = (
    ReturnReason.UNWANTED,
    ReturnReason.WRONG_ITEM,
    ReturnReason.NOT_AS_DESCRIBED,
    ReturnReason.SIZE_OR_FIT,
    ReturnReason.LATE,
    ReturnReason.OTHER,
)
"""Of goods that can be sold again."""
DAMAGES = (ReturnReason.DEFECTIVE, ReturnReason.DAMAGED_IN_TRANSIT)
_NOTES = {
    ReturnReason.DEFECTIVE: "came apart on the second day",
    ReturnReason.DAMAGED_IN_TRANSIT: "the box was crushed on one side",
    ReturnReason.WRONG_ITEM: "not what the packing slip says",
    ReturnReason.NOT_AS_DESCRIBED: "darker than in the picture",
    ReturnReason.LATE: "came after the trip",
    ReturnReason.OTHER: "a gift that they had already",
}


def ask(play: Play, *, units: int | None = None, reasons: Sequence[ReturnReason] = REGRETS) -> None:
    """To return `units` of the first line, or everything that was delivered; the order's number chooses the reasons."""
    play.wait(20, 90)
    book = play.book
    wanted = [(line, line["delivered"] - line["returned"] - line["return_requested"]) for line in play.lines]
    wanted = [(wanted[0][0], units)] if units is not None else wanted
    row = book.add(
        "returns", play.at, version=1, number=f"{play.order['number']}-R{len(play.returns) + 1}",
        status=ReturnStatus.REQUESTED, order_id=play.order["id"], customer_id=play.order["customer_id"],
        shipment_id=None, location_id=None, currency=play.order["currency"],
        refund_minor=sum(sum(_worth_minor(line, count)) for line, count in wanted), shipping_minor=0, fees_minor=0,
        exchange_minor=0,
        note=None, requested_at=play.at, closed_at=None,
    )  # fmt: skip
    play.returns.append(row)
    for turn, (line, count) in enumerate(wanted, start=int(play.order["number"])):
        if count:
            line["return_requested"] += count
            play.return_lines.append(_add_line(play, row, line, count, reasons[turn % len(reasons)]))
    _happened(play, "return.requested", play.buyer.actor, number=row["number"])


def decline(play: Play) -> None:
    _withdraw(play, ReturnStatus.DECLINED, "return.declined", "worn beyond trial use")


def withdraw(play: Play) -> None:
    _withdraw(play, ReturnStatus.CANCELED, "return.canceled", "the customer keeps it")


def approve(play: Play, *, fee: bool = False) -> None:
    play.wait(1, 20)
    row = play.returns[-1]
    row["fees_minor"] = _FEE_MINOR if fee else 0
    _become(play, ReturnStatus.OPEN, "return.approved", play.book.agent())


def mail(play: Play) -> None:
    play.wait(10, 50)
    row = play.returns[-1]
    contents = [(line, returned["quantity"]) for returned, line in _lines(play)]
    row["shipment_id"] = send_back(play, contents, _dock(play).id)["id"]
    _become(play, ReturnStatus.IN_TRANSIT, "return.shipped", SYSTEM)


def receive(play: Play, *, missing: int = 0) -> None:
    """At the dock; `missing` units of the first line are not in the box."""
    play.wait(40, 90)
    row = play.returns[-1]
    parcel = next((one for one in play.parcels if one.row["id"] == row["shipment_id"]), None)
    if parcel is not None and parcel.row["delivered_at"] is None:
        report(play, parcel, ShipmentStatus.DELIVERED, "Delivered to the dock")
        parcel.row["delivered_at"] = play.at
    received, row["location_id"] = [], _dock(play).id
    for turn, (returned, line) in enumerate(_lines(play)):
        units = returned["quantity"] - returned["received"] - (missing if turn == 0 else 0)
        returned["received"] += units
        line["return_requested"] -= units
        line["returned"] += units
        if units:
            received.append((line, -units, 0))
    # The total stays what was ordered; what a return is worth goes back as a refund or into an exchange.
    record_change(play, OrderChangeKind.RETURN, "received", received, actor=SYSTEM)
    _become(play, ReturnStatus.PARTIALLY_RECEIVED if missing else ReturnStatus.RECEIVED, "return.received", SYSTEM)


def inspect(play: Play, *, verdicts: Sequence[Disposition] = (Disposition.RESTOCK,)) -> None:
    """A verdict for every unit, in turn; what never arrived is missing."""
    play.wait(2, 20)
    site, turn = _dock(play), 0
    for returned, line in _lines(play):
        for _ in range(returned["received"]):
            verdict = verdicts[turn % len(verdicts)]
            turn += 1
            _dispose(play, returned, verdict, 1, site)
            if verdict is Disposition.RESTOCK:
                line["restocked"] += 1
                play.move(MovementKind.RETURN_RESTOCK, site, line, 1)
        absent = returned["quantity"] - returned["received"]
        if absent:
            line["return_requested"] -= absent
            _dispose(play, returned, Disposition.MISSING, absent, None)
            for component, minor in zip(("item_minor", "tax_minor"), _worth_minor(line, absent), strict=True):
                returned[component] -= minor
                play.returns[-1]["refund_minor"] -= minor
    _become(play, ReturnStatus.INSPECTED, "return.inspected", play.book.agent())


def settle(play: Play) -> None:
    """Refunds what is left after fees and exchange, or charges what the exchange costs more."""
    play.wait(1, 12)
    row = play.returns[-1]
    row["closed_at"] = play.at
    play.order["credited_minor"] += row["refund_minor"] - row["fees_minor"]
    _become(play, ReturnStatus.CLOSED, "return.closed", play.book.agent())
    net_minor = row["refund_minor"] - row["fees_minor"] - row["exchange_minor"]
    if net_minor > 0:
        refund(play, net_minor, return_id=row["id"])
    elif net_minor < 0:
        sell(play, -net_minor)


def wish_exchange(play: Play, sku: str) -> None:
    """One unit of another article in place of the money."""
    row, article = play.returns[-1], play.catalog.articles[sku]
    play.exchange = play.book.add(
        "exchange_lines", play.at, return_id=row["id"], sku=sku, quantity=1,
        unit_price_minor=price_minor(play, article), discount_minor=0, tax_minor=0, currency=row["currency"],
        order_line_id=None,
    )  # fmt: skip


def exchange(play: Play) -> None:
    """Settles by adding the replacement to the order, which goes on being fulfilled."""
    assert play.exchange is not None  # noqa: S101 - the scenario wished for one
    row, wish = play.returns[-1], play.exchange
    replaced = _lines(play)[0][1]
    line = add_line(play, play.catalog.articles[wish["sku"]], wish["quantity"])
    play.is_amended = True
    add_up(play)
    wish["order_line_id"], row["exchange_minor"] = line["id"], line["total_minor"]
    wish["tax_minor"] = line["tax_minor"]
    replaced["exchanged"] += wish["quantity"]
    settle(play)
    change = [(line, line["ordered"], line["total_minor"])]
    record_change(play, OrderChangeKind.EXCHANGE, f"return {row['number']}", change, actor=SYSTEM)
    play.become(OrderStatus.PROCESSING)
    play.order["completed_at"] = None
    play.happened("order.exchanged", added=wish["sku"])


def _withdraw(play: Play, status: ReturnStatus, kind: str, note: str) -> None:
    play.wait(4, 30)
    row = play.returns[-1]
    row["note"] = note
    for returned, line in _lines(play):
        line["return_requested"] -= returned["quantity"]
    actor = play.buyer.actor if status is ReturnStatus.CANCELED else play.book.agent()
    _become(play, status, kind, actor)


def _add_line(play: Play, row: Row, line: Row, units: int, reason: ReturnReason) -> tuple[Row, Row]:
    item_minor, tax_minor = _worth_minor(line, units)
    returned = play.book.add(
        "return_lines", play.at, return_id=row["id"], order_line_id=line["id"], quantity=units, reason=reason,
        note=_NOTES.get(reason), received=0, item_minor=item_minor, tax_minor=tax_minor,
    )  # fmt: skip
    return returned, line


def _dispose(play: Play, returned: Row, verdict: Disposition, units: int, site: Site | None) -> None:
    play.book.add(
        "return_dispositions", play.at, return_line_id=returned["id"], disposition=verdict, quantity=units,
        location_id=site.id if site else None, at=play.at,
    )  # fmt: skip


def _lines(play: Play) -> list[tuple[Row, Row]]:
    """Of the newest return, each beside its order line."""
    return [pair for pair in play.return_lines if pair[0]["return_id"] == play.returns[-1]["id"]]


def _worth_minor(line: Row, units: int) -> tuple[int, int]:
    """What was paid for these units, and its tax. No line comes back in several returns."""
    live = line["ordered"] - line["canceled"]
    worth = Goods(live, line["total_minor"] - line["tax_minor"], line["tax_minor"]).part(units)
    return worth.item_minor, worth.tax_minor


def _dock(play: Play) -> Site:
    """Returns go to the distribution center on the customer's side of the country."""
    sites = play.catalog.sites
    return sites["reno"] if play.buyer.party.city.longitude < -100 else sites["columbus"]


def _become(play: Play, status: ReturnStatus, kind: str, actor: Actor) -> None:
    play.returns[-1]["status"] = status
    _happened(play, kind, actor, number=play.returns[-1]["number"])


def _happened(play: Play, kind: str, actor: Actor, **data: object) -> None:
    play.report(kind, actor, "Return", play.returns[-1], {"order": play.order["number"], **data})
