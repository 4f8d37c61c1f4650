"""What of an order was changed at its storefront between two versions, as far as it can be done here, and the rest.

The storefront lags behind us, so its units count only as it changes them: our units follow that change, and never
beyond what the storefront now has.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder
from app.domain.commanded import LineQuantity
from app.domain.order_summary import Line, OrderSummary
from app.workflows.order_input import PlacedLine
from app.workflows.order_units import cancelable_units
from app.workflows.storefront.lines import sku_of
from app.workflows.storefront.seen import Seen, SeenLine, seen_of


@dataclass(slots=True)
class Differences:
    quantities: list[LineQuantity] = field(default_factory=list)
    added: dict[str, PlacedLine] = field(default_factory=dict)
    """By the storefront's id."""
    shipping_address: dict[str, Any] | None = None
    changes: list[str] = field(default_factory=list)
    """All of these, in words."""
    beyond: list[str] = field(default_factory=list)
    """What cannot be done here, in words."""

    def __bool__(self) -> bool:
        return self.is_edit or bool(self.beyond)

    @property
    def is_edit(self) -> bool:
        return bool(self.quantities or self.added or self.shipping_address)


def differences(ours: OrderSummary, seen: Seen, now: StorefrontOrder) -> Differences:
    found = Differences()
    told = {each.external_id: each for each in now.lines}
    for external_id, was in seen.lines.items():
        _compare(found, ours, was, told.get(external_id))
    for external_id, line in told.items():
        if external_id not in seen.lines and line.quantity > line.canceled:
            found.added[external_id] = _placed(line)
            found.changes.append(f"{line.quantity - line.canceled} × {line.title} is new")
    if now.shipping.minor != seen.shipping_minor:
        found.beyond.append("the price of the shipping")
    _compare_address(found, ours, seen, now)
    return found


def _compare(found: Differences, ours: OrderSummary, was: SeenLine, now: StorefrontLine | None) -> None:
    units = now.quantity - now.canceled if now else 0
    if units != was.units:
        line = ours.line(was.line) if was.line else None
        said = f"{units} × {was.title} instead of {was.units}"
        if line is None:
            found.beyond.append(said)
        else:
            _change_units(found, line, was.units, units, said)
    if now is not None and any(_repriced(was, now)):
        found.beyond.append(f"the price of {was.title}")


def _change_units(found: Differences, line: Line, was: int, now: int, said: str) -> None:
    target = _target(line, was, now)
    if target is None:
        return
    found.changes.append(said)
    least = line.units - cancelable_units(line)
    if target < least:
        found.beyond.append(f"{said}: {least} are being packed or have shipped")
    if max(target, least) != line.units:
        found.quantities.append(LineQuantity(order_line_id=line.id, quantity=max(target, least)))


def _target(line: Line, was: int, now: int) -> int | None:
    """Units that the line should have; None where it has gone as far already."""
    if now < was:
        return max(now, line.units - (was - now)) if line.units > now else None
    return min(now, line.units + (now - was)) if line.units < now else None


def _repriced(was: SeenLine, now: StorefrontLine) -> Iterator[bool]:
    yield now.unit_price.minor != was.unit_price_minor
    # With another quantity go another discount and another tax.
    if now.quantity == was.quantity:
        yield (now.discount.minor, now.tax.minor) != (was.discount_minor, was.tax_minor)


def _compare_address(found: Differences, ours: OrderSummary, seen: Seen, now: StorefrontOrder) -> None:
    address = dict(now.shipping_address) if now.shipping_address else None
    is_told_before = seen_of(now, {}).shipping_address == seen.shipping_address
    if address is None or is_told_before or address == ours.shipping_address:
        return
    if ours.units("shipped") or ours.units("in_fulfillment"):
        found.beyond.append("another shipping address, and some of it is packed for the old one")
    else:
        found.shipping_address = address
        found.changes.append("another shipping address")


def _placed(line: StorefrontLine) -> PlacedLine:
    return PlacedLine(
        sku=sku_of(line),
        quantity=line.quantity - line.canceled,
        unit_price=line.unit_price,
        discount=line.discount,
        tax=line.tax,
    )
