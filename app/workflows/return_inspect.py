"""returnInspect: a verdict on units that arrived, or on announced ones that never will (MISSING).

Only RESTOCK moves stock. REFURBISH and SCRAP are no stock before somebody makes them so with inventoryAdjust.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import ReturnId, ReturnLineId
from app.domain.inventory import MovementKind
from app.domain.loaded_return import LoadedReturn
from app.domain.order_summary import Line, OrderSummary
from app.domain.refusals import Refusal, RefusalCode, Refused
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnTrigger
from app.domain.returns import Disposition, ReturnStatus
from app.stores.jobs import enqueue
from app.stores.returns import load_return, location_ids, record_verdict, save_return
from app.stores.stock import Movement, Position, lock_positions, move_stock
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.return_receive import announced, unknown_line
from app.workflows.return_worth import appraise
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspectLine:
    return_line_id: ReturnLineId
    quantity: int
    disposition: Disposition
    location_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspect:
    return_id: ReturnId
    lines: list[ReturnInspectLine]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    return_line_id: UUID
    line: Line
    disposition: Disposition
    units: int
    location_id: UUID | None
    path: tuple[str, ...]


async def return_inspect(tx: Transaction, command: ReturnInspect, work: Work) -> Outcome:
    order, returned = await load_return(tx, command.return_id, command.expected_version)
    require(RETURN_ACTIONS, "returnInspect", returned.facts(order.management))
    places = await location_ids(tx, [each.location_key for each in command.lines if each.location_key])
    refusals = list(_impossible(returned, command, places))
    if refusals:
        raise Refused(*refusals)
    verdicts = _verdicts(order, returned, command, places)
    movements = await _restock(tx, returned, verdicts)
    for each in verdicts:
        record_verdict(tx, order, each.return_line_id, each.disposition, each.units, each.location_id)
        if each.disposition is Disposition.MISSING:
            each.line.return_requested -= each.units
    is_over = returned.units("judged") == returned.units("expected")
    returned.become(order, ReturnTrigger.INSPECT, tx.at, ReturnStatus.INSPECTED if is_over else returned.status)
    await appraise(tx, order, returned, work.policy)
    said: Counter[str] = Counter()
    for each in verdicts:
        said[each.disposition.value] += each.units
    await save_return(tx, order, returned, "inspected", {"units": said})
    await move_stock(tx, movements)
    await enqueue(tx, *await jobs_to_fill(tx, (each.position.sku for each in movements)))
    return Outcome({"return": returned.id})


def _impossible(returned: LoadedReturn, command: ReturnInspect, places: Mapping[str, UUID]) -> Iterator[Refusal]:
    """Counts the units into the return's lines as it goes."""
    if not command.lines:
        yield Refusal(code=RefusalCode.REQUIRED, message="say what became of the units", field=("lines",))
    for number, each in enumerate(command.lines):
        path = ("lines", str(number))
        line = returned.line(each.return_line_id)
        if line is None:
            yield unknown_line(returned, each.return_line_id, number)
            continue
        is_missing = each.disposition is Disposition.MISSING
        most = line.awaited if is_missing else line.received - line.judged
        if not 1 <= each.quantity <= most:
            message = f"{each.quantity} units cannot be {each.disposition}, {most} can: {announced(line)}"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "quantity"))
        elif is_missing:
            line.missing += each.quantity
        else:
            line.judged += each.quantity
        if each.location_key is not None and each.location_key not in places:
            message = f"there is no location {each.location_key}"
            yield Refusal(code=RefusalCode.NOT_FOUND, message=message, field=(*path, "location_key"))


def _verdicts(
    order: OrderSummary, returned: LoadedReturn, command: ReturnInspect, places: Mapping[str, UUID]
) -> list[_Verdict]:
    """Units are where they arrived, unless another location is named."""
    found = []
    for number, each in enumerate(command.lines):
        inspected = returned.line(each.return_line_id)
        line = order.line(inspected.order_line_id) if inspected else None
        assert line is not None  # noqa: S101 - looked for before
        here = places[each.location_key] if each.location_key else returned.location_id
        place = None if each.disposition is Disposition.MISSING else here
        found.append(
            _Verdict(each.return_line_id, line, each.disposition, each.quantity, place, ("lines", str(number)))
        )
    return found


async def _restock(tx: Transaction, returned: LoadedReturn, verdicts: list[_Verdict]) -> list[Movement]:
    """Raises Refused where a location has no place for the product."""
    back = [each for each in verdicts if each.disposition is Disposition.RESTOCK]
    if not back:
        return []
    positions = await lock_positions(tx, [each.line.sku for each in back])
    here: dict[tuple[str, UUID | None], Position] = {(each.sku, each.location_id): each for each in positions}
    refusals = [
        Refusal(
            code=RefusalCode.INVALID,
            message=f"{each.line.sku} has no place in the stock of this location; name one that stocks it",
            field=(*each.path, "location_key"),
        )
        for each in back
        if (each.line.sku, each.location_id) not in here
    ]
    if refusals:
        raise Refused(*refusals)
    for each in back:
        each.line.restocked += each.units
    reference = ("Return", returned.id)
    return [
        Movement(here[each.line.sku, each.location_id], MovementKind.RETURN_RESTOCK, each.units, reference)
        for each in back
    ]
