"""What a route of the story was decided on, so that another policy can be tried on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import to_builtins

from app.domain.geography import Coordinates
from app.domain.routing.request import Demand, Destination, LocatedBy, RoutingRequest, Site
from app.sandbox.story import catalog
from app.sandbox.story.play import Play, Promise


def inputs_of(play: Play, promises_by_site: Mapping[str, Sequence[Promise]], excluded: str | None) -> Any:
    """As it is stored with a decision."""
    promised = [held for promises in promises_by_site.values() for held in promises]
    lines = {held.line["id"]: held.line for held in promised}
    units = {id_: sum(held.units for held in promised if held.line["id"] == id_) for id_ in lines}
    party, order = play.buyer.party, play.order
    at = Coordinates(party.city.latitude, party.city.longitude)
    request = RoutingRequest(
        demands=tuple(Demand(line_id=id_, sku=line["sku"], units=units[id_]) for id_, line in lines.items()),
        sites=tuple(_site(site, play) for site in play.catalog.sites.values()),
        destination=Destination(country=party.city.country, at=at, located_by=LocatedBy.POSTAL_CODE),
        channel=order["channel"],
        method=order["shipping_method"],
        customer_tags=party.tags,
        allows_split=party.allow_split_shipments is not False,
        excluded=frozenset({excluded} if excluded else ()),
    )
    return to_builtins(request)


def _site(site: catalog.Site, play: Play) -> Site:
    """It has whatever it stocks; how busy its day was, the story does not tell."""
    place = site.place
    return Site(
        id=site.id,
        key=place.key,
        kind=place.kind,
        at=Coordinates(place.latitude, place.longitude),
        available={line["sku"]: line["ordered"] for line in play.lines if line["sku"] in site.skus},
        daily_capacity=place.daily_capacity,
        priority=place.priority,
    )
