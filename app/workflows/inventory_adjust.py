"""inventoryAdjust: corrects, counts and receives stock, and sets the levels around it. docs/stock.md has the rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.domain.inventory import MovementKind
from app.domain.refusals import InsufficientStock, Path, Refusal, RefusalCode, VersionConflict, refuse_if_any
from app.stores.events import append_events
from app.stores.jobs import enqueue
from app.stores.places import Place, lock_places
from app.stores.stock import Movement, Position, move_stock, set_levels
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.work import Work

CHANGES_MAX = 200
COUNT_MAX = 1_000_000_000
"""Of any counter: far from the end of its range."""
LEVELS = {
    "safety_stock": "safetyStock",
    "unavailable": "unavailable",
    "incoming": "incoming",
    "reorder_point": "reorderPoint",
}
"""As clients call them."""
COUNTERS = {"on_hand": "onHand", **LEVELS}
RECEIPT_WORDS = ("receipt", "received")
"""A reason that begins with one of these says that goods came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryChange:
    sku: str
    location_key: str
    delta: int | None = None
    set_on_hand: int | None = None
    expected_on_hand: int | None = None
    safety_stock: int | None = None
    unavailable: int | None = None
    incoming: int | None = None
    reorder_point: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryAdjust:
    reason: str
    changes: list[InventoryChange]


async def inventory_adjust(tx: Transaction, command: InventoryAdjust, _: Work) -> Outcome:
    """All changes or none of them."""
    refuse_if_any(_impossible(command))
    paths = [("changes", str(number)) for number in range(len(command.changes))]
    positions = await lock_places(
        tx,
        [
            Place(each.sku, each.location_key, (*path, "sku"), (*path, "location_key"))
            for path, each in zip(paths, command.changes, strict=True)
        ],
    )
    adjusted = [_Adjusted(*pair, command.reason) for pair in zip(positions, command.changes, strict=True)]
    refuse_if_any(refusal for path, each in zip(paths, adjusted, strict=True) for refusal in each.impossible(path))
    for each in adjusted:
        each.set_levels()
    await set_levels(tx, [each.position for each in adjusted if each.has_new_levels])
    await move_stock(tx, [each.movement for each in adjusted if each.movement.units])
    await append_events(
        tx, "inventory.adjusted", "InventoryPosition", [(each.position.id, each.said) for each in adjusted]
    )
    await enqueue(tx, *await jobs_to_fill(tx, (each.position.sku for each in adjusted if each.has_freed)))
    return Outcome({"positions": [each.id for each in positions]})


class _Adjusted:
    """A change of a locked position."""

    def __init__(self, position: Position, change: InventoryChange, reason: str) -> None:
        self.position = position
        self._change = change
        self._reason = reason
        self._before = _counters(position)
        self._free_before = position.available_to_fulfill
        self.movement = Movement(position, self._kind, self._units, reason=reason)

    @property
    def _units(self) -> int:
        change = self._change
        return change.delta or 0 if change.set_on_hand is None else change.set_on_hand - self.position.on_hand

    @property
    def _kind(self) -> MovementKind:
        if self._change.set_on_hand is not None:
            return MovementKind.COUNT
        is_receipt = self._reason.lower().startswith(RECEIPT_WORDS) and self._units > 0
        return MovementKind.RECEIPT if is_receipt else MovementKind.ADJUSTMENT

    def impossible(self, path: Path) -> Iterator[Refusal]:
        position, expected, units = self.position, self._change.expected_on_hand, self.movement.units
        where = f"{position.sku} at {position.location_key}"
        if expected is not None and expected != position.on_hand:
            message = f"{where} has {position.on_hand} on hand, not {expected}; look at what has moved, then decide"
            field = (*path, "expected_on_hand")
            yield VersionConflict(message=message, field=field, current_version=position.version)
        elif -units > position.unpromised:
            promised = position.reserved + position.allocated
            message = (
                f"{where}: {-units} are to go, and {position.unpromised} of {position.on_hand} are not promised;"
                f" cancel or move some of the {promised} that are"
            )
            field = (*path, "delta" if self._change.set_on_hand is None else "set_on_hand")
            yield InsufficientStock(
                message=message, field=field, sku=position.sku, requested=-units, available=position.unpromised
            )
        elif position.on_hand + units > COUNT_MAX:
            message = f"{where} would have more than {COUNT_MAX:,} on hand"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "delta"))

    def set_levels(self) -> None:
        """What has come in is no longer on the way."""
        position, change = self.position, self._change
        for name in LEVELS:
            value = getattr(change, name)
            if value is not None:
                setattr(position, name, value)
        if change.incoming is None and self.movement.kind is MovementKind.RECEIPT:
            position.incoming = max(0, position.incoming - self.movement.units)
        if not position.incoming:
            position.incoming_at = None

    @property
    def has_new_levels(self) -> bool:
        return any(getattr(self.position, name) != self._before[name] for name in LEVELS)

    @property
    def has_freed(self) -> bool:
        return self.position.available_to_fulfill > self._free_before

    @property
    def said(self) -> dict[str, Any]:
        """Once it has moved. A count that found what was expected says so by changing nothing."""
        after = _counters(self.position)
        return {
            "sku": self.position.sku,
            "location": self.position.location_key,
            "reason": self._reason,
            "kind": self.movement.kind,
            "changed": {
                COUNTERS[name]: {"from": before, "to": after[name]}
                for name, before in self._before.items()
                if after[name] != before
            },
        }


def _counters(position: Position) -> dict[str, int | None]:
    return {name: getattr(position, name) for name in COUNTERS}


def _impossible(command: InventoryAdjust) -> Iterator[Refusal]:
    if not command.reason.strip():
        message = "say why, for whoever reads the ledger"
        yield Refusal(code=RefusalCode.REQUIRED, message=message, field=("reason",))
    if not command.changes:
        yield Refusal(code=RefusalCode.REQUIRED, message="give at least one change", field=("changes",))
    if len(command.changes) > CHANGES_MAX:
        message = f"{CHANGES_MAX} changes at most, not {len(command.changes)}; send the rest in another call"
        yield Refusal(code=RefusalCode.LIMIT_EXCEEDED, message=message, field=("changes",))
    seen = set()
    for number, change in enumerate(command.changes):
        path = ("changes", str(number))
        yield from _impossible_change(change, path)
        if (change.sku, change.location_key) in seen:
            message = f"{change.sku} at {change.location_key} is changed twice; say it in one change"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=path)
        seen.add((change.sku, change.location_key))


def _impossible_change(change: InventoryChange, path: Path) -> Iterator[Refusal]:
    if all(getattr(change, name) is None for name in ("delta", "set_on_hand", *LEVELS)):
        message = "nothing to change: give delta, setOnHand, safetyStock, unavailable, incoming or reorderPoint"
        yield Refusal(code=RefusalCode.REQUIRED, message=message, field=path)
    if change.delta is not None and change.set_on_hand is not None:
        message = "give delta or setOnHand, not both"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "set_on_hand"))
    if change.delta is not None and abs(change.delta) > COUNT_MAX:
        message = f"delta must be between -{COUNT_MAX:,} and {COUNT_MAX:,}"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "delta"))
    for name, called in {"set_on_hand": "setOnHand", **LEVELS}.items():
        value = getattr(change, name)
        if value is not None and not 0 <= value <= COUNT_MAX:
            message = f"{called} must be between 0 and {COUNT_MAX:,}, not {value}"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, name))
