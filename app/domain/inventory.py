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
