"""Inventory: kinds of location and of stock movement."""

from enum import StrEnum

PROMISE_HORIZON_DAYS = 30
"""Expected supply further away than this does not count as available to promise."""


class LocationKind(StrEnum):
    WAREHOUSE = "WAREHOUSE"
    STORE = "STORE"
    THIRD_PARTY = "THIRD_PARTY"
    SUPPLIER = "SUPPLIER"


class MovementKind(StrEnum):
    RECEIPT = "RECEIPT"
    ADJUSTMENT = "ADJUSTMENT"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    ALLOCATE = "ALLOCATE"
    DEALLOCATE = "DEALLOCATE"
    SHIP = "SHIP"
    RETURN_RESTOCK = "RETURN_RESTOCK"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    COUNT = "COUNT"


EFFECTS: dict[MovementKind, tuple[int, int, int, int]] = {
    MovementKind.RECEIPT: (1, 1, 0, 0),
    MovementKind.ADJUSTMENT: (1, 1, 0, 0),
    MovementKind.COUNT: (1, 1, 0, 0),
    MovementKind.RESERVE: (1, 0, 1, 0),
    MovementKind.RELEASE: (-1, 0, -1, 0),
    MovementKind.ALLOCATE: (1, 0, -1, 1),
    MovementKind.DEALLOCATE: (-1, 0, 1, -1),
    MovementKind.SHIP: (-1, -1, 0, -1),
    MovementKind.RETURN_RESTOCK: (1, 1, 0, 0),
    MovementKind.TRANSFER_OUT: (-1, -1, 0, 0),
    MovementKind.TRANSFER_IN: (1, 1, 0, 0),
}
"""Signs for each unit moved: of the movement's quantity, and of the on-hand, reserved and allocated counters."""
