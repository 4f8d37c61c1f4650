"""locationUpsert: makes a location, or changes what is given of it, by its key."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.ids import new_id
from app.domain.inventory import LocationKind
from app.domain.refusals import Refusal, RefusalCode, Refused, refuse, refuse_if_any
from app.domain.routing.request import LocatedBy
from app.stores.catalog import StoredLocation, lock_location, open_work, save_location
from app.stores.events import append_event
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_input import impossible_address
from app.workflows.routing.configuration import Routing
from app.workflows.work import Work

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NAME_CHARACTERS_MAX = 200
DAILY_CAPACITY_MAX = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationUpsert:
    key: str
    name: str | None = None
    kind: LocationKind | None = None
    address: dict[str, Any] | None = None
    active: bool | None = None
    daily_capacity: int | None = None


async def location_upsert(tx: Transaction, command: LocationUpsert, work: Work) -> Outcome:
    """What changes nothing is no event."""
    refuse_if_any(_impossible(command))
    before = await lock_location(tx, command.key)
    after = _merged(before, command)
    if before is not None and before.active and not after.active:
        await _require_no_work(tx, before)
    if command.address is not None and (before is None or _place(before.address) != _place(command.address)):
        after = _located(after, work.routing)
    if after != before:
        await save_location(tx, after)
        kind = "location.created" if before is None else "location.updated"
        said = {"key": after.key, "name": after.name, "active": after.active, "dailyCapacity": after.daily_capacity}
        await append_event(tx, kind, ("Location", after.id), said)
    return Outcome({"location": after.id})


def _impossible(command: LocationUpsert) -> Iterator[Refusal]:
    if not KEY.fullmatch(command.key):
        message = "key must have 1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("key",))
    if command.name is not None and not 0 < len(command.name.strip()) <= NAME_CHARACTERS_MAX:
        message = f"name must have 1 to {NAME_CHARACTERS_MAX} characters"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("name",))
    if command.daily_capacity is not None and not 0 <= command.daily_capacity <= DAILY_CAPACITY_MAX:
        message = f"dailyCapacity must be between 0 and {DAILY_CAPACITY_MAX:,} units"
        yield Refusal(code=RefusalCode.INVALID, message=message, field=("daily_capacity",))
    if command.address is not None:
        yield from impossible_address(command.address, "address")


def _merged(before: StoredLocation | None, command: LocationUpsert) -> StoredLocation:
    """Raises Refused."""
    if before is None:
        if command.name is None or command.kind is None:
            missing = [name for name in ("name", "kind") if getattr(command, name) is None]
            message = f"there is no location {command.key} yet: give a name and a kind to make it"
            raise Refused(*(Refusal(code=RefusalCode.REQUIRED, message=message, field=(name,)) for name in missing))
        before = StoredLocation(id=new_id(), key=command.key, name=command.name, kind=command.kind)
    names = ("name", "kind", "address", "active", "daily_capacity")
    given = {name: getattr(command, name) for name in names}
    return replace(before, **{name: value for name, value in given.items() if value is not None})


async def _require_no_work(tx: Transaction, location: StoredLocation) -> None:
    """Raises Refused. What is only reserved there needs no decision: routing brings it elsewhere."""
    count = await open_work(tx, location.id)
    if count:
        message = (
            f"{count} fulfillment orders are open at {location.key}; fulfillmentOrderMove takes them elsewhere first"
        )
        raise refuse(RefusalCode.INVALID, message, "active")


def _place(address: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (address or {}).get("country"), (address or {}).get("postalCode")


def _located(location: StoredLocation, routing: Routing) -> StoredLocation:
    """Where its postal code is. The middle of its country would say too little to be kept as its place."""
    found = routing.locate(location.address)
    if found.at is None or found.located_by not in (LocatedBy.POSTAL_CODE, LocatedBy.POSTAL_AREA):
        return replace(location, latitude=None, longitude=None)
    return replace(location, latitude=found.at.latitude, longitude=found.at.longitude)
