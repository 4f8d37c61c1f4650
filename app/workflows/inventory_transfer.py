"""inventoryTransfer: moves units that nobody was promised from one location to another."""

from dataclasses import dataclass

from app.domain.inventory import MovementKind
from app.domain.refusals import InsufficientStock, RefusalCode, Refused, refuse
from app.stores.events import append_events
from app.stores.jobs import enqueue
from app.stores.places import Place, lock_places
from app.stores.stock import Movement, Position, move_stock
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.inventory_adjust import COUNT_MAX
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryTransfer:
    sku: str
    from_location_key: str
    to_location_key: str
    quantity: int
    reason: str | None = None


async def inventory_transfer(tx: Transaction, command: InventoryTransfer, _: Work) -> Outcome:
    """Both legs at once: there is no counter for units on the road. Who needs one makes the road a location."""
    if not 1 <= command.quantity <= COUNT_MAX:
        message = f"quantity must be between 1 and {COUNT_MAX:,}, not {command.quantity}"
        raise refuse(RefusalCode.INVALID, message, "quantity")
    if command.from_location_key == command.to_location_key:
        raise refuse(RefusalCode.INVALID, "a transfer is between two locations", "to_location_key")
    source, target = await lock_places(
        tx,
        [
            Place(command.sku, key, ("sku",), (name,))
            for name, key in (
                ("from_location_key", command.from_location_key),
                ("to_location_key", command.to_location_key),
            )
        ],
    )
    _require_free(source, command.quantity)
    _require_room(target, command.quantity)
    free_before = source.available_to_fulfill + target.available_to_fulfill
    legs = ((source, MovementKind.TRANSFER_OUT, target), (target, MovementKind.TRANSFER_IN, source))
    await move_stock(
        tx,
        [
            Movement(here, kind, command.quantity, ("InventoryPosition", other.id), command.reason)
            for here, kind, other in legs
        ],
    )
    said = {
        "sku": command.sku, "from": source.location_key, "to": target.location_key, "quantity": command.quantity,
        "reason": command.reason,
    }  # fmt: skip
    moved = [(each.id, {**said, "onHand": each.on_hand}) for each in (source, target)]
    await append_events(tx, "inventory.transferred", "InventoryPosition", moved)
    if source.available_to_fulfill + target.available_to_fulfill > free_before:
        await enqueue(tx, *await jobs_to_fill(tx, [command.sku]))
    return Outcome({"positions": [source.id, target.id]})


def _require_free(source: Position, units: int) -> None:
    """Raises Refused. Safety stock may be moved: it is withheld from buyers, not from the retailer."""
    free = max(0, source.unpromised - source.unavailable)
    if units > free:
        message = (
            f"{source.sku} at {source.location_key}: {units} are to go, {free} are neither promised nor unavailable"
        )
        raise Refused(
            InsufficientStock(message=message, field=("quantity",), sku=source.sku, requested=units, available=free)
        )


def _require_room(target: Position, units: int) -> None:
    """Raises Refused."""
    if target.on_hand + units > COUNT_MAX:
        message = f"{target.sku} at {target.location_key} would have more than {COUNT_MAX:,} on hand"
        raise refuse(RefusalCode.INVALID, message, "quantity")
