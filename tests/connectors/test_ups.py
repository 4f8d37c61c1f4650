"""UPS's own: a label is bought once whatever happens to the answer, voids, rates, and what is asked for a parcel."""

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest

from app.connectors.contract import SourceFailure, SourceGarbled, SourceRefused, SourceTimedOut, SourceUnavailable
from app.connectors.ports.carrier import Carrier, Dimensions, Label, Parcel, PostalAddress, TrackingRecord, Voided
from app.connectors.registry import Registry
from app.connectors.source_config import InvalidSourceConfig
from app.connectors.ups import bodies
from app.connectors.ups.mapping import Rates, Recovered, Shipped, bought_label, found_label, rated_services
from app.connectors.ups.services import code_of
from app.domain.money import Money
from app.sandbox.faults import Fault
from app.sandbox.ups.label import label_gif
from app.sandbox.ups.network import Step
from app.sandbox.ups.wire import UpsApp
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import make_config, tracking_number

RENO = PostalAddress(
    company="Trail & Hearth", line1="1 Depot Road", city="Reno", region="NV", postal_code="89501", country="US"
)
ADA = PostalAddress(
    name="Ada Lovelace",
    line1="12 Garden Terrace",
    city="San Francisco",
    region="CA",
    postal_code="94117",
    country="US",
    phone="+1 (415) 555-0101",
)
GRETA = PostalAddress(name="Greta", line1="Hafenstraße 1", city="Hamburg", postal_code="20359", country="DE")
TORONTO = replace(ADA, line1="1 Front Street", city="Toronto", region="ON", postal_code="M5J 2N1", country="CA")
PARCEL = Parcel(ship_from=RENO, ship_to=ADA, weight_g=1200)
ACCOUNT = bodies.Account("84A9Y7", 1000)
KEY = "shipment:0199-1:label"


def carrier(lab: Lab) -> Carrier:
    found = lab.registry.carrier("ups")
    assert found is not None
    return found


def ups(lab: Lab) -> UpsApp:
    app = lab.sources["ups"].app
    assert isinstance(app, UpsApp)
    return app


def bought(lab: Lab) -> dict[str, int]:
    return ups(lab).network.effects.shown().get("label", {})


async def buy(lab: Lab, key: str = KEY, parcel: Parcel = PARCEL, service: str = "03", timeout_s: float = 60) -> Label:
    return await carrier(lab).buy_label(key, parcel, service, deadline=lab.clock.monotonic() + timeout_s)


async def find(lab: Lab, key: str = KEY) -> Label | None:
    return await carrier(lab).find_label(key, deadline=lab.clock.monotonic() + 60)


async def void(lab: Lab, reference: str) -> Voided:
    return await carrier(lab).void_label(KEY, reference, deadline=lab.clock.monotonic() + 60)


def test_only_a_carrier_is_one(lab: Lab) -> None:
    assert isinstance(lab.registry.carrier("ups"), Carrier)
    assert lab.registry.carrier("salesforce") is None
    assert lab.registry.carrier("dhl") is None


async def test_rates_are_the_negotiated_ones_the_cheapest_first(lab: Lab) -> None:
    rated = await carrier(lab).rate(PARCEL, deadline=lab.clock.monotonic() + 60)
    # 3 pounds over one digit of postal code: (780 + 60 * 2 + 35 * 3) * 0.85 and so on.
    assert [(each.service, each.name, each.cost) for each in rated] == [
        ("03", "UPS Ground", Money(854, "USD")),
        ("12", "UPS 3 Day Select", Money(1419, "USD")),
        ("02", "UPS 2nd Day Air", Money(2040, "USD")),
        ("13", "UPS Next Day Air Saver", Money(3485, "USD")),
        ("01", "UPS Next Day Air", Money(3867, "USD")),
    ]
    today = datetime.now(UTC).date()
    arrivals = {each.service: each.estimated_delivery_at for each in rated}
    assert arrivals["01"] is not None
    assert arrivals["01"].time().isoformat() == "23:00:00"
    assert today < arrivals["01"].date() <= today + timedelta(days=3)


async def test_abroad_other_services_are_offered_without_their_times(lab: Lab) -> None:
    parcel = replace(PARCEL, ship_to=GRETA)
    rated = await carrier(lab).rate(parcel, deadline=lab.clock.monotonic() + 60)
    assert [(each.name, each.estimated_delivery_at) for each in rated] == [
        ("UPS Standard", None),
        ("UPS Worldwide Expedited", None),
        ("UPS Saver", None),
        ("UPS Worldwide Express", None),
    ]


def test_times_abroad_are_not_asked_for() -> None:
    """UPS would refuse the whole request, since nobody declares what the goods are worth."""
    here, abroad = (
        bodies.rating(ACCOUNT, replace(PARCEL, ship_to=ship_to), pickup=date(2026, 11, 3)) for ship_to in (ADA, GRETA)
    )
    assert here["RateRequest"]["Request"] == {"RequestOption": "Shoptimeintransit"}
    assert here["RateRequest"]["Shipment"]["DeliveryTimeInformation"]["Pickup"] == {"Date": "20261103"}
    assert abroad["RateRequest"]["Request"] == {"RequestOption": "Shop"}
    assert "DeliveryTimeInformation" not in abroad["RateRequest"]["Shipment"]


def test_whatever_service_is_rated_can_be_bought() -> None:
    """The cheapest is bought where nobody names one, and UPS has more services than have names here."""
    charge = {"CurrencyCode": "USD", "MonetaryValue": "7.10"}
    rated = {"RateResponse": {"RatedShipment": [{"Service": {"Code": "93"}, "TotalCharges": charge}]}}
    [service] = rated_services(msgspec.convert(rated, Rates))
    assert (service.service, service.name, code_of(service.service)) == ("93", "UPS service 93", "93")
    assert [code_of(each) for each in ("ups ground", "Pigeon", "9", "9/3")] == ["03", None, None, None]


async def test_rates_of_nothing_cannot_be_read(lab: Lab) -> None:
    async def answer(request: httpx2.Request) -> httpx2.Response:
        is_token = request.url.path.endswith("/token")
        return httpx2.Response(200, json={"access_token": "t"} if is_token else {"RateResponse": {"RatedShipment": []}})

    config, http = make_config("ups", "http://ups.test"), httpx2.MockTransport(answer)
    registry = Registry([config], http=http, clock=lab.clock.as_clock())
    found = registry.carrier("ups")
    assert found is not None
    with pytest.raises(SourceGarbled, match=r"^ups sent an answer that makes no sense$"):
        await found.rate(PARCEL, deadline=lab.clock.monotonic() + 60)
    await registry.close()


async def test_a_label_is_an_image_with_a_number_and_a_price(lab: Lab) -> None:
    label = await buy(lab, service="UPS Ground")
    assert label.tracking_number.startswith("1Z84A9Y703")
    assert label.tracking_url == f"https://www.ups.com/track?tracknum={label.tracking_number}"
    assert (label.image.media_type, label.image.content) == ("image/gif", label_gif(label.tracking_number))
    assert label.cost == Money(854, "USD")
    assert label.carrier_reference == label.tracking_number
    assert bought(lab) == {KEY: 1}


@pytest.mark.parametrize(
    ("fault", "timeout_s", "failure"),
    [
        (Fault.ERROR_AFTER, 60, SourceUnavailable),
        (Fault.DROP_AFTER, 60, SourceUnavailable),
        (Fault.TIMEOUT_AFTER, 0.5, SourceTimedOut),
    ],
)
async def test_a_label_whose_answer_was_lost_is_found_by_its_key(
    lab: Lab, fault: Fault, timeout_s: float, failure: type[SourceFailure]
) -> None:
    await find(lab)  # So that the token is there.
    lab.sources["ups"].state.fault, lab.sources["ups"].state.times_left = fault, 1
    with pytest.raises(failure):
        await buy(lab, timeout_s=timeout_s)
    assert bought(lab) == {KEY: 1}

    label = await find(lab)
    assert label is not None
    assert label.image.content == label_gif(label.tracking_number)
    assert label.cost is None
    assert (await void(lab, label.carrier_reference)).is_void
    assert bought(lab) == {KEY: 1}


@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.DOWN, Fault.GARBAGE])
async def test_a_label_that_was_not_bought_is_not_found(lab: Lab, fault: Fault) -> None:
    await find(lab)
    lab.sources["ups"].state.fault, lab.sources["ups"].state.times_left = fault, 1
    with pytest.raises((SourceUnavailable, SourceGarbled)):
        await buy(lab)
    assert await find(lab) is None
    assert bought(lab) == {}
    assert lab.clock.pauses_s == []


@pytest.mark.parametrize("ship_to", [ADA, GRETA], ids=["domestic", "abroad"])
async def test_a_label_is_found_by_its_own_key_only(lab: Lab, ship_to: PostalAddress) -> None:
    parcel = replace(PARCEL, ship_to=ship_to)
    service = "03" if ship_to is ADA else "11"
    first, other = await buy(lab, parcel=parcel, service=service), await buy(lab, "another", parcel, service)
    assert first.tracking_number != other.tracking_number
    assert await find(lab) == replace(first, cost=None)
    assert await find(lab, "another") == replace(other, cost=None)
    assert await find(lab, "a third") is None


async def test_of_two_labels_under_one_key_one_is_always_the_one(lab: Lab) -> None:
    labels = sorted([await buy(lab), await buy(lab)], key=lambda label: label.tracking_number)
    assert await find(lab) == replace(labels[0], cost=None)
    await void(lab, labels[0].carrier_reference)
    assert await find(lab) == replace(labels[1], cost=None)
    await void(lab, labels[1].carrier_reference)
    assert await find(lab) is None


async def test_a_void_may_be_repeated(lab: Lab) -> None:
    label = await buy(lab)
    assert await void(lab, label.carrier_reference) == Voided(is_void=True)
    assert await void(lab, label.carrier_reference) == Voided(is_void=True)
    assert ups(lab).network.effects.shown()["void"] == {label.tracking_number: 1}
    assert await find(lab) is None


async def test_a_parcel_that_was_scanned_keeps_its_label(lab: Lab) -> None:
    label = await buy(lab)
    await move(lab, label, Step.PICKED_UP)
    voided = await void(lab, label.carrier_reference)
    assert voided == Voided(is_void=False, reason="the carrier knows no shipment that could still be voided")
    assert await find(lab) == replace(label, cost=None)


async def test_a_reference_that_is_none_is_not_sent(lab: Lab) -> None:
    voided = await void(lab, "../../rating")
    assert voided == Voided(is_void=False, reason="the carrier never issued such a reference")
    assert lab.request_count("ups") == 0


@pytest.mark.parametrize(
    ("parcel", "service", "message"),
    [
        (PARCEL, "Pigeon", "ups offers no service called Pigeon"),
        (PARCEL, "11", "ups refused the request (HTTP 400 120124)"),
        (replace(PARCEL, ship_to=replace(ADA, region="NY")), "03", "ups refused the request (HTTP 400 120802)"),
        (replace(PARCEL, weight_g=90_000), "03", "ups refused the request (HTTP 400 111035)"),
        (
            replace(PARCEL, ship_to=replace(ADA, line1="x" * 106)),
            "03",
            "ups cannot take the parcel: the street in San Francisco must fit into 3 lines of 35 characters",
        ),
        (
            replace(PARCEL, ship_to=replace(ADA, region="California")),
            "03",
            "ups cannot take the parcel: the region of the address in San Francisco must be a code of two letters",
        ),
        (
            replace(PARCEL, ship_to=replace(TORONTO, region=None), worth=Money(100, "USD")),
            "11",
            "ups cannot take the parcel: the region of the address in Toronto must be a code of two letters",
        ),
        (
            replace(PARCEL, ship_to=replace(ADA, name=None)),
            "03",
            "ups cannot take the parcel: the address in San Francisco names neither a person nor a company",
        ),
    ],
    ids=[
        "no such service",
        "not on this way",
        "state and postal code",
        "too heavy",
        "too long",
        "no state",
        "no province",
        "nameless",
    ],
)
async def test_what_cannot_be_shipped_is_refused(lab: Lab, parcel: Parcel, service: str, message: str) -> None:
    with pytest.raises(SourceRefused) as refused:
        await buy(lab, parcel=parcel, service=service)
    assert refused.value.message == message
    assert bought(lab) == {}


async def test_another_account_pays_nothing(lab: Lab) -> None:
    config = make_config("ups", f"{lab.base_url}/ups", account_number="999999")
    registry = Registry([config], clock=lab.clock.as_clock())
    stranger = registry.carrier("ups")
    assert stranger is not None
    with pytest.raises(SourceRefused, match="120100"):
        await stranger.buy_label(KEY, PARCEL, "03", deadline=lab.clock.monotonic() + 60)
    await registry.close()
    assert bought(lab) == {}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"account_number": "84A9"}, "source ups: account_number must have six letters or digits"),
        (
            {"parcel_weight_g_default": "1 kg"},
            "source ups: parcel_weight_g_default must be a whole number of grams",
        ),
        ({"parcel_weight_g_default": "0"}, "source ups: parcel_weight_g_default must be a whole number of grams"),
    ],
)
def test_settings_are_checked_at_start(settings: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSourceConfig, match=f"^{re.escape(message)}$"):
        Registry([make_config("ups", "http://ups.test", **settings)])


def package_of(parcel: Parcel) -> Any:
    return bodies.shipping(ACCOUNT, parcel, service_code="03", key=KEY)["ShipmentRequest"]["Shipment"]["Package"][0]


@pytest.mark.parametrize(
    ("country", "weight_g", "unit", "weight"),
    [
        ("US", 1200, "LBS", "2.7"),
        ("PR", 1, "LBS", "0.1"),
        ("US", None, "LBS", "2.3"),
        ("DE", 1200, "KGS", "1.2"),
        ("DE", 1201, "KGS", "1.3"),
        ("DE", None, "KGS", "1.0"),
    ],
)
def test_weights_are_in_the_origins_unit_and_rounded_up(
    country: str, weight_g: int | None, unit: str, weight: str
) -> None:
    parcel = replace(PARCEL, ship_from=replace(RENO, country=country), weight_g=weight_g)
    told = package_of(parcel)["PackageWeight"]
    assert (told["UnitOfMeasurement"]["Code"], told["Weight"]) == (unit, weight)


def test_the_longest_side_is_the_length() -> None:
    parcel = replace(PARCEL, dimensions=Dimensions(length_mm=100, width_mm=305, height_mm=51))
    assert package_of(parcel)["Dimensions"] == {
        "UnitOfMeasurement": {"Code": "IN", "Description": "Inches"},
        "Length": "13",
        "Width": "4",
        "Height": "3",
    }
    assert "Dimensions" not in package_of(PARCEL)


def test_an_address_is_written_as_ups_takes_it() -> None:
    address = replace(ADA, line1="1200 Extraordinarily Long Boulevard of the Republic", line2="Apt 4", region="US-CA")
    shipment = bodies.shipping(ACCOUNT, replace(PARCEL, ship_to=address), service_code="03", key=KEY)
    assert shipment["ShipmentRequest"]["Shipment"]["ShipTo"] == {
        "Name": "Ada Lovelace",
        "AttentionName": "Ada Lovelace",
        "Address": {
            "AddressLine": ["1200 Extraordinarily Long Boulevard", "of the Republic", "Apt 4"],
            "City": "San Francisco",
            "StateProvinceCode": "CA",
            "PostalCode": "94117",
            "CountryCode": "US",
        },
        "Phone": {"Number": "4155550101"},
    }


@pytest.mark.parametrize(
    ("country", "phone", "number"),
    [
        ("US", "+1 (415) 555-0101", "4155550101"),
        ("CA", "1-416-555-0101", "4165550101"),
        ("PR", "787 555 0101", "7875550101"),
        ("US", "+1 415 555 0101 ext. 1234", "41555501011234"),
        ("US", "123", "123"),
        ("DE", "+49 40 5550101", "49405550101"),
        ("DE", "+49 40 5550101 ext. 12345", "494055501011234"),
        ("US", "unlisted", None),
        ("US", None, None),
    ],
)
def test_phone_numbers_are_laid_out_as_ups_wants_them(country: str, phone: str | None, number: str | None) -> None:
    parcel = replace(PARCEL, ship_to=replace(ADA, country=country, phone=phone))
    ship_to = bodies.shipping(ACCOUNT, parcel, service_code="11", key=KEY)["ShipmentRequest"]["Shipment"]["ShipTo"]
    assert ship_to.get("Phone") == (number and {"Number": number})


@pytest.mark.parametrize(
    ("worth", "declared"),
    [
        (Money(12_050, "USD"), {"CurrencyCode": "USD", "MonetaryValue": "120.50"}),
        (Money(0, "USD"), {"CurrencyCode": "USD", "MonetaryValue": "1"}),
        (Money(1_500, "JPY"), {"CurrencyCode": "JPY", "MonetaryValue": "1500"}),
    ],
)
async def test_to_canada_and_puerto_rico_the_goods_worth_is_declared(
    lab: Lab, worth: Money, declared: dict[str, str]
) -> None:
    for ship_to in (TORONTO, replace(ADA, city="San Juan", region=None, postal_code="00901", country="PR")):
        parcel = replace(PARCEL, ship_to=ship_to, worth=worth)
        shipment = bodies.shipping(ACCOUNT, parcel, service_code="11", key=KEY)["ShipmentRequest"]["Shipment"]
        assert shipment["InvoiceLineTotal"] == declared
    await buy(lab, parcel=replace(PARCEL, ship_to=TORONTO, worth=worth), service="11")
    assert bought(lab) == {KEY: 1}


@pytest.mark.parametrize(
    "parcel",
    [
        replace(PARCEL, worth=Money(100, "USD")),
        replace(PARCEL, ship_to=GRETA, worth=Money(100, "USD")),
        Parcel(ship_from=RENO, ship_to=TORONTO, is_return=True, worth=Money(100, "USD")),
    ],
    ids=["domestic", "overseas", "a return"],
)
def test_on_other_ways_no_worth_is_declared(parcel: Parcel) -> None:
    shipment = bodies.shipping(ACCOUNT, parcel, service_code="03", key=KEY)["ShipmentRequest"]["Shipment"]
    assert "InvoiceLineTotal" not in shipment


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [("US", "CA", "CA"), ("US", "us-ca", "CA"), ("DE", "Hamburg", None), ("DE", None, None), ("IE", "IE-CO", "CO")],
)
def test_regions_are_codes(country: str, region: str | None, code: str | None) -> None:
    parcel = replace(PARCEL, ship_to=replace(ADA, country=country, region=region))
    shipment = bodies.shipping(ACCOUNT, parcel, service_code="11", key=KEY)["ShipmentRequest"]["Shipment"]
    assert shipment["ShipTo"]["Address"].get("StateProvinceCode") == code


def test_who_pays_for_a_return_is_the_shipper() -> None:
    parcel = Parcel(ship_from=ADA, ship_to=RENO, is_return=True)
    shipment = bodies.shipping(ACCOUNT, parcel, service_code="03", key=KEY)["ShipmentRequest"]["Shipment"]
    assert (shipment["Shipper"]["Name"], shipment["Shipper"]["ShipperNumber"]) == ("Trail & Hearth", "84A9Y7")
    assert (shipment["ShipFrom"]["Name"], shipment["ShipTo"]["Name"]) == ("Ada Lovelace", "Trail & Hearth")
    assert shipment["ReturnService"] == {"Code": "9"}
    assert shipment["Package"][0]["Description"] == "Returned merchandise"


async def test_a_return_gets_a_label(lab: Lab) -> None:
    await buy(lab, parcel=Parcel(ship_from=ADA, ship_to=RENO, is_return=True))
    assert bought(lab) == {KEY: 1}


def test_our_key_is_a_reference_of_32_digits_whatever_its_length() -> None:
    assert bodies.reference_of(KEY) == "41f599757fa83b66b2baf5772b79b891"
    assert len(bodies.reference_of("long " * 200)) == 32


def test_one_result_may_come_without_its_list() -> None:
    charge = {"CurrencyCode": "USD", "MonetaryValue": "8.54"}
    results = {
        "ShipmentIdentificationNumber": "1Z84A9Y70300000001",
        "ShipmentCharges": {"TotalCharges": charge},
        "PackageResults": {
            "TrackingNumber": "1Z84A9Y70300000001",
            "ShippingLabel": {"ImageFormat": {"Code": "GIF"}, "GraphicImage": "R0lG"},
        },
    }
    shipped = msgspec.convert({"ShipmentResponse": {"ShipmentResults": results}}, Shipped)
    assert bought_label(shipped).image.content == b64decode("R0lG") == b"GIF"
    assert bought_label(shipped).cost == Money(854, "USD")

    recovered = {
        "LabelResults": {
            "TrackingNumber": "1Z84A9Y70300000001",
            "LabelImage": {"LabelImageFormat": {"Code": "PDF"}, "GraphicImage": "JVBERg=="},
        }
    }
    label = found_label(msgspec.convert({"LabelRecoveryResponse": recovered}, Recovered))
    assert label is not None
    assert (label.image.media_type, label.image.content) == ("application/pdf", b"%PDF")


@pytest.mark.parametrize(
    "image",
    [{"ImageFormat": {"Code": "ZPL"}, "GraphicImage": "R0lG"}, {"ImageFormat": {"Code": "GIF"}, "GraphicImage": "?"}],
    ids=["another format", "no Base64"],
)
async def test_a_label_that_cannot_be_read_may_have_been_bought(lab: Lab, image: dict[str, Any]) -> None:
    charge = {"CurrencyCode": "USD", "MonetaryValue": "8.54"}
    package = {"TrackingNumber": tracking_number(7), "ShippingLabel": image}
    results: dict[str, Any] = {"ShipmentIdentificationNumber": tracking_number(7), "PackageResults": [package]}
    results["ShipmentCharges"] = {"TotalCharges": charge}

    async def answer(request: httpx2.Request) -> httpx2.Response:
        is_token = request.url.path.endswith("/token")
        return httpx2.Response(
            200, json={"access_token": "t"} if is_token else {"ShipmentResponse": {"ShipmentResults": results}}
        )

    config, http = make_config("ups", "http://ups.test"), httpx2.MockTransport(answer)
    registry = Registry([config], http=http, clock=lab.clock.as_clock())
    found = registry.carrier("ups")
    assert found is not None
    with pytest.raises(SourceGarbled, match=r"^ups sent an answer that makes no sense$"):
        await found.buy_label(KEY, PARCEL, "03", deadline=lab.clock.monotonic() + 60)
    await registry.close()


@pytest.mark.parametrize("status", [400, 404])
async def test_a_number_that_ups_refuses_is_unknown_and_hurts_no_others(lab: Lab, status: int) -> None:
    refused, known = tracking_number(7), tracking_number(8)
    error = {"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}
    told = {"trackResponse": {"shipment": [{"package": [{"trackingNumber": known}]}]}}

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token"):
            return httpx2.Response(200, json={"access_token": "t"})
        return httpx2.Response(status, json=error) if refused in request.url.path else httpx2.Response(200, json=told)

    config, http = make_config("ups", "http://ups.test"), httpx2.MockTransport(answer)
    registry = Registry([config], http=http, clock=lab.clock.as_clock())
    found = registry.carrier("ups")
    assert found is not None
    tracked = await found.track([refused, known], deadline=lab.clock.monotonic() + 60)
    assert tracked == {refused: None, known: TrackingRecord(known, (), None)}
    await registry.close()


async def move(lab: Lab, label: Label, step: Step, at: str | None = None) -> None:
    async with httpx2.AsyncClient(base_url=lab.base_url) as client:
        order = {"step": step} | ({"at": at} if at else {})
        path = f"/_control/sources/ups/parcels/{label.tracking_number}"
        answer = await client.post(path, json=order, headers={"Authorization": "Bearer control"})
        assert answer.status_code == 200, answer.text


async def test_a_bought_label_can_be_tracked_as_it_moves_along(lab: Lab) -> None:
    label = await buy(lab)
    await move(lab, label, Step.OUT_FOR_DELIVERY, "2099-01-02T14:00:00Z")
    await move(lab, label, Step.PICKED_UP, "2099-01-01T09:00:00Z")
    tracked = await carrier(lab).track([label.tracking_number], deadline=lab.clock.monotonic() + 60)
    record = tracked[label.tracking_number]
    assert record is not None
    assert [(each.status.value, each.city) for each in record.events] == [
        ("LABEL_PURCHASED", "Reno"),
        ("PICKED_UP", "Reno"),
        ("OUT_FOR_DELIVERY", "San Francisco"),
    ]
    assert record.events[2].at == datetime(2099, 1, 2, 14, tzinfo=UTC)
    assert record.estimated_delivery_at is not None
    assert record.estimated_delivery_at > datetime.now(UTC)
