import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.country_centroids import country_centroid
from app.domain.geography import EARTH_RADIUS_KM, Coordinates, distance_km

places = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))


def test_a_quarter_of_the_equator() -> None:
    assert distance_km(Coordinates(0, 0), Coordinates(0, 90)) == pytest.approx(10_007.557, abs=0.001)


def test_nashville_to_los_angeles() -> None:
    """The example at rosettacode.org/wiki/Haversine_formula, read 2026-11, which counts the radius as 6,372.8 km."""
    airports = Coordinates(36.12, -86.67), Coordinates(33.94, -118.40)
    assert distance_km(*airports) == pytest.approx(2_887.2599506071 * EARTH_RADIUS_KM / 6_372.8, abs=1e-6)


@given(places, places)
def test_distance_is_symmetric_and_at_most_half_way_around(one: Coordinates, other: Coordinates) -> None:
    assert distance_km(one, one) == 0
    assert distance_km(one, other) == pytest.approx(distance_km(other, one), abs=1e-6)
    assert 0 <= distance_km(one, other) <= EARTH_RADIUS_KM * 3.1416


@pytest.mark.parametrize(("latitude", "longitude"), [(90.1, 0), (0, -180.1), (float("nan"), 0)])
def test_a_place_off_the_earth_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="is no place on Earth"):
        Coordinates(latitude, longitude)


def test_countries_have_a_middle() -> None:
    assert country_centroid("DE") == Coordinates(51, 9)
    assert country_centroid("ZZ") is None
