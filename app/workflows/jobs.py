"""The jobs that there are, by name. docs/jobs.md shows this table to operators; a test compares the two."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from app.domain.actor import SYSTEM
from app.domain.notification import NotificationKind
from app.domain.outgoing import Push
from app.domain.refusals import Refused
from app.stores.exceptions import raise_exception
from app.stores.jobs import tidy
from app.stores.orders import load_order, save_order
from app.stores.payments import SETTLE
from app.stores.readings import tidy_readings
from app.workflows import (
    backorders_fill,
    fulfillment_open_scheduled,
    orders_expire,
    reservations_expire,
    shipments_track,
    source_sync,
    sources_sync,
)
from app.workflows.authorizations_expire import authorizations_expire
from app.workflows.fulfillment_open_scheduled import open_scheduled
from app.workflows.guest_orders_link import LINK, link_guest_orders
from app.workflows.job_kind import FailedJob, JobKind
from app.workflows.labels import LABEL, VOID
from app.workflows.notify import job_name, notifying
from app.workflows.order_progress import ROUTE
from app.workflows.order_route import route_confirmed
from app.workflows.payment_settle import payment_settle
from app.workflows.payments_reconcile import payments_reconcile
from app.workflows.push import give_up_push, pushing
from app.workflows.shipment_label import label_shipment
from app.workflows.shipment_void import void_shipment
from app.workflows.shipments_track import track_shipments
from app.workflows.source_sync import SYNC, give_up_sync
from app.workflows.sources_sync import SYNC_DUE, sync_what_is_due, tidy_syncs
from app.workflows.storefront.reports import REPORT, report_again
from app.workflows.webhook_process import give_up_events, tidy_webhooks, webhook_process
from app.workflows.webhook_receive import PROCESS
from app.workflows.work import Work

DAY_S = 86_400
TRACKING_TIMEOUT_S = 900.0
RECONCILE_EVERY_S = 600
EXPIRE_EVERY_S = 600


async def tidy_jobs(_: Mapping[str, Any], work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await tidy(tx)


async def tidy_what_was_read(_: Mapping[str, Any], work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await tidy_readings(tx)


JOBS: Mapping[str, JobKind] = {
    SETTLE: JobKind(run=payment_settle, suggested_action="exceptionResolve"),
    "payments.reconcile": JobKind(run=payments_reconcile, every_s=RECONCILE_EVERY_S),
    "authorizations.expire": JobKind(run=authorizations_expire, every_s=EXPIRE_EVERY_S),
    ROUTE: JobKind(run=route_confirmed, suggested_action="orderRoute"),
    **{job_name(kind): JobKind(run=notifying(kind)) for kind in NotificationKind},
    LABEL: JobKind(run=label_shipment, suggested_action="shipmentCancel"),
    VOID: JobKind(run=void_shipment, suggested_action="shipmentCancel"),
    shipments_track.TRACK: JobKind(run=track_shipments, every_s=shipments_track.EVERY_S, timeout_s=TRACKING_TIMEOUT_S),
    "fulfillment.open_scheduled": JobKind(run=open_scheduled, every_s=fulfillment_open_scheduled.EVERY_S),
    "jobs.tidy": JobKind(run=tidy_jobs, every_s=DAY_S),
    backorders_fill.FILL: JobKind(run=backorders_fill.fill_backorders),
    backorders_fill.SWEEP: JobKind(run=backorders_fill.sweep_backorders, every_s=300),
    reservations_expire.EXPIRE: JobKind(run=reservations_expire.expire_reservations, every_s=30),
    orders_expire.EXPIRE: JobKind(run=orders_expire.expire_orders, every_s=300),
    SYNC: JobKind(run=source_sync.source_sync, timeout_s=source_sync.TIMEOUT_S, given_up=give_up_sync),
    SYNC_DUE: JobKind(run=sync_what_is_due, every_s=sources_sync.EVERY_S),
    "syncs.tidy": JobKind(run=tidy_syncs, every_s=DAY_S),
    LINK: JobKind(run=link_guest_orders),
    REPORT: JobKind(run=report_again, suggested_action="exceptionResolve"),
    PROCESS: JobKind(run=webhook_process, given_up=give_up_events),
    **{
        push.job: JobKind(run=pushing(push), given_up=give_up_push, suggested_action="exceptionResolve")
        for push in Push
    },
    "webhooks.tidy": JobKind(run=tidy_webhooks, every_s=DAY_S),
    "readings.tidy": JobKind(run=tidy_what_was_read, every_s=DAY_S),
}


async def give_up(failed: FailedJob, work: Work) -> None:
    """Where the job is about an order, whoever looks after that order is asked for a decision."""
    kind = JOBS.get(failed.name)
    if kind is not None and kind.given_up is not None:
        await kind.given_up(failed, work)
    order_id = failed.data.get("order_id")
    if order_id is None:
        return
    with suppress(Refused):  # of an order that is not there
        async with work.writers.transaction(SYSTEM) as tx:
            order = await load_order(tx, UUID(order_id))
            await raise_exception(
                tx,
                order.id,
                category=failed.name,
                message=failed.reason,
                suggested_action=failed.suggested_action,
                attempts=failed.attempts,
            )
            await save_order(tx, order, "order.exception_raised", {"category": failed.name, "message": failed.reason})
