"""returnApprove: the goods may come back; what is kept of the refund as a fee is settled now."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import ReturnId
from app.domain.loaded_return import LoadedReturn
from app.domain.money import Money
from app.domain.order_summary import OrderSummary
from app.domain.refusals import RefusalCode, refuse
from app.domain.return_lifecycle import RETURN_ACTIONS, ReturnTrigger
from app.stores.jobs import enqueue
from app.stores.returns import load_return, save_return
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.labels import later
from app.workflows.return_label import ask_for_label
from app.workflows.return_worth import appraise
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnApprove:
    return_id: ReturnId
    restocking_fee: Money | None = None
    buy_label: bool = False
    expected_version: int | None = None


async def return_approve(tx: Transaction, command: ReturnApprove, work: Work) -> Outcome:
    order, returned = await load_return(tx, command.return_id, command.expected_version)
    require(RETURN_ACTIONS, "returnApprove", returned.facts(order.management))
    returned.become(order, ReturnTrigger.APPROVE, tx.at)
    await appraise(tx, order, returned, work.policy)
    if command.restocking_fee is not None:
        returned.fees_minor = _fee_minor(order, returned, command.restocking_fee)
    step = await ask_for_label(tx, order, returned, work.outside) if command.buy_label else None
    await save_return(tx, order, returned, "approved", {"feesMinor": returned.fees_minor})
    await enqueue(tx, *([later(step)] if step else ()))
    return Outcome({"return": returned.id}, step=step)


def _fee_minor(order: OrderSummary, returned: LoadedReturn, fee: Money) -> int:
    """Raises Refused."""
    path = ("restocking_fee", "amount")
    if fee.currency != order.currency:
        message = f"order {order.number} is in {order.currency}, not {fee.currency}"
        raise refuse(RefusalCode.INVALID, message, "restocking_fee", "currency")
    if not 0 <= fee.minor <= returned.refund_minor:
        most = Money(returned.refund_minor, order.currency)
        message = f"the fee must be between 0 and what the goods are worth, {most.amount} {most.currency}"
        raise refuse(RefusalCode.INVALID, message, *path)
    return fee.minor
