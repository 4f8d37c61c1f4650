"""Jobs that tell a customer what happened: each once, as far as that can be known (docs/jobs.md)."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.connectors.contract import SourceRefused
from app.connectors.notifier import Message
from app.domain.actor import SYSTEM
from app.domain.notification import NotificationKind, NotificationStatus
from app.stores.jobs import Job
from app.stores.notifications import Content, claim, load_content, settle
from app.workflows.notification_text import words
from app.workflows.work import JobData, Work


def notification(kind: NotificationKind, order_id: UUID, subject_id: UUID) -> Job:
    """To be enqueued where it happens. `subject_id` is the order, the shipment, or the transaction of a refund."""
    name = job_name(kind)
    data = {"order_id": str(order_id), "subject_id": str(subject_id)}
    return Job(name=name, key=f"{name}:{subject_id}", data=data)


def job_name(kind: NotificationKind) -> str:
    return f"notify.{kind.lower()}"


def notifying(kind: NotificationKind) -> Callable[[JobData, Work], Awaitable[None]]:
    """The job's function."""

    async def notify(data: JobData, work: Work) -> None:
        # A confirmation is about the order itself.
        subject_id = UUID(data.get("subject_id", data["order_id"]))
        async with work.writers.transaction(SYSTEM) as tx:
            content = await load_content(tx, kind, subject_id)
            if content is None or not await claim(tx, kind, subject_id, content):
                return
        try:
            is_sent = await work.notifier.send(_message(kind, subject_id, content))
            status = NotificationStatus.SENT if is_sent else NotificationStatus.SKIPPED
        except SourceRefused:
            await _settle(work, kind, subject_id, NotificationStatus.REFUSED)
            raise
        await _settle(work, kind, subject_id, status)

    return notify


async def _settle(work: Work, kind: NotificationKind, subject_id: UUID, status: NotificationStatus) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await settle(tx, kind, subject_id, status)


def _message(kind: NotificationKind, subject_id: UUID, content: Content) -> Message:
    assert content.recipient is not None  # noqa: S101 - else there was nothing to claim
    subject, text, html = words(kind, content)
    key = f"{kind.lower()}.{subject_id.hex}"
    return Message(kind, content.recipient, content.recipient_name, subject, text, html, key)
