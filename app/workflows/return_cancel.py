"""returnCancel: a return that is withdrawn before anything has arrived."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import ReturnId
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnTrigger
from app.stores.jobs import enqueue
from app.stores.returns import load_return, save_return
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.labels import later
from app.workflows.order_progress import advance
from app.workflows.return_end import keep_units
from app.workflows.return_label import call_off_label
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCancel:
    return_id: ReturnId
    reason: str | None = None
    expected_version: int | None = None


async def return_cancel(tx: Transaction, command: ReturnCancel, _: Work) -> Outcome:
    order, returned = await load_return(tx, command.return_id, command.expected_version)
    require(RETURN_ACTIONS, "returnCancel", returned.facts(order.management))
    keep_units(order, returned)
    returned.become(order, ReturnTrigger.CANCEL, tx.at)
    returned.note = command.reason or returned.note
    step = await call_off_label(tx, order, returned)
    jobs = advance(tx, order)
    await save_return(tx, order, returned, "canceled", {"reason": command.reason})
    await enqueue(tx, *jobs, *([later(step)] if step else ()))
    return Outcome({"return": returned.id}, step=step)
