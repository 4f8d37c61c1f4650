"""orderEdit: adds lines, changes units, or where an order goes. The original stays; the change is a ledger entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import LineQuantity, OrderId
from app.domain.order import OrderChangeKind, OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderTrigger
from app.domain.order_summary import Line, OrderSummary
from app.domain.refusals import Refusal, RefusalCode, Refused
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order, place_hold, record_change, save_order
from app.stores.placement import find_products
from app.stores.reservations import reserve
from app.stores.stock import Movement, lock_positions, move_stock
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.order_findings import Finding, of_address, of_products
from app.workflows.order_input import LINES_MAX, UNITS_MAX, PlacedLine, impossible_address, impossible_line
from app.workflows.order_intake import promise
from app.workflows.order_money import give_back
from app.workflows.order_place import lines_of
from app.workflows.order_progress import advance, job_to_route
from app.workflows.order_units import TakenBack, cancelable_units, take_back
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdit:
    order_id: OrderId
    add_lines: list[PlacedLine] | None = None
    set_quantities: list[LineQuantity] | None = None
    shipping_address: dict[str, Any] | None = None
    reason: str | None = None
    expected_version: int | None = None


async def order_edit(tx: Transaction, command: OrderEdit, work: Work) -> Outcome:
    order = await load_order(tx, command.order_id, command.expected_version)
    require(ORDER_ACTIONS, "orderEdit", order.facts)
    _require_possible(order, command)
    added, findings = await _add_lines(tx, order, command.add_lines or [])
    more, fewer = _differences(order, command.set_quantities or [])
    taken = await take_back(tx, order, fewer) if fewer else TakenBack()
    grown = [_grow(line, units) for line, units in more]
    if command.shipping_address is not None:
        order.shipping_address = command.shipping_address
        findings += of_address(command.shipping_address)
    change_id = record_change(tx, order, OrderChangeKind.EDIT, command.reason, [*added, *grown, *taken.lines])
    order.edit_count += 1
    is_draft = order.status is OrderStatus.DRAFT
    movements = [*taken.movements] if is_draft else [*taken.movements, *await _promise(tx, order, work)]
    jobs = [] if is_draft else _go_on(tx, order, findings)
    said = {"reason": command.reason, "added": len(added), "more": len(more), "fewer": len(fewer)}
    await save_order(tx, order, "order.edited", said)
    await move_stock(tx, movements)
    await enqueue(tx, *jobs, *await jobs_to_fill(tx, (each.position.sku for each in taken.movements)))
    return Outcome({"order": order.id, "change": change_id})


def _require_possible(order: OrderSummary, command: OrderEdit) -> None:
    """Raises Refused with all that is wrong."""
    refusals = [*_impossible(order, command)]
    if refusals:
        raise Refused(*refusals)


def _impossible(order: OrderSummary, command: OrderEdit) -> Iterator[Refusal]:
    added = command.add_lines or []
    if len(order.lines) + len(added) > LINES_MAX:
        message = f"an order may have {LINES_MAX} lines at most"
        yield Refusal(code=RefusalCode.LIMIT_EXCEEDED, message=message, field=("add_lines",))
    for number, line in enumerate(added):
        yield from impossible_line(line, ("add_lines", str(number)), order.currency)
    for number, each in enumerate(command.set_quantities or []):
        yield from _impossible_quantity(order, each, ("set_quantities", str(number)))
    if command.shipping_address is not None:
        yield from impossible_address(command.shipping_address, "shipping_address")
        if order.units("shipped") or order.units("in_fulfillment"):
            message = f"some of order {order.number} is packed for the old address; place another order for the rest"
            yield Refusal(code=RefusalCode.ILLEGAL_TRANSITION, message=message, field=("shipping_address",))
    if not (added or command.set_quantities or command.shipping_address):
        message = "nothing to change: give addLines, setQuantities or shippingAddress"
        yield Refusal(code=RefusalCode.REQUIRED, message=message)


def _impossible_quantity(order: OrderSummary, wanted: LineQuantity, path: tuple[str, ...]) -> Iterator[Refusal]:
    line = order.line(wanted.order_line_id)
    if line is None:
        message = f'order {order.number} has no line with the id "OrderLine:{wanted.order_line_id}"'
        yield Refusal(code=RefusalCode.NOT_FOUND, message=message, field=(*path, "order_line_id"))
        return
    least = line.units - cancelable_units(line)
    if not least <= wanted.quantity <= UNITS_MAX:
        message = f"{line.sku} can have {least} units or more: so many are with a location or have shipped"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "quantity"))


async def _add_lines(
    tx: Transaction, order: OrderSummary, placed: Sequence[PlacedLine]
) -> tuple[list[tuple[UUID, int, int]], list[Finding]]:
    if not placed:
        return [], []
    products = await find_products(tx, [each.sku for each in placed])
    lines = lines_of(placed, products, after=max((line.position for line in order.lines), default=0))
    order.lines += lines
    findings = list(of_products([each.sku for each in placed], products))
    return [(line.id, line.ordered, line.total_minor) for line in lines], findings


def _differences(order: OrderSummary, wanted: Sequence[LineQuantity]) -> tuple[list[tuple[Line, int]], dict[UUID, int]]:
    """Lines that get more units, and how many the others lose. Of a line named twice the last word counts."""
    quantities = {each.order_line_id: each.quantity for each in wanted}
    changed = [(line, quantities[line.id] - line.units) for line in order.lines if line.id in quantities]
    return [(line, units) for line, units in changed if units > 0], {
        line.id: -units for line, units in changed if units < 0
    }


def _grow(line: Line, units: int) -> tuple[UUID, int, int]:
    """At the price of the units that are there, with their share of discount and tax."""
    before_minor, there = line.total_minor, line.units
    if there:
        line.discount_minor += line.discount_minor * units // there
        line.tax_minor += line.tax_minor * units // there
    line.ordered += units
    line.add_up()
    return line.id, units, line.total_minor - before_minor


async def _promise(tx: Transaction, order: OrderSummary, work: Work) -> list[Movement]:
    """What the added units are promised from. Raises Refused where the policy is to refuse a shortage."""
    lines = [line for line in order.lines if line.unpromised_units]
    if not lines:
        return []
    positions = await lock_positions(tx, [line.sku for line in lines])
    return reserve(order, promise(lines, positions, shortage=work.policy.shortage))


def _go_on(tx: Transaction, order: OrderSummary, findings: Sequence[Finding]) -> list[Job]:
    for finding in findings:
        place_hold(tx, order, finding.reason, finding.note)
    if findings and order.status is not OrderStatus.ON_HOLD:
        order.become(OrderTrigger.HOLD, tx.at)
    jobs = [*give_back(tx, order), *advance(tx, order)]
    if order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING) and order.units("reserved"):
        jobs.append(job_to_route(order))
    return jobs
