"""What says how much stock there is elsewhere: an ERP, a storefront, an inventory system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class StockLevel:
    location: str
    """As the source calls it; `SourceConfig.location_key` has our key for it."""
    on_hand: int
    """Whole units, those promised to somebody included."""


@runtime_checkable
class StockSource(Protocol):
    async def stock(self, skus: Sequence[str], *, deadline: float) -> Mapping[str, tuple[StockLevel, ...]]:
        """One level for each location that the source knows the SKU at; none for an unknown SKU."""
        ...
