import pytest

from app.domain.geography import Coordinates
from app.domain.postal_centroids import PostalCentroids
from app.domain.routing.request import Destination, LocatedBy

KNOWN = PostalCentroids(
    [
        ("US", "43206", Coordinates(39.94, -82.97)),
        ("US", "43207", Coordinates(39.90, -82.97)),
        ("US", "43209", Coordinates(39.95, -82.93)),
        ("GB", "SW1A", Coordinates(51.5, -0.13)),
    ]
)


@pytest.mark.parametrize(
    ("country", "postal_code", "at", "located_by"),
    [
        ("US", "43207", Coordinates(39.90, -82.97), LocatedBy.POSTAL_CODE),
        ("US", "43207-1234", Coordinates(39.90, -82.97), LocatedBy.POSTAL_CODE),
        ("GB", "sw1a 1aa", Coordinates(51.5, -0.13), LocatedBy.POSTAL_CODE),
        ("US", "43299", Coordinates(39.90, -82.97), LocatedBy.POSTAL_AREA),
        ("US", "90210", Coordinates(38, -97), LocatedBy.COUNTRY),
        ("US", "43", Coordinates(38, -97), LocatedBy.COUNTRY),
        ("DE", "43207", Coordinates(51, 9), LocatedBy.COUNTRY),
        ("US", None, Coordinates(38, -97), LocatedBy.COUNTRY),
        ("ZZ", "43207", None, LocatedBy.NOTHING),
        (None, "43207", None, LocatedBy.NOTHING),
    ],
)
def test_an_address_is_placed_as_well_as_it_is_known(
    country: str | None, postal_code: str | None, at: Coordinates | None, located_by: LocatedBy
) -> None:
    assert KNOWN.locate(country, postal_code) == Destination(country=country, at=at, located_by=located_by)
