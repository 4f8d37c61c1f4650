from pathlib import Path

import pytest

from app.domain.geography import Coordinates
from app.domain.routing.request import LocatedBy
from app.workflows.routing.configuration import configured_routing
from app.workflows.routing.errors import RoutingNotConfigured


def test_addresses_are_placed_by_the_file(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("country,postal_code,latitude,longitude,name\nus,00501,40.8,-73.0,Holtsville\n", encoding="utf-8")
    found = configured_routing(postal_centroids=path).locate({"country": "US", "postalCode": "00501"})
    assert (found.at, found.located_by) == (Coordinates(40.8, -73.0), LocatedBy.POSTAL_CODE)


def test_without_a_file_an_address_is_placed_in_its_country() -> None:
    assert configured_routing().locate({"country": "US", "postalCode": "00501"}).located_by is LocatedBy.COUNTRY
    assert configured_routing().locate(None).located_by is LocatedBy.NOTHING


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("country,postal_code,latitude\n", "codes.csv lacks the column longitude; it needs country, postal_code, "),
        ("country,postal_code,latitude,longitude\nUS,1,91,0\n", r"codes.csv, line 2: 91.0, 0.0 is no place on Earth\."),
        ("country,postal_code,latitude,longitude\nUS,1,north,0\n", "codes.csv, line 2: could not convert string"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RoutingNotConfigured, match=f"^{message}"):
        configured_routing(postal_centroids=path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RoutingNotConfigured, match=r"cannot be read: .*No such file"):
        configured_routing(postal_centroids=tmp_path / "none.csv")
