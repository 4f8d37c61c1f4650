import pytest

from app.identity.phones import international_number


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+44 (20) 7946-0018", None, "+442079460018"),
        ("0044 20 7946 0018", "GB", "+442079460018"),
        ("(512) 555-0108", "US", "+15125550108"),
        ("1-512-555-0108", "CA", "+15125550108"),
        ("+15125550108", "DE", "+15125550108"),
        # Whatever a country's own habits would have to be known for stays as it is written.
        (" 020 7946 0018 ", "GB", "020 7946 0018"),
        ("(512) 555-0108", None, "(512) 555-0108"),
        ("555-0108", "US", "555-0108"),
        ("512-555-0108 ext. 4", "US", "512-555-0108 ext. 4"),
        ("+12", "US", "+12"),
        ("٠١٢٣٤٥٦٧٨٩", "US", "٠١٢٣٤٥٦٧٨٩"),
    ],
)
def test_numbers_are_spelled_alike_where_they_can_be_read(text: str, country: str | None, number: str) -> None:
    assert international_number(text, country) == number
    assert international_number(number, country) == number
