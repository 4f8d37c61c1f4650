"""caseCreate: opens a case at the CRM about a customer, and perhaps one of their orders.

What it says is recorded, and told as every document is that others are told (docs/connectors/pushing.md): at once, and
by a job, should nobody answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.connectors.contract import SourceRefused
from app.connectors.ports.crm import CaseDesk, NewCase
from app.domain.commanded import CustomerId, OrderId
from app.domain.ids import new_id
from app.domain.order import OrderManagement
from app.domain.outgoing import Push
from app.domain.refusals import Refusal, RefusalCode, SourceRefusal, refuse, refuse_if_any
from app.stores.cases import Subject, find_subject
from app.stores.events import append_event
from app.stores.jobs import enqueue
from app.stores.outgoing import Address, open_document
from app.stores.telling import push_job
from app.stores.transaction import Transaction
from app.workflows.command import Outcome, Step
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.labels import HEAD_START_S
from app.workflows.push import address_of, push_document
from app.workflows.work import JobData, Outside, Work

CHARACTERS_MAX = {"subject": 255, "description": 32_000, "priority": 255}
"""Ours: as much as Salesforce's fields of a case hold, so that nothing is cut off there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCreate:
    customer_id: CustomerId
    subject: str
    description: str
    order_id: OrderId | None = None
    priority: str | None = None
    connector_key: str | None = None


async def case_create(tx: Transaction, command: CaseCreate, work: Work) -> Outcome:
    refuse_if_any(_impossible(command))
    source_key = _desk(work.outside, command.connector_key)
    about = await find_subject(tx, source_key, command.customer_id, command.order_id)
    _require_known(about, command)
    case = NewCase(
        customer_external_id=about.customer_external_id,
        subject=command.subject.strip(),
        description=command.description.strip(),
        priority=command.priority,
        order_number=about.order_number,
    )
    # An order that is driven elsewhere has no exceptions here.
    order_id = command.order_id if about.management is OrderManagement.MANAGED else None
    address = Address(source_key, Push.CASES, ("Case", new_id()), order_id)
    document = await open_document(tx, address, asdict(case))
    said = {"source": source_key, "document": document.id, "order": about.order_number}
    await append_event(tx, "customer.case_requested", ("Customer", command.customer_id), said)
    job = push_job(source_key, Push.CASES, address.subject, str(order_id) if order_id else None, delay_s=HEAD_START_S)
    await enqueue(tx, job)
    return Outcome(values={"document": str(document.id)}, step=Step(job.name, job.data))


async def open_at_once(data: JobData, work: Work) -> Sequence[Refusal]:
    """Raises SourceFailure where no answer came; what is refused is tried once more by the job, and then given up."""
    address = address_of(Push.CASES, data)
    try:
        await push_document(address, work)
    except SourceRefused as refused:
        return [SourceRefusal(code=RefusalCode.INVALID, message=refused.message, source_key=refused.source_key)]
    except NotWorthRetrying as exc:
        return [Refusal(code=RefusalCode.INVALID, message=str(exc), field=("connector_key",))]
    return []


def _impossible(command: CaseCreate) -> Iterator[Refusal]:
    for name, longest in CHARACTERS_MAX.items():
        text: str | None = getattr(command, name)
        if text is None and name == "priority":
            continue
        if not (text or "").strip():
            yield Refusal(code=RefusalCode.INVALID, message=f"{name} must say something", field=(name,))
        elif len(text or "") > longest:
            message = f"{name} must have {longest:,} characters at most, not {len(text or ''):,}"
            yield Refusal(code=RefusalCode.INVALID, message=message, field=(name,))


def _desk(outside: Outside, key: str | None) -> str:
    """The source that opens cases. Raises Refused."""
    keys = [each.key for each in outside.configs]
    desks = [each for each in keys if isinstance(_connector(outside, each), CaseDesk)]
    if key is not None:
        if key not in keys:
            raise refuse(RefusalCode.NOT_FOUND, f'no connector has the key "{key}"', "connector_key")
        if key not in desks:
            raise refuse(RefusalCode.INVALID, f"{key} opens no cases, or is switched off", "connector_key")
        return key
    if not desks:
        raise refuse(RefusalCode.INVALID, "no source is configured that opens cases", "connector_key")
    if len(desks) > 1:
        message = f"several sources open cases; name one of {', '.join(desks)}"
        raise refuse(RefusalCode.INVALID, message, "connector_key")
    return desks[0]


def _connector(outside: Outside, key: str) -> Any:
    """None for one that is switched off."""
    try:
        return outside[key]
    except KeyError:
        return None


def _require_known(about: Subject, command: CaseCreate) -> None:
    """Raises Refused."""
    if not about.has_customer:
        message = f'no customer has the id "Customer:{command.customer_id}"'
        raise refuse(RefusalCode.NOT_FOUND, message, "customer_id")
    if command.order_id is not None and about.order_number is None:
        raise refuse(RefusalCode.NOT_FOUND, f'no order has the id "Order:{command.order_id}"', "order_id")
    if command.order_id is not None and not about.is_theirs:
        raise refuse(RefusalCode.INVALID, f"order {about.order_number} is not this customer's", "order_id")
