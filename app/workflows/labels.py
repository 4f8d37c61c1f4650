"""Labels at a carrier: bought and voided by steps of their own, each under the shipment's key (docs/fulfillment.md)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.carrier import Carrier, PostalAddress
from app.domain.order_summary import OrderSummary, Parcel
from app.domain.refusals import RefusalCode, SourceRefusal
from app.stores.jobs import Job
from app.stores.orders import load_order
from app.stores.transaction import Transaction
from app.workflows.command import Step
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.work import JobData, Outside

LABEL = "shipment.label"
VOID = "shipment.void"
CALL_TIMEOUT_S = 20.0
"""Of one conversation with a carrier."""
HEAD_START_S = 30.0
"""The job waits this long for the step that is done at once: longer than that can take."""


def label_key(shipment_id: UUID) -> str:
    return f"shipment:{shipment_id}:label"


def step_of(name: str, order: OrderSummary, parcel: Parcel) -> Step:
    return Step(name, {"order_id": str(order.id), "shipment_id": str(parcel.id)})


def later(step: Step) -> Job:
    return Job(name=step.name, key=f"{step.name}:{step.data['shipment_id']}", data=step.data, delay_s=HEAD_START_S)


def carrier_of(outside: Outside, key: str | None) -> Carrier | None:
    """None where no enabled source of this key sells labels."""
    try:
        connector = None if key is None else outside[key]
    except KeyError:
        return None
    return connector if isinstance(connector, Carrier) else None


def required_carrier(outside: Outside, key: str | None) -> Carrier:
    """Raises NotWorthRetrying."""
    carrier = carrier_of(outside, key)
    if carrier is None:
        raise NotWorthRetrying(f"no source called {key} is configured that sells labels; configure it, then try again")
    return carrier


async def load_parcel(tx: Transaction, data: JobData) -> tuple[OrderSummary, Parcel]:
    """With its order, which is locked."""
    order = await load_order(tx, UUID(data["order_id"]))
    parcel = order.shipment(UUID(data["shipment_id"]))
    assert parcel is not None and parcel.carrier_key is not None  # noqa: S101, PT018 - it was made with the job
    return order, parcel


def refusals_of(parcel: Parcel) -> list[SourceRefusal]:
    """What the carrier would not do, for the one who asked."""
    if parcel.refused_because is None or parcel.carrier_key is None:
        return []
    code = RefusalCode.INVALID
    return [SourceRefusal(code=code, message=parcel.refused_because, source_key=parcel.carrier_key)]


def require_decided(carrier: Carrier, carrier_key: str, asked_at: datetime, at: datetime) -> None:
    """A label that is not found may have been asked for too recently to be found: raises SourceUnavailable."""
    undecided_for = max(carrier.label_lookup_delay, timedelta(seconds=CALL_TIMEOUT_S))
    left_s = (asked_at + undecided_for - at).total_seconds()
    if left_s > 0:
        message = f"{carrier_key} has not told whether it sold the label"
        raise SourceUnavailable(carrier_key, message, retry_after_s=left_s)


def postal_address(address: dict[str, Any], *, company: str | None = None) -> PostalAddress:
    """`company` stands in for an address without a name."""
    told = {name: address.get(name) or None for name in ("name", "line2", "region", "phone")}
    named = address.get("company") or (None if told["name"] else company)
    return PostalAddress(
        **told,
        company=named,
        line1=address["line1"],
        city=address["city"],
        postal_code=address.get("postalCode"),
        country=address["country"],
    )
