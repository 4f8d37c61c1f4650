"""Geography: where a place is, and how far two are apart."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

# The mean radius of the Earth, R1 = (2a + b) / 3. International Union of Geodesy and Geophysics, as given by H. Moritz,
# “Geodetic Reference System 1980”, Journal of Geodesy 74 (2000), p. 131: 6,371,008.7714 m.
EARTH_RADIUS_KM = 6_371.0088


@dataclass(frozen=True, slots=True)
class Coordinates:
    """In degrees, north and east positive."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"{self.latitude}, {self.longitude} is no place on Earth")


def distance_km(one: Coordinates, other: Coordinates) -> float:
    """Along the great circle, by the haversine formula: a sphere is within 0.6 % of the ellipsoid.

    R. W. Sinnott, “Virtues of the Haversine”, Sky and Telescope 68 (1984), p. 159: exact for near places too.
    """
    phi, other_phi = radians(one.latitude), radians(other.latitude)
    half_chord_squared = (
        sin((other_phi - phi) / 2) ** 2
        + cos(phi) * cos(other_phi) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    )
    # Between antipodes rounding may take it a hair above 1.
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half_chord_squared)))
