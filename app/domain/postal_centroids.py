"""Where an address is, as well as it is known: by its postal code, the codes that begin alike, or its country."""

from bisect import bisect_left
from collections.abc import Iterable

from app.domain.country_centroids import country_centroid
from app.domain.geography import Coordinates
from app.domain.routing.request import Destination, LocatedBy

AREA_CHARACTERS = 3
"""Codes that share so many are one area, as in the United States, Germany or the United Kingdom."""


class PostalCentroids:
    """The middle of each postal code that is known; of none, by default."""

    def __init__(self, known: Iterable[tuple[str, str, Coordinates]] = ()) -> None:
        """Country, postal code, coordinates."""
        self._coordinates: dict[str, dict[str, Coordinates]] = {}
        for country, postal_code, coordinates in known:
            self._coordinates.setdefault(country, {})[_plain(postal_code)] = coordinates
        self._codes = {country: sorted(codes) for country, codes in self._coordinates.items()}

    def locate(self, country: str | None, postal_code: str | None) -> Destination:
        """A code longer than those known is looked up by its beginning: 43207-1234 is in 43207."""
        if country is None:
            return Destination(country=None)
        code, coordinates = _plain(postal_code or ""), self._coordinates.get(country, {})
        for length in range(len(code), AREA_CHARACTERS - 1, -1):
            if at := coordinates.get(code[:length]):
                return Destination(country=country, at=at, located_by=LocatedBy.POSTAL_CODE)
        if at := self._in_area(country, code):
            return Destination(country=country, at=at, located_by=LocatedBy.POSTAL_AREA)
        if at := country_centroid(country):
            return Destination(country=country, at=at, located_by=LocatedBy.COUNTRY)
        return Destination(country=country)

    def _in_area(self, country: str, code: str) -> Coordinates | None:
        """Of the middle one, in their order, among the codes that begin alike: always a real place."""
        area, codes = code[:AREA_CHARACTERS], self._codes.get(country, [])
        if len(area) < AREA_CHARACTERS:
            return None
        first, after = bisect_left(codes, area), bisect_left(codes, area + chr(0x10FFFF))
        return self._coordinates[country][codes[(first + after - 1) // 2]] if first < after else None


def _plain(postal_code: str) -> str:
    """As it is compared: SW1A 1AA, sw1a1aa and SW1A-1AA are one."""
    return "".join(character for character in postal_code.upper() if character.isalnum())
