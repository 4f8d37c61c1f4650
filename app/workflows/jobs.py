"""The jobs that there are, by name. docs/jobs.md shows this table to operators; a test compares the two."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.domain.actor import SYSTEM
from app.domain.notification import NotificationKind
from app.stores.exceptions import raise_exception
from app.stores.jobs import tidy
from app.workflows.job_kind import FailedJob, JobKind
from app.workflows.notify import job_name, notifying
from app.workflows.order_progress import ROUTE
from app.workflows.order_route import route_confirmed
from app.workflows.webhook_process import tidy_webhooks, webhook_process
from app.workflows.webhook_receive import PROCESS
from app.workflows.work import Work

DAY_S = 86_400


async def tidy_jobs(_: Mapping[str, Any], work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await tidy(tx)


JOBS: Mapping[str, JobKind] = {
    ROUTE: JobKind(run=route_confirmed, suggested_action="orderRoute"),
    **{job_name(kind): JobKind(run=notifying(kind)) for kind in NotificationKind},
    "jobs.tidy": JobKind(run=tidy_jobs, every_s=DAY_S),
    PROCESS: JobKind(run=webhook_process),
    "webhooks.tidy": JobKind(run=tidy_webhooks, every_s=DAY_S),
}


async def give_up(failed: FailedJob, work: Work) -> None:
    """Where the job is about an order, whoever looks after that order is asked for a decision."""
    order_id = failed.data.get("order_id")
    if order_id is None:
        return
    async with work.writers.transaction(SYSTEM) as tx:
        await raise_exception(
            tx,
            UUID(order_id),
            category=failed.name,
            message=failed.reason,
            suggested_action=failed.suggested_action,
            attempts=failed.attempts,
        )
