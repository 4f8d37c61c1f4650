"""UPS's services by code, and which of them a caller means."""

import re

NAMES = {
    "01": "UPS Next Day Air",
    "02": "UPS 2nd Day Air",
    "03": "UPS Ground",
    "07": "UPS Worldwide Express",
    "08": "UPS Worldwide Expedited",
    "11": "UPS Standard",
    "12": "UPS 3 Day Select",
    "13": "UPS Next Day Air Saver",
    "14": "UPS Next Day Air Early",
    "54": "UPS Worldwide Express Plus",
    "59": "UPS 2nd Day Air A.M.",
    "65": "UPS Saver",
}
"""Codes as Rating.yaml lists them at Service/Code, parcels only: https://github.com/UPS-API/api-documentation (commit
e6f36df, read 2026-11). Answers often leave the description empty."""

_CODE = re.compile(r"[0-9A-Z]{2}")
_CODES = {name.casefold(): code for code, name in NAMES.items()}


def name_of(code: str) -> str:
    return NAMES.get(code, f"UPS service {code}")


def code_of(service: str) -> str | None:
    """Of a code or a name; None for what can be no service. UPS rates services of more codes than it lists."""
    return service if _CODE.fullmatch(service) else _CODES.get(service.casefold())
