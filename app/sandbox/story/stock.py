"""The stock ledger: what the orders move, the supply that this takes, and the positions it adds up to."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.inventory import EFFECTS, MovementKind
from app.sandbox.story.book import SYSTEM, Actor, Book
from app.sandbox.story.catalog import SCARCE_SKUS, Catalog, Site

OPENED_DAYS_AGO = 795


@dataclass(frozen=True, slots=True)
class Movement:
    kind: MovementKind
    units: int
    at: datetime
    actor: Actor = SYSTEM
    reason: str | None = None
    reference: tuple[str, UUID] | None = None


@dataclass(slots=True)
class _Counters:
    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved - self.allocated

    def apply(self, movement: Movement) -> None:
        _, on_hand, reserved, allocated = EFFECTS[movement.kind]
        self.on_hand += on_hand * movement.units
        self.reserved += reserved * movement.units
        self.allocated += allocated * movement.units


class StockLedger:
    """Collects movements while the orders are played, in no order of time; `write` makes them possible."""

    def __init__(self, book: Book, catalog: Catalog) -> None:
        self._book = book
        self._catalog = catalog
        self._movements: defaultdict[tuple[str, str], list[Movement]] = defaultdict(list)

    def move(self, site: Site, sku: str, movement: Movement) -> None:
        self._movements[site.place.key, sku].append(movement)

    def write(self) -> None:
        self._add_transfers_and_counts()
        for site in self._catalog.sites.values():
            for sku in sorted(site.skus):
                self._write_position(site, sku)

    def _add_transfers_and_counts(self) -> None:
        """Life in the warehouse that no order causes."""
        book, sites = self._book, self._catalog.sites
        shared = sorted(sites["portland"].skus - set(SCARCE_SKUS))
        for sku in book.random.sample(shared, 12):
            at, units = book.moment(book.random.uniform(20, 400), hour=6), book.random.randint(4, 12)
            agent, reason = book.agent(), "store replenishment"
            self.move(sites["reno"], sku, Movement(MovementKind.TRANSFER_OUT, units, at, agent, reason))
            arrived_at = at + timedelta(days=2)
            self.move(sites["portland"], sku, Movement(MovementKind.TRANSFER_IN, units, arrived_at, agent, reason))
        for sku in book.random.sample(shared, 10):
            site = sites[book.random.choice(("reno", "columbus", "portland"))]
            at, agent = book.moment(book.random.uniform(5, 300), hour=21), book.agent()
            self.move(site, sku, Movement(MovementKind.COUNT, book.random.randint(1, 3), at, agent, "cycle count"))
            at += timedelta(days=1)
            self.move(site, sku, Movement(MovementKind.ADJUSTMENT, -1, at, agent, "damaged in the aisle"))

    def _write_position(self, site: Site, sku: str) -> None:
        book, now = self._book, self._book.now
        movements = self._supplied(site, sku)
        counters = _Counters()
        for movement in movements:
            counters.apply(movement)
        scarce = sku in SCARCE_SKUS
        reorder_point = None if not site.ships else 0 if scarce else book.random.choice((8, 10, 12, 20))
        is_low = reorder_point is not None and counters.free <= reorder_point
        incoming = book.random.choice((12, 24, 48)) if is_low else 0
        unavailable = book.random.choice((0, 0, 0, 0, 1, 2)) if counters.free > 5 else 0
        position = book.add(
            "inventory_positions", movements[0].at, version=len(movements),
            product_id=self._catalog.articles[sku].id, location_id=site.id,
            on_hand=counters.on_hand, reserved=counters.reserved, allocated=counters.allocated,
            # What came back of a scarce one is looked at first: else it would go to those who wait.
            unavailable=counters.free if scarce else unavailable,
            safety_stock=0 if scarce or not site.ships else book.random.choice((0, 2, 4)),
            incoming=incoming, incoming_at=now + timedelta(days=book.random.randint(2, 40)) if incoming else None,
            reorder_point=reorder_point, updated_at=movements[-1].at,
        )  # fmt: skip
        for movement in movements:
            self._write_movement(position["id"], movement)

    def _write_movement(self, position_id: UUID, movement: Movement) -> None:
        quantity, on_hand, reserved, allocated = (sign * movement.units for sign in EFFECTS[movement.kind])
        reference_type, reference_id = movement.reference or (None, None)
        self._book.add(
            "inventory_movements", movement.at, position_id=position_id, kind=movement.kind, quantity=quantity,
            on_hand_delta=on_hand, reserved_delta=reserved, allocated_delta=allocated, at=movement.at,
            reason=movement.reason, reference_type=reference_type, reference_id=reference_id, **movement.actor.columns,
        )  # fmt: skip

    def _supplied(self, site: Site, sku: str) -> list[Movement]:
        """The movements in order of time, with a receipt ahead of each that would promise what is not there."""
        scarce = sku in SCARCE_SKUS
        opening = 0 if scarce else self._book.random.randint(25, 90)
        opened_at = self._book.moment(OPENED_DAYS_AGO)
        supplied = [Movement(MovementKind.RECEIPT, opening, opened_at, reason="opening stock")] if opening else []
        counters = _Counters(on_hand=opening)
        for movement in sorted(self._movements[site.place.key, sku], key=lambda movement: movement.at):
            counters.apply(movement)
            if counters.free < 0:
                units = -counters.free + (0 if scarce else self._book.random.choice((24, 36, 48)))
                receipt = Movement(
                    MovementKind.RECEIPT, units, movement.at - timedelta(hours=2), reason="purchase order received"
                )
                counters.apply(receipt)
                supplied.append(receipt)
            supplied.append(movement)
        if not supplied:
            supplied.append(Movement(MovementKind.RECEIPT, 1, opened_at, reason="display piece"))
        return sorted(supplied, key=lambda movement: movement.at)
