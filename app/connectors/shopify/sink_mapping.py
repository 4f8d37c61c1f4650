"""Which of a shop's lines a document of ours is about: matched by SKU, since a document names no line of the shop's."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.connectors.ports.sinks import ReturnDocument, ShipmentDocument
from app.connectors.shopify.ids import number
from app.connectors.shopify.mapping import Nodes, Object, Reference

Part = Mapping[str, object]
"""Of a mutation's input."""

OPEN = frozenset({"OPEN", "IN_PROGRESS"})
DEAD = frozenset({"CANCELED", "DECLINED"})


class Shortage(Exception):
    """The shop has fewer units than the document names."""

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(sku)
        self.sku, self.left = sku, left


class Variant(Object):
    inventory_item: Reference


class OrderLine(Object):
    id: str
    sku: str | None
    title: str
    variant: Variant | None = None

    def is_called(self, sku: str) -> bool:
        return sku == (self.sku or self.title)


class PlannedLine(Object):
    id: str
    remaining_quantity: int
    line_item: OrderLine


class Assigned(Object):
    location: Reference | None


class Fulfillable(Object):
    id: str
    status: str
    assigned_location: Assigned
    line_items: Nodes[PlannedLine]

    @property
    def place(self) -> str:
        return number(self.assigned_location.location.id) if self.assigned_location.location else ""


class SentLine(Object):
    id: str
    quantity: int | None
    line_item: OrderLine


class TrackingNumber(Object):
    number: str | None


class Fulfilled(Object):
    id: str
    status: str
    location: Reference | None
    tracking_info: list[TrackingNumber]
    fulfillment_line_items: Nodes[SentLine]

    def is_under(self, mark: str) -> bool:
        return self.status == "SUCCESS" and any(each.number == mark for each in self.tracking_info)


class ReturnedLine(Object):
    quantity: int
    return_reason_note: str = ""
    fulfillment_line_item: Reference | None = None


class Return(Object):
    id: str
    status: str
    return_line_items: Nodes[ReturnedLine]

    def is_noted(self, note: str) -> bool:
        notes = (each.return_reason_note for each in self.return_line_items.nodes)
        return any(each == note or each.startswith(f"{note}: ") for each in notes)


def sent_under(known: Sequence[Fulfilled], mark: str) -> list[str]:
    return [each.id for each in known if each.is_under(mark)]


def fulfillment_parts(
    shipment: ShipmentDocument, planned: Sequence[Fulfillable], known: Sequence[Fulfilled], mark: str
) -> list[list[Part]]:
    """What is still to be fulfilled, one part for each place: Shopify takes no two places in one. Raises Shortage.

    Units that are planned where the parcel left come first.
    """
    wanted: Counter[str] = Counter()
    for line in shipment.lines:
        wanted[line.sku] += line.quantity
    for sent in known:
        if sent.is_under(mark):
            wanted -= _units(wanted, sent.fulfillment_line_items.nodes)
    parts: dict[str, list[Part]] = {}
    for order in sorted(planned, key=lambda each: each.place != shipment.location):
        if order.status not in OPEN:
            continue
        lines: list[Part] = []
        for planned_line in order.line_items.nodes:
            sku = next((each for each in wanted if planned_line.line_item.is_called(each)), None)
            taken = min(wanted[sku], planned_line.remaining_quantity) if sku is not None else 0
            if sku is not None and taken > 0:
                wanted[sku] -= taken
                lines.append({"id": planned_line.id, "quantity": taken})
        if lines:
            part: Part = {"fulfillmentOrderId": order.id, "fulfillmentOrderLineItems": lines}
            parts.setdefault(order.place, []).append(part)
    for sku, missing in (+wanted).items():
        asked = sum(line.quantity for line in shipment.lines if line.sku == sku)
        raise Shortage(sku, asked - missing)
    return list(parts.values())


def return_parts(
    returned: ReturnDocument, sent: Sequence[Fulfilled], known: Sequence[Return], note: str
) -> tuple[list[Part], list[Part]]:
    """The lines of a return, and the changes of stock that restock it: where they were sent. Raises Shortage."""
    back = _taken_back(known, note)
    lines: list[Part] = []
    restocked: list[Part] = []
    for wanted in returned.lines:
        missing, to_restock = wanted.quantity, wanted.restocked
        for line, location in _sent_of(sent, wanted.sku):
            taken = min(missing, (line.quantity or 0) - back[line.id])
            if taken <= 0:
                continue
            back[line.id] += taken
            missing -= taken
            reason = f"{note}: {wanted.reason}"[:255]
            lines.append({"fulfillmentLineItemId": line.id, "quantity": taken, "returnReasonNote": reason})
            again = min(taken, to_restock)
            if again > 0 and line.line_item.variant and location:
                to_restock -= again
                item = line.line_item.variant.inventory_item.id
                restocked.append({"inventoryItemId": item, "locationId": location.id, "delta": again})
        if missing:
            raise Shortage(wanted.sku, wanted.quantity - missing)
    return lines, restocked


def _taken_back(known: Sequence[Return], note: str) -> Counter[str]:
    """Units by fulfillment line, without those of the noted return: so it comes out the same when made again."""
    back: Counter[str] = Counter()
    for each in known:
        if each.status not in DEAD and not each.is_noted(note):
            for line in each.return_line_items.nodes:
                back[line.fulfillment_line_item.id if line.fulfillment_line_item else ""] += line.quantity
    return back


def _sent_of(sent: Sequence[Fulfilled], sku: str) -> Iterator[tuple[SentLine, Reference | None]]:
    for fulfilled in sent:
        for line in fulfilled.fulfillment_line_items.nodes:
            if fulfilled.status == "SUCCESS" and line.line_item.is_called(sku):
                yield line, fulfilled.location


def _units(names: Iterable[str], lines: Sequence[SentLine]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        for name in names:
            if line.line_item.is_called(name):
                units[name] += line.quantity or 0
    return units
