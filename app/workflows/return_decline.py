"""returnDecline: the goods are not taken back, with the reason as the return's note."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import ReturnId
from app.domain.refusals import RefusalCode, refuse
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnTrigger
from app.stores.jobs import enqueue
from app.stores.returns import load_return, save_return
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_progress import advance
from app.workflows.return_end import keep_units
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDecline:
    return_id: ReturnId
    reason: str
    expected_version: int | None = None


async def return_decline(tx: Transaction, command: ReturnDecline, _: Work) -> Outcome:
    order, returned = await load_return(tx, command.return_id, command.expected_version)
    require(RETURN_ACTIONS, "returnDecline", returned.facts(order.management))
    if not command.reason.strip():
        raise refuse(RefusalCode.REQUIRED, "say why, for the customer", "reason")
    keep_units(order, returned)
    returned.become(order, ReturnTrigger.DECLINE, tx.at)
    returned.note = command.reason
    jobs = advance(tx, order)
    await save_return(tx, order, returned, "declined", {"reason": command.reason})
    await enqueue(tx, *jobs)
    return Outcome({"return": returned.id})
