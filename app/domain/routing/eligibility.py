"""Which locations may take part, and everything that speaks against the others."""

from app.domain.routing.policy import Policy, Rule
from app.domain.routing.request import RoutingRequest, Site

INACTIVE = "INACTIVE"
EXCLUDED = "EXCLUDED"
"""By the caller, or because it declined this order."""
NOT_ASKED_FOR = "NOT_ASKED_FOR"
"""The caller named the only locations allowed, and it is none of them."""
NO_STOCK = "NO_STOCK"
"""It has no unit of any article that is wanted."""
NO_CAPACITY = "NO_CAPACITY"
"""Its day is full."""
TOO_FAR = "TOO_FAR"
CANNOT_SUPPLY_ALL = "CANNOT_SUPPLY_ALL"
"""The order may not be split, and it lacks some of the units."""


def rejections(site: Site, request: RoutingRequest, policy: Policy) -> tuple[str, ...]:
    """In a fixed order; empty for a location that may take part."""
    distance_km, max_km = request.destination.distance_km(site), policy.max_distance_km
    has_any = any(site.available.get(demand.sku, 0) > 0 for demand in request.demands)
    found = {
        INACTIVE: not site.active,
        EXCLUDED: site.key in request.excluded,
        NOT_ASKED_FOR: bool(request.only) and site.key not in request.only,
        NO_STOCK: not has_any,
        NO_CAPACITY: site.room <= 0,
        TOO_FAR: distance_km is not None and max_km is not None and distance_km > max_km,
        CANNOT_SUPPLY_ALL: has_any and not request.allows_split and not _supplies_all(site, request),
    }
    ruled_out = [rule.reason for rule in policy.rules if _rejects(rule, site, request, policy)]
    return tuple(dict.fromkeys([*(reason for reason, applies in found.items() if applies), *ruled_out]))


def _supplies_all(site: Site, request: RoutingRequest) -> bool:
    wanted: dict[str, int] = {}
    for demand in request.demands:
        wanted[demand.sku] = wanted.get(demand.sku, 0) + demand.units
    return request.units <= site.room and all(site.available.get(sku, 0) >= units for sku, units in wanted.items())


def _rejects(rule: Rule, site: Site, request: RoutingRequest, policy: Policy) -> bool:
    return (
        (not rule.channels or request.channel in rule.channels)
        and (not rule.methods or request.method in rule.methods)
        and (not rule.countries or request.destination.country in rule.countries)
        and (not rule.customer_tags or not set(rule.customer_tags).isdisjoint(request.customer_tags))
        and (not rule.kinds or site.kind in rule.kinds)
        and (not rule.tags or policy.has_tag(site.key, rule.tags))
        and not policy.has_tag(site.key, rule.except_tags)
    )
