"""Telephone numbers in one spelling, E.164, where they can be read without knowing every country's habits."""

import re

NORTH_AMERICA = frozenset(("US", "CA", "PR"))
"""Of the countries that share +1 and dial ten digits (https://www.nanpa.com), those with most numbers."""
DIGITS_MIN, DIGITS_MAX = 8, 15
"""Of an international number: E.164 allows fifteen; ours is the lower bound, under which it is an extension."""
_DECORATION = re.compile(r"[\s().\-/]")


def international_number(text: str, country: str | None) -> str:
    """`country` (ISO 3166-1 alpha-2) is where it is dialed from. As it is written, where it cannot be told."""
    plain = _DECORATION.sub("", text)
    digits = plain.removeprefix("+").removeprefix("00")
    if not digits.isascii() or not digits.isdecimal():
        return text.strip()
    if plain.startswith(("+", "00")) and DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        return f"+{digits}"
    if country in NORTH_AMERICA and len(digits.removeprefix("1")) == 10:
        return f"+1{digits.removeprefix('1')}"
    return text.strip()
