"""Steps in the warehouse: accepting, picking, packing, labeling.

Units count as shipped once the parcel has its label; a parcel that waits for one holds packed units.
"""

from datetime import timedelta

from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.inventory import MovementKind
from app.sandbox.story.book import Row
from app.sandbox.story.play import Parcel, Play, Request
from app.sandbox.story.routing import promise, route

_SERVICES = {"ups": ("UPS Ground", "UPS 2nd Day Air"), "fedex": ("FedEx Ground", "FedEx 2Day"),
             "usps": ("USPS Ground Advantage", "Priority Mail")}  # fmt: skip
_TRACKING_URLS = {
    "ups": "https://www.ups.com/track?tracknum=",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr=",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
}
_OPEN = (FulfillmentOrderStatus.OPEN, FulfillmentOrderStatus.SCHEDULED)


def accept(play: Play) -> None:
    """By every location asked and not yet at work."""
    play.wait(0.5, 6)
    for request in play.requests:
        if request.row["status"] in _OPEN:
            _become(play, request, FulfillmentOrderStatus.IN_PROGRESS)
            for fulfilled, line in request.lines:
                line["allocated"] -= fulfilled["quantity"]
                line["in_fulfillment"] += fulfilled["quantity"]
            play.happened("fulfillment_order.accepted", number=request.row["number"])


def pick(play: Play, *, missing: int = 0) -> None:
    """`missing` units of the last line are not to be found."""
    play.wait(0.5, 4)
    for request in _at_work(play):
        for fulfilled, _ in request.lines:
            fulfilled["picked"] = fulfilled["quantity"]
        request.lines[-1][0]["picked"] -= missing
        request.row["updated_at"] = play.at


def pack(play: Play) -> None:
    play.wait(0.2, 2)
    for request in _at_work(play):
        for fulfilled, _ in request.lines:
            fulfilled["packed"] = fulfilled["picked"]
        request.row["updated_at"] = play.at


def make_parcel(play: Play, *, only: int | None = None) -> None:
    """Of what is packed, for every fulfillment order at work or only one. No label yet."""
    play.wait(0.1, 0.5)
    for request in [play.requests[only]] if only is not None else _at_work(play):
        contents = [(line, fulfilled["packed"] - fulfilled["shipped"]) for fulfilled, line in request.lines]
        add_parcel(play, [(line, units) for line, units in contents if units], request=request)


def label(play: Play) -> None:
    """Every parcel without one gets it; its units are shipped."""
    play.wait(0.05, 0.3)
    for parcel in play.parcels:
        if parcel.row["status"] == ShipmentStatus.CREATED:
            buy_label(play, parcel)
            request = next(one for one in play.requests if one.row["id"] == parcel.row["fulfillment_order_id"])
            _count_shipped(play, parcel, request)
            play.happened("shipment.labeled", number=parcel.row["number"], carrier=parcel.row["carrier_key"])


def ship(play: Play, *, only: int | None = None) -> None:
    make_parcel(play, only=only)
    label(play)


def void_label(play: Play) -> None:
    """The carrier never had the parcel: its units are packed again."""
    play.wait(0.5, 3)
    parcel = play.parcels[-1]
    request = next(one for one in play.requests if one.row["id"] == parcel.row["fulfillment_order_id"])
    parcel.row["status"], parcel.row["shipped_at"] = ShipmentStatus.CANCELED, None
    _become(play, request, FulfillmentOrderStatus.IN_PROGRESS)
    for fulfilled, line in request.lines:
        units, fulfilled["shipped"] = fulfilled["shipped"], 0
        line["shipped"] -= units
        line["in_fulfillment"] += units
        play.move(MovementKind.RETURN_RESTOCK, request.site, line, units)
        play.move(MovementKind.RESERVE, request.site, line, units)
        play.move(MovementKind.ALLOCATE, request.site, line, units)
    play.happened("shipment.canceled", number=parcel.row["number"])


def reroute_rest(play: Play) -> None:
    """The location closes its work although units are missing; another location is asked for them."""
    play.wait(0.5, 3)
    request = play.requests[-1]
    _become(play, request, FulfillmentOrderStatus.INCOMPLETE)
    for fulfilled, line in request.lines:
        units = fulfilled["quantity"] - fulfilled["shipped"]
        if units:
            play.move(MovementKind.DEALLOCATE, request.site, line, units)
            play.move(MovementKind.RELEASE, request.site, line, units)
            line["in_fulfillment"] -= units
            for held in play.promises:
                if held.line is line and held.site is request.site:
                    held.units -= units
    play.happened("fulfillment_order.incomplete", number=request.row["number"])
    promise(play, elsewhere=request.site)
    route(play)


def call_off(play: Play) -> None:
    """Every fulfillment order that nobody works on."""
    for request in play.requests:
        if request.row["status"] in (*_OPEN, FulfillmentOrderStatus.ON_HOLD):
            _become(play, request, FulfillmentOrderStatus.CANCELED)
            play.happened("fulfillment_order.canceled", number=request.row["number"])


def add_parcel(play: Play, contents: list[tuple[Row, int]], *, request: Request | None) -> Parcel:
    order, book = play.order, play.book
    row = book.add(
        "shipments", play.at, number=f"{order['number']}-S{len(play.parcels) + 1}", status=ShipmentStatus.CREATED,
        order_id=order["id"], customer_id=order["customer_id"],
        fulfillment_order_id=request.row["id"] if request else None,
        location_id=request.site.id if request else None, carrier_key=None, service=None, tracking_number=None,
        tracking_url=None, label_url=None, cost_minor=None, currency=None, created_at=play.at, shipped_at=None,
        delivered_at=None, estimated_delivery_at=None, given_up_at=None,
    )  # fmt: skip
    for line, units in contents:
        book.add("shipment_lines", play.at, shipment_id=row["id"], order_line_id=line["id"], quantity=units)
    parcel = Parcel(row, contents)
    play.parcels.append(parcel)
    return parcel


def buy_label(play: Play, parcel: Parcel) -> None:
    random = play.book.random
    drawn = random.choice(("ups", "ups", "fedex", "usps"))
    carrier = play.buyer.party.carrier or drawn
    is_express = play.order["shipping_method"] == "express"
    number = {
        "ups": f"1Z{random.choice(('84A9Y7', '5R89R3'))}03{random.randrange(10**8):08d}",
        "fedex": f"{random.randrange(7 * 10**11, 8 * 10**11):012d}",
        "usps": f"9400{random.randrange(10**18):018d}",
    }[carrier]
    parcel.row |= {
        "status": ShipmentStatus.LABEL_PURCHASED, "carrier_key": carrier, "service": _SERVICES[carrier][is_express],
        "tracking_number": number, "tracking_url": _TRACKING_URLS[carrier] + number,
        "label_url": f"https://labels.example.com/{parcel.row['number']}.pdf", "cost_minor": random.randint(620, 1_900),
        "currency": "USD", "shipped_at": play.at,
        "estimated_delivery_at": play.at + timedelta(days=2 if is_express else 5),
    }  # fmt: skip


def _count_shipped(play: Play, parcel: Parcel, request: Request) -> None:
    for line, units in parcel.lines:
        fulfilled = next(row for row, of in request.lines if of is line)
        fulfilled["shipped"] += units
        line["in_fulfillment"] -= units
        line["shipped"] += units
        play.move(MovementKind.SHIP, request.site, line, units)
    if all(row["shipped"] == row["quantity"] for row, _ in request.lines):
        _become(play, request, FulfillmentOrderStatus.CLOSED)


def _at_work(play: Play) -> list[Request]:
    return [request for request in play.requests if request.row["status"] == FulfillmentOrderStatus.IN_PROGRESS]


def _become(play: Play, request: Request, status: FulfillmentOrderStatus) -> None:
    request.row["status"], request.row["updated_at"] = status, play.at
