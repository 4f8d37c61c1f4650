"""Requests and policies for routing, short to write: a test states only what it is about."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.geography import Coordinates
from app.domain.inventory import LocationKind
from app.domain.routing.policy import Method, Policy
from app.domain.routing.request import Demand, Destination, LocatedBy, RoutingRequest, Site

HERE = Coordinates(0, 0)
KM_OF_A_DEGREE = 111.195
"""Along the equator."""


def site(key: str, *, degrees: float | None = 0, **available: int) -> Site:
    """On the equator, so many degrees from the destination."""
    at = None if degrees is None else Coordinates(0, degrees)
    return Site(id=UUID(int=sum(key.encode())), key=key, kind=LocationKind.WAREHOUSE, at=at, available=available)


def demand(sku: str, units: int, *, line: int = 0, unit_weight_g: int | None = None) -> Demand:
    return Demand(line_id=UUID(int=line or sum(sku.encode())), sku=sku, units=units, unit_weight_g=unit_weight_g)


def request(*sites: Site, want: dict[str, int] | tuple[Demand, ...], **changed: Any) -> RoutingRequest:
    demands = tuple(demand(sku, units) for sku, units in want.items()) if isinstance(want, dict) else want
    here = Destination(country="ST", at=HERE, located_by=LocatedBy.POSTAL_CODE)
    return replace(RoutingRequest(demands=demands, sites=sites, destination=here, channel="web"), **changed)


def policy(**changed: Any) -> Policy:
    methods = {"default": Method(base_minor=500, per_kg_minor=100, per_km_minor=0.1)}
    return replace(Policy(name="test", currency="USD", methods=methods), **changed)
