"""What the sandboxed UPS charges and promises: a function of service, weight and zone, and of nothing else."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal

ABROAD = 9
WEIGHT_LB_MAX = 150
"""https://www.ups.com/us/en/support/shipping-support/shipping-dimensions-weight, read 2026-11"""
_POUNDS_PER_KILOGRAM = Decimal("2.20462")
_NEGOTIATED_PERCENT = 85


@dataclass(frozen=True, slots=True)
class Service:
    base_cents: int
    cents_per_zone: int
    cents_per_lb: int
    days: int
    days_per_zone: int


DOMESTIC = {
    "03": Service(780, 60, 35, 1, 1),
    "12": Service(1_240, 110, 70, 3, 0),
    "02": Service(1_750, 160, 110, 2, 0),
    "13": Service(3_050, 240, 190, 1, 0),
    "01": Service(3_400, 260, 210, 1, 0),
}
INTERNATIONAL = {
    "11": Service(1_900, 150, 160, 5, 0),
    "08": Service(4_200, 300, 320, 4, 0),
    "65": Service(5_100, 330, 360, 3, 0),
    "07": Service(5_600, 340, 380, 2, 0),
}
"""By code, the slow ones first."""


def zone(origin_postal_code: str, postal_code: str) -> int:
    """2 to 8 within a country, by how far apart the first digits of the postal codes are."""
    first, last = (ord(code[0]) if code else 0 for code in (origin_postal_code, postal_code))
    return 2 + min(abs(first - last), 9) * 6 // 9


def cost_cents(service: Service, *, zone: int, weight_lb: int) -> int:
    """As published. What the account pays is `negotiated_cents` of it."""
    return service.base_cents + service.cents_per_zone * zone + service.cents_per_lb * weight_lb


def negotiated_cents(published_cents: int) -> int:
    return published_cents * _NEGOTIATED_PERCENT // 100


def transit_days(service: Service, *, zone: int) -> int:
    """Business days."""
    return service.days + service.days_per_zone * (zone // 2)


def after_business_days(start: date, days: int) -> date:
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def billed_lb(weight: Decimal, unit: str) -> int:
    """Begun pounds count as whole ones."""
    pounds = weight * _POUNDS_PER_KILOGRAM if unit == "KGS" else weight
    return int(pounds.quantize(Decimal(1), ROUND_UP))
