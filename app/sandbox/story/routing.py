"""Steps that decide where units come from: promising them on placement, and routing them to locations."""

from app.domain.geography import Coordinates, distance_km
from app.domain.inventory import MovementKind
from app.domain.order import OrderStatus
from app.sandbox.story.book import Row
from app.sandbox.story.catalog import Site
from app.sandbox.story.play import Play, Promise, Request
from app.sandbox.story.routing_inputs import inputs_of

_POLICY = "nearest-with-stock"
_KM_MAX = 5_000


def promise(play: Play, *, split: bool = False, waiting: bool = False, elsewhere: Site | None = None) -> None:
    """Reserves every unit not yet promised: at the best location, the last unit at the next one when `split`.

    `waiting`: there is no stock of the last line, whose units are backordered. `elsewhere`: anywhere but there.
    """
    sites = [site for site in _ranked(play) if site is not elsewhere]
    first, second = sites[0], sites[min(1, len(sites) - 1)]
    for line in play.lines:
        units = line["ordered"] - line["canceled"] - line["backordered"] - _promised(play, line)
        if waiting and line is play.lines[-1]:
            line["backordered"] += units
            continue
        to_second = 1 if split and line is play.lines[-1] else 0
        _reserve(play, first, line, units - to_second)
        if to_second:
            _reserve(play, second, line, to_second)


def supply(play: Play) -> None:
    """What was backordered has come in."""
    play.wait(60, 200)
    site = _ranked(play)[0]
    for line in play.lines:
        units, line["backordered"] = line["backordered"], 0
        _reserve(play, site, line, units)
    play.happened("order.backorder_supplied")


def route(play: Play, *, excluded: str | None = None, scheduled: bool = False) -> None:
    """A fulfillment order at each location that holds reserved units."""
    play.wait(0.1, 1)
    sites = _by_site(play)
    _write_decision(play, sites, excluded)
    for site, promises in sites.items():
        _request(play, play.catalog.sites[site], promises, scheduled=scheduled)
    play.become(OrderStatus.PROCESSING)
    play.happened("order.routed", locations=list(sites))


def reject(play: Play) -> None:
    """The location of the newest fulfillment order declines; its units are promised by the next best location."""
    play.wait(0.5, 3)
    request = play.requests[-1]
    request.row["status"], request.row["updated_at"] = "REJECTED", play.at
    play.happened(
        "fulfillment_order.rejected", play.book.agent(), number=request.row["number"], reason="not found on shelf"
    )
    other = next(site for site in _ranked(play) if site is not request.site)
    for _, line in request.lines:
        for held in [one for one in play.promises if one.line is line and one.site is request.site]:
            play.move(MovementKind.DEALLOCATE, held.site, line, held.units)
            play.move(MovementKind.RELEASE, held.site, line, held.units)
            line["allocated"] -= held.units
            play.promises.remove(held)
            _reserve(play, other, line, held.units)
    route(play, excluded=request.site.place.key)


def _request(play: Play, site: Site, promises: list[Promise], *, scheduled: bool) -> None:
    book, number = play.book, len(play.requests) + 1
    row = book.add(
        "fulfillment_orders", play.at, version=1, number=f"{play.order['number']}-F{number}",
        status="SCHEDULED" if scheduled else "OPEN", order_id=play.order["id"], location_id=site.id,
        fulfill_by=play.order["estimated_delivery_at"], created_at=play.at, updated_at=play.at,
    )  # fmt: skip
    lines = []
    for held in promises:
        fulfilled = book.add(
            "fulfillment_order_lines", play.at, fulfillment_order_id=row["id"], order_line_id=held.line["id"],
            quantity=held.units, picked=0, packed=0, shipped=0,
        )  # fmt: skip
        play.move(MovementKind.ALLOCATE, site, held.line, held.units)
        held.line["reserved"] -= held.units
        held.line["allocated"] += held.units
        lines.append((fulfilled, held.line))
    play.requests.append(Request(row, site, lines))


def _by_site(play: Play) -> dict[str, list[Promise]]:
    """Promises that no fulfillment order asks for yet."""
    requested = {(request.site.place.key, line["id"]) for request in play.requests for _, line in request.lines}
    found: dict[str, list[Promise]] = {}
    for held in play.promises:
        key = held.site.place.key
        if held.units and (key, held.line["id"]) not in requested:
            found.setdefault(key, []).append(held)
    return found


def _reserve(play: Play, site: Site, line: Row, units: int) -> None:
    if units:
        play.move(MovementKind.RESERVE, site, line, units)
        line["reserved"] += units
        play.promises.append(Promise(site, line, units))


def _promised(play: Play, line: Row) -> int:
    return sum(held.units for held in play.promises if held.line is line)


def write_reservation(play: Play) -> None:
    """Which locations hold what the order has reserved and not yet allocated."""
    held = [one for promises in _by_site(play).values() for one in promises]
    if not held:
        return
    book, order = play.book, play.order
    reservation = book.add(
        "reservations", play.at, order_id=order["id"], expires_at=None, released_at=None, created_at=play.at
    )
    for one in held:
        book.add(
            "reservation_lines", play.at, reservation_id=reservation["id"], sku=one.line["sku"], quantity=one.units,
            location_id=one.site.id, order_line_id=one.line["id"],
        )  # fmt: skip


# ── the decision, kept with the order


def _ranked(play: Play) -> list[Site]:
    """Locations that could supply the whole order, the best first. The two distribution centers always can."""
    able = [site for site in play.catalog.sites.values() if not _rejections(play, site)]
    return sorted(able, key=lambda site: -_score(play, site))


def _rejections(play: Play, site: Site, excluded: str | None = None) -> list[str]:
    missing = [line["sku"] for line in play.lines if line["sku"] not in site.skus]
    return [
        *(["does not ship to customers"] if not site.ships else []),
        *(["declined this order"] if site.place.key == excluded else []),
        *(f"does not stock {sku}" for sku in missing),
    ]


def _write_decision(play: Play, sites: dict[str, list[Promise]], excluded: str | None) -> None:
    book, currency = play.book, play.order["currency"]
    decision = book.add(
        "routing_decisions", play.at, order_id=play.order["id"], at=play.at, policy=_POLICY,
        cost_minor=sum(_cost_minor(play, play.catalog.sites[key]) for key in sites), currency=currency,
        split_count=len(sites) - 1, inputs=inputs_of(play, sites, excluded),
    )  # fmt: skip
    for key, promises in sites.items():
        for held in promises:
            book.add(
                "routing_assignments", play.at, decision_id=decision["id"], location_id=play.catalog.sites[key].id,
                order_line_id=held.line["id"], quantity=held.units,
            )  # fmt: skip
    for site in play.catalog.sites.values():
        rejections = _rejections(play, site, excluded)
        book.add(
            "routing_candidates", play.at, decision_id=decision["id"], location_id=site.id, eligible=not rejections,
            rejections=rejections, distance_km=round(_distance_km(play, site), 1),
            cost_minor=None if rejections else _cost_minor(play, site), currency=currency,
            score=None if rejections else _score(play, site),
        )  # fmt: skip


def _score(play: Play, site: Site) -> float:
    """Nearness in hundredths of the farthest, and the location's own priority."""
    return round(100 - 100 * min(_distance_km(play, site), _KM_MAX) / _KM_MAX + site.place.priority, 2)


def _cost_minor(play: Play, site: Site) -> int:
    return 640 + int(_distance_km(play, site) / 4)


def _distance_km(play: Play, site: Site) -> float:
    city, place = play.buyer.party.city, site.place
    return distance_km(Coordinates(city.latitude, city.longitude), Coordinates(place.latitude, place.longitude))
