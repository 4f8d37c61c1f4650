"""returnReceive: units arrived at a location, some of those announced or all. Their money waits for a verdict."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import ReturnId, ReturnLineId
from app.domain.loaded_return import LoadedReturn, ReturnedLine
from app.domain.order import OrderChangeKind
from app.domain.order_summary import OrderSummary
from app.domain.refusals import Refusal, RefusalCode, Refused
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnTrigger
from app.domain.returns import ReturnStatus
from app.stores.orders import record_change
from app.stores.returns import load_return, location_ids, save_return
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.return_worth import appraise
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnQuantity:
    return_line_id: ReturnLineId
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceive:
    return_id: ReturnId
    location_key: str
    lines: list[ReturnQuantity]
    expected_version: int | None = None


async def return_receive(tx: Transaction, command: ReturnReceive, work: Work) -> Outcome:
    order, returned = await load_return(tx, command.return_id, command.expected_version)
    require(RETURN_ACTIONS, "returnReceive", returned.facts(order.management))
    arrived = await _require_possible(tx, returned, command)
    changed = [_take_in(order, returned, line_id, units) for line_id, units in arrived.items()]
    # The total stays what was bought; what a return is worth is credited when it is closed.
    record_change(tx, order, OrderChangeKind.RETURN, f"return {returned.number}", changed)
    is_all = returned.units("received") == returned.units("quantity")
    to = ReturnStatus.RECEIVED if is_all else ReturnStatus.PARTIALLY_RECEIVED
    returned.become(order, ReturnTrigger.RECEIVE, tx.at, to)
    await appraise(tx, order, returned, work.policy)
    said = {"location": command.location_key, "units": sum(arrived.values())}
    await save_return(tx, order, returned, "received", said)
    return Outcome({"return": returned.id})


def _take_in(order: OrderSummary, returned: LoadedReturn, line_id: UUID, units: int) -> tuple[UUID, int, int]:
    each = returned.line(line_id)
    line = order.line(each.order_line_id) if each else None
    assert each is not None and line is not None  # noqa: S101, PT018 - looked for before
    each.received += units
    line.return_requested -= units
    line.returned += units
    return line.id, -units, 0


async def _require_possible(tx: Transaction, returned: LoadedReturn, command: ReturnReceive) -> dict[UUID, int]:
    """Units by line; sets where they are. Raises Refused with all that is wrong."""
    refusals = []
    places = await location_ids(tx, [command.location_key])
    returned.location_id = places.get(command.location_key)
    if returned.location_id is None:
        message = f"there is no location {command.location_key}"
        refusals.append(Refusal(code=RefusalCode.NOT_FOUND, message=message, field=("location_key",)))
    if not command.lines:
        refusals.append(Refusal(code=RefusalCode.REQUIRED, message="say what arrived", field=("lines",)))
    arrived: dict[UUID, int] = {}
    for number, given in enumerate(command.lines):
        path = ("lines", str(number))
        line = returned.line(given.return_line_id)
        if line is None:
            refusals.append(unknown_line(returned, given.return_line_id, number))
            continue
        arrived[line.id] = arrived.get(line.id, 0) + given.quantity
        if given.quantity < 1 or arrived[line.id] > line.awaited:
            message = f"{given.quantity} cannot have arrived: {announced(line)}, {line.awaited} are awaited"
            refusals.append(Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "quantity")))
    if refusals:
        raise Refused(*refusals)
    return arrived


def unknown_line(returned: LoadedReturn, line_id: UUID, number: int) -> Refusal:
    message = f'return {returned.number} has no line with the id "ReturnLine:{line_id}"'
    return Refusal(code=RefusalCode.NOT_FOUND, message=message, field=("lines", str(number), "return_line_id"))


def announced(line: ReturnedLine) -> str:
    return f"{line.quantity} were announced, {line.received} have arrived"
