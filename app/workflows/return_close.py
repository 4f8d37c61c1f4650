"""returnClose: settles the money. What the units are worth, less fees, is credited to the order; what that leaves the
customer to get is given back, and what is wanted instead becomes lines of the same order, which goes on with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import ReturnId
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnTrigger
from app.stores.jobs import Job, enqueue
from app.stores.returns import load_return, save_return
from app.stores.stock import move_stock
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_progress import advance
from app.workflows.payment_commands import ask_at_once
from app.workflows.return_exchange import place_exchange
from app.workflows.return_money import refund
from app.workflows.return_worth import appraise
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnClose:
    return_id: ReturnId
    expected_version: int | None = None


async def return_close(tx: Transaction, command: ReturnClose, work: Work) -> Outcome:
    order, returned = await load_return(tx, command.return_id, command.expected_version)
    require(RETURN_ACTIONS, "returnClose", returned.facts(order.management))
    worths = await appraise(tx, order, returned, work.policy)
    returned.become(order, ReturnTrigger.CLOSE, tx.at)
    order.credited_minor += returned.refund_minor - returned.fees_minor
    exchange = await place_exchange(tx, order, returned)
    refunds = await refund(tx, order, returned, worths)
    jobs = [*exchange.jobs, *advance(tx, order)]
    amounts = ("refund_minor", "fees_minor", "exchange_minor")
    said = {name.replace("_minor", "Minor"): getattr(returned, name) for name in amounts}
    await save_return(tx, order, returned, "closed", said)
    await move_stock(tx, exchange.movements)
    await enqueue(tx, *jobs)
    ids = {"return": returned.id, "exchangeOrder": order.id if exchange.is_placed else None}
    return await _pay_out(tx, refunds, ids)


async def _pay_out(tx: Transaction, refunds: Sequence[Job], ids: Mapping[str, UUID | None]) -> Outcome:
    """The first at once, and others that there may be, of older payments, by their jobs."""
    if not refunds:
        return Outcome(ids)
    first, *others = refunds
    await enqueue(tx, *others)
    return await ask_at_once(tx, ids, first)
