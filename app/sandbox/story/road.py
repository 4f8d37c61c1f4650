"""Steps on the road: what carriers report of parcels to the customer, and a parcel that comes back."""

from datetime import timedelta
from uuid import UUID

from app.domain.fulfillment import ShipmentStatus
from app.sandbox.story.book import Row
from app.sandbox.story.carriers import event_id
from app.sandbox.story.play import Parcel, Play
from app.sandbox.story.warehouse import add_parcel, buy_label


def leave(play: Play) -> None:
    play.wait(1, 8)
    for parcel in _moving(play, ShipmentStatus.LABEL_PURCHASED):
        report(play, parcel, ShipmentStatus.PICKED_UP, "Picked up by the carrier")


def travel(play: Play) -> None:
    play.wait(4, 14)
    for parcel in _moving(play, ShipmentStatus.PICKED_UP, ShipmentStatus.DELAYED):
        report(play, parcel, ShipmentStatus.IN_TRANSIT, "Departed the carrier's facility")


def delay(play: Play) -> None:
    play.wait(8, 20)
    for parcel in _moving(play, ShipmentStatus.IN_TRANSIT):
        report(play, parcel, ShipmentStatus.DELAYED, "Delayed by severe weather")
        parcel.row["estimated_delivery_at"] += timedelta(days=2)


def approach(play: Play, *, only: int | None = None) -> None:
    play.wait(8, 30)
    for parcel in (
        [play.parcels[only]] if only is not None else _moving(play, ShipmentStatus.IN_TRANSIT, ShipmentStatus.ATTEMPTED)
    ):
        report(play, parcel, ShipmentStatus.OUT_FOR_DELIVERY, "Out for delivery")


def attempt(play: Play) -> None:
    play.wait(2, 6)
    for parcel in _moving(play, ShipmentStatus.OUT_FOR_DELIVERY):
        report(play, parcel, ShipmentStatus.ATTEMPTED, "Nobody was at home")


def deliver(play: Play) -> None:
    play.wait(2, 7)
    for parcel in _moving(play, ShipmentStatus.OUT_FOR_DELIVERY):
        report(play, parcel, ShipmentStatus.DELIVERED, "Delivered, left at the front door")
        parcel.row["delivered_at"] = play.at
        for line, units in parcel.lines:
            line["delivered"] += units
        play.happened("shipment.delivered", number=parcel.row["number"])


def lose(play: Play) -> None:
    play.wait(150, 200)
    for parcel in _moving(play, ShipmentStatus.IN_TRANSIT):
        report(play, parcel, ShipmentStatus.LOST, "The carrier cannot find the parcel")
        _give_up(play, parcel)
        play.happened("shipment.lost", number=parcel.row["number"])


def bounce(play: Play) -> None:
    play.wait(30, 60)
    for parcel in _moving(play, ShipmentStatus.ATTEMPTED):
        report(play, parcel, ShipmentStatus.RETURNED_TO_SENDER, "Returned to sender: refused")
        _give_up(play, parcel)
        play.happened("shipment.returned_to_sender", number=parcel.row["number"])


def _give_up(play: Play, parcel: Parcel) -> None:
    """Its units are open again, to be sent anew or canceled."""
    parcel.row["given_up_at"] = play.at
    for line, units in parcel.lines:
        line["shipped"] -= units


def report(play: Play, parcel: Parcel, status: ShipmentStatus, description: str) -> None:
    """A tracking event; the carrier's message took a few minutes to arrive."""
    row = parcel.row
    city = play.buyer.party.city if status in (ShipmentStatus.OUT_FOR_DELIVERY, ShipmentStatus.DELIVERED) else None
    play.book.add(
        "tracking_events", play.at, shipment_id=row["id"], source_key=row["carrier_key"],
        external_event_id=event_id(row, play.at, status), at=play.at, status=status,
        description=description, city=city.name if city else None, country=city.country if city else "US",
        received_at=min(play.at + timedelta(minutes=play.book.random.randint(1, 50)), play.book.now),
    )  # fmt: skip
    row["status"] = status
    play.order["updated_at"] = play.at


def send_back(play: Play, lines: list[tuple[Row, int]], location_id: UUID) -> Row:
    """A parcel from the customer, labeled at once; its units are counted by the return, not here."""
    parcel = add_parcel(play, lines, request=None)
    parcel.row["location_id"] = location_id
    buy_label(play, parcel)
    report(play, parcel, ShipmentStatus.PICKED_UP, "Picked up by the carrier")
    report(play, parcel, ShipmentStatus.IN_TRANSIT, "Departed the carrier's facility")
    return parcel.row


def _moving(play: Play, *statuses: ShipmentStatus) -> list[Parcel]:
    """Parcels on their way to the customer."""
    return [one for one in play.parcels if one.row["status"] in statuses and one.row["fulfillment_order_id"]]
