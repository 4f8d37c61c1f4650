"""returnRequest: announces units that come back, and what the customer wants instead.

Customers and partners ask, and somebody decides (REQUESTED); what an agent or a system announces is approved (OPEN).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.actor import ActorKind
from app.domain.commanded import OrderId, OrderLineId
from app.domain.ids import new_id
from app.domain.loaded_return import LoadedReturn, ReturnedLine, WantedLine
from app.domain.order_lifecycle import ORDER_ACTIONS
from app.domain.order_summary import Line, OrderSummary, ReturnSummary
from app.domain.refusals import Path, Refusal, RefusalCode, Refused
from app.domain.return_lifecycle import RETURN_LIFECYCLE, ReturnTrigger
from app.domain.returns import ReturnReason
from app.stores.orders import load_order
from app.stores.placement import find_products
from app.stores.returns import delivered_since, save_return
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_input import LINES_MAX, PlacedLine, impossible_line, too_many_lines
from app.workflows.return_worth import appraise
from app.workflows.work import Work

ASKING = (ActorKind.CUSTOMER, ActorKind.PARTNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    order_line_id: OrderLineId
    quantity: int
    reason: ReturnReason
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequest:
    order_id: OrderId
    lines: list[ReturnLine]
    exchange_lines: list[PlacedLine] | None = None
    note: str | None = None


async def return_request(tx: Transaction, command: ReturnRequest, work: Work) -> Outcome:
    order = await load_order(tx, command.order_id)
    require(ORDER_ACTIONS, "returnRequest", order.facts)
    in_time = await delivered_since(tx, order.id, tx.at - work.policy.return_window)
    wanted = command.exchange_lines or []
    refusals = [
        *_impossible(order, command.lines, in_time, work.policy.return_window.days),
        *await _impossible_wishes(tx, order, wanted),
    ]
    if refusals:
        raise Refused(*refusals)
    returned = _made(tx, order, command)
    await appraise(tx, order, returned, work.policy)
    for each in command.lines:
        _line(order, each).return_requested += each.quantity
    order.returns.append(ReturnSummary(id=returned.id, version=0, number=returned.number, status=returned.status))
    said = {"units": returned.units("quantity"), "status": returned.status, "note": command.note}
    await save_return(tx, order, returned, "requested", said)
    return Outcome({"return": returned.id})


def _made(tx: Transaction, order: OrderSummary, command: ReturnRequest) -> LoadedReturn:
    trigger = ReturnTrigger.REQUEST if tx.actor.kind in ASKING else ReturnTrigger.OPEN
    return LoadedReturn(
        id=new_id(),
        version=0,
        number=f"{order.number}-R{len(order.returns) + 1}",
        status=RETURN_LIFECYCLE.move(None, trigger),
        note=command.note,
        requested_at=tx.at,
        lines=[
            ReturnedLine(
                id=new_id(),
                order_line_id=each.order_line_id,
                quantity=each.quantity,
                reason=each.reason,
                note=each.note,
            )
            for each in command.lines
        ],
        wanted=[
            WantedLine(
                id=new_id(),
                sku=each.sku,
                quantity=each.quantity,
                unit_price_minor=each.unit_price.minor,
                discount_minor=each.discount.minor if each.discount else 0,
                tax_minor=each.tax.minor if each.tax else 0,
            )
            for each in command.exchange_lines or ()
        ],
    )


# ── what may come back


def _line(order: OrderSummary, wanted: ReturnLine) -> Line:
    line = order.line(wanted.order_line_id)
    assert line is not None  # noqa: S101 - it was looked for before
    return line


def _impossible(
    order: OrderSummary, lines: Sequence[ReturnLine], in_time: Mapping[UUID, int], window_days: int
) -> Iterator[Refusal]:
    if not lines:
        yield Refusal(code=RefusalCode.REQUIRED, message="a return has at least one line", field=("lines",))
    yield from too_many_lines(len(lines), "lines")
    asked: Counter[UUID] = Counter()
    told: set[tuple[UUID, ReturnReason]] = set()
    for number, each in enumerate(lines):
        path = ("lines", str(number))
        line = order.line(each.order_line_id)
        if line is None:
            message = f'order {order.number} has no line with the id "OrderLine:{each.order_line_id}"'
            yield Refusal(code=RefusalCode.NOT_FOUND, message=message, field=(*path, "order_line_id"))
            continue
        if (line.id, each.reason) in told:
            message = f"{line.sku} is there twice with the reason {each.reason}: add the units up"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "reason"))
        told.add((line.id, each.reason))
        if each.quantity < 1:
            message = f"quantity must be at least 1, not {each.quantity}"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "quantity"))
            continue
        asked[line.id] += each.quantity
        yield from _not_returnable(line, asked[line.id], in_time.get(line.id, 0), window_days, path)


def _not_returnable(line: Line, units: int, in_time: int, window_days: int, path: Path) -> Iterator[Refusal]:
    """Of those that were returned before, it is assumed that they had been delivered first."""
    kept = line.delivered - line.returned - line.return_requested
    most = max(0, min(kept, in_time))
    if units <= most:
        return
    why = f"{line.delivered} were delivered, {line.returned + line.return_requested} are returned or announced to be"
    if in_time < kept:
        why += f", {in_time} were delivered within the last {window_days} days"
    message = f"{units} × {line.sku} cannot be returned, {most} can: {why}"
    yield Refusal(code=RefusalCode.NOT_RETURNABLE, message=message, field=(*path, "quantity"))


async def _impossible_wishes(tx: Transaction, order: OrderSummary, wanted: Sequence[PlacedLine]) -> list[Refusal]:
    """Unlike an order's lines they are refused, not held: whoever asks is there to choose something else."""
    if not wanted:
        return []
    refusals = []
    if len(order.lines) + len(wanted) > LINES_MAX:
        message = f"an order may have {LINES_MAX} lines at most"
        refusals.append(Refusal(code=RefusalCode.LIMIT_EXCEEDED, message=message, field=("exchange_lines",)))
    products = await find_products(tx, [each.sku for each in wanted])
    for number, each in enumerate(wanted):
        path = ("exchange_lines", str(number))
        refusals += impossible_line(each, path, order.currency)
        product = products.get(each.sku)
        if each.sku.strip() and (product is None or not product.active):
            fault = "is not in the catalog" if product is None else "is no longer sold"
            code = RefusalCode.NOT_FOUND if product is None else RefusalCode.INVALID
            refusals.append(Refusal(code=code, message=f"{each.sku} {fault}", field=(*path, "sku")))
    return refusals
