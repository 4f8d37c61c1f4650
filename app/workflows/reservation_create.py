"""reservationCreate: holds units for a cart, all that it asks for or none of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.ids import new_id
from app.domain.order_summary import Line
from app.domain.refusals import Refusal, RefusalCode, refuse_if_any
from app.stores.events import append_event
from app.stores.placement import find_products
from app.stores.reservations import hold
from app.stores.routing import unknown_locations
from app.stores.stock import lock_positions
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_input import LINES_MAX, UNITS_MAX
from app.workflows.order_intake import promise
from app.workflows.policy import Shortage
from app.workflows.work import Work

HOLDS_FOR_MAX = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCreate:
    lines: list[CartLine]
    location_keys: Sequence[str] | None = None
    expires_at: datetime | None = None


async def reservation_create(tx: Transaction, command: ReservationCreate, work: Work) -> Outcome:
    refuse_if_any(_impossible(command, tx.at))
    lines = await _lines(tx, command.lines)
    await _require_locations(tx, command.location_keys or ())
    positions = await lock_positions(tx, [line.sku for line in lines], command.location_keys)
    promises = promise(lines, positions, shortage=Shortage.REFUSE)
    expires_at = command.expires_at or tx.at + work.policy.cart_holds_for
    reservation_id = await hold(tx, promises, expires_at)
    held = [{"sku": each.line.sku, "quantity": each.units, "location": each.position.location_key} for each in promises]
    said = {"lines": held, "expiresAt": expires_at}
    await append_event(tx, "reservation.created", ("Reservation", reservation_id), said)
    return Outcome({"reservation": reservation_id})


def _impossible(command: ReservationCreate, at: datetime) -> Iterator[Refusal]:
    if not command.lines:
        yield Refusal(code=RefusalCode.REQUIRED, message="a reservation has at least one line", field=("lines",))
    if len(command.lines) > LINES_MAX:
        message = f"a reservation may have {LINES_MAX} lines at most, not {len(command.lines)}"
        yield Refusal(code=RefusalCode.LIMIT_EXCEEDED, message=message, field=("lines",))
    for number, line in enumerate(command.lines):
        if not 1 <= line.quantity <= UNITS_MAX:
            message = f"quantity must be between 1 and {UNITS_MAX:,}, not {line.quantity}"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=("lines", str(number), "quantity"))
    if command.location_keys is not None and not command.location_keys:
        message = "name a location, or leave locationKeys out to hold units anywhere"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("location_keys",))
    if command.expires_at is not None and not at < command.expires_at <= at + HOLDS_FOR_MAX:
        message = f"expiresAt must be in the future, and within {HOLDS_FOR_MAX.days} days"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("expires_at",))


async def _lines(tx: Transaction, wanted: Sequence[CartLine]) -> list[Line]:
    """As an order would have them, but for what they cost. Raises Refused."""
    products = await find_products(tx, [each.sku for each in wanted])
    refuse_if_any(
        Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no product {each.sku}", field=("lines", str(n), "sku"))
        for n, each in enumerate(wanted)
        if each.sku not in products
    )
    return [
        Line(
            id=new_id(), position=number, product_id=products[each.sku].id, sku=each.sku,
            title=products[each.sku].title, unit_price_minor=0, ordered=each.quantity,
        )
        for number, each in enumerate(wanted, start=1)
    ]  # fmt: skip


async def _require_locations(tx: Transaction, keys: Sequence[str]) -> None:
    """Raises Refused: a key misspelled would offer nothing, in silence."""
    unknown = await unknown_locations(tx, keys)
    refuse_if_any(
        Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no location {key}", field=("location_keys", str(place)))
        for place, key in enumerate(keys)
        if key in unknown
    )
