"""What the sandboxed UPS says: rates, labels, tracking."""

from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any

from app.sandbox.ups import rates
from app.sandbox.ups.label import label_gif
from app.sandbox.ups.network import Package
from app.sandbox.ups.rates import Service
from app.sandbox.ups.requests import Shipment

Json = dict[str, Any]
SUCCESS = {"ResponseStatus": {"Code": "1", "Description": "Success"}}


def rated(shipment: Shipment, code: str, service: Service, *, has_times: bool) -> Json:
    charges = _charges(shipment, service)
    told: Json = {
        "Service": {"Code": code},
        "BillingWeight": _billing_weight(shipment),
        "TransportationCharges": charges["TotalCharges"],
        "ServiceOptionsCharges": _dollars(0),
        "TotalCharges": charges["TotalCharges"],
        "NegotiatedRateCharges": charges["NegotiatedRateCharges"],
        "RatedPackage": [{"TotalCharges": charges["TotalCharges"], "Weight": str(shipment.billed_lb)}],
    }
    if not has_times:
        return told
    # Without a date UPS takes its own: Rating.yaml, DeliveryTimeInformation/Pickup.
    pickup = shipment.pickup or datetime.now(UTC).date()
    return told | {"TimeInTransit": _time_in_transit(shipment, service, pickup)}


def shipped(shipment: Shipment, service: Service, package: Package) -> Json:
    charges = _charges(shipment, service)
    return {
        "ShipmentCharges": {
            "TransportationCharges": charges["TotalCharges"],
            "ServiceOptionsCharges": _dollars(0),
            "TotalCharges": charges["TotalCharges"],
        },
        "NegotiatedRateCharges": charges["NegotiatedRateCharges"],
        "BillingWeight": _billing_weight(shipment),
        "ShipmentIdentificationNumber": package.tracking_number,
        "PackageResults": [
            {
                "TrackingNumber": package.tracking_number,
                "ShippingLabel": {"ImageFormat": {"Code": "GIF"}} | _image(package),
            }
        ],
    }


def recovered(packages: list[Package]) -> Json:
    """Of one, its label; of several that share a reference, their numbers to choose from."""
    answer: Json = {"Response": SUCCESS, "LabelResults": []}
    if len(packages) > 1:
        return answer | {"TrackingCandidate": [{"TrackingNumber": each.tracking_number} for each in packages]}
    number = packages[0].tracking_number
    image = {"LabelImageFormat": {"Code": "GIF"}} | _image(packages[0])
    return answer | {
        "ShipmentIdentificationNumber": number,
        "LabelResults": [{"TrackingNumber": number, "LabelImage": image}],
    }


def tracked(package: Package) -> Json:
    newest_first = sorted(package.activities, key=lambda each: each["date"] + each["time"])[::-1]
    told: Json = {"trackingNumber": package.tracking_number, "activity": newest_first}
    delivered = next((each for each in newest_first if each["status"]["type"] == "D"), None)
    if delivered:
        told["deliveryDate"] = [{"type": "DEL", "date": delivered["date"]}]
        told["deliveryTime"] = {"type": "DEL", "endTime": delivered["time"]}
    elif package.scheduled_delivery:
        told["deliveryDate"] = [{"type": "SDD", "date": f"{package.scheduled_delivery:%Y%m%d}"}]
        told["deliveryTime"] = {"type": "EOD"}
    return told | ({"currentStatus": newest_first[0]["status"]} if newest_first else {})


def arrival(shipment: Shipment, service: Service, pickup: date) -> date:
    return rates.after_business_days(pickup, rates.transit_days(service, zone=shipment.zone))


def _charges(shipment: Shipment, service: Service) -> Json:
    published = rates.cost_cents(service, zone=shipment.zone, weight_lb=shipment.billed_lb)
    negotiated = rates.negotiated_cents(published)
    return {
        "TotalCharges": _dollars(published),
        "NegotiatedRateCharges": {"TotalCharge": _dollars(negotiated)},
    }


def _dollars(cents: int) -> Json:
    return {"CurrencyCode": "USD", "MonetaryValue": f"{cents // 100}.{cents % 100:02d}"}


def _billing_weight(shipment: Shipment) -> Json:
    unit = {"Code": "LBS", "Description": "Pounds"}
    return {"UnitOfMeasurement": unit, "Weight": f"{shipment.billed_lb}.0"}


def _time_in_transit(shipment: Shipment, service: Service, pickup: date) -> Json:
    arriving = arrival(shipment, service, pickup)
    return {
        "PickupDate": f"{pickup:%Y%m%d}",
        "ServiceSummary": {
            "Service": {"Description": ""},
            "EstimatedArrival": {
                "Arrival": {"Date": f"{arriving:%Y%m%d}", "Time": "230000"},
                "BusinessDaysInTransit": str(rates.transit_days(service, zone=shipment.zone)),
                "Pickup": {"Date": f"{pickup:%Y%m%d}", "Time": "180000"},
                "DayOfWeek": f"{arriving:%a}".upper(),
            },
        },
    }


def _image(package: Package) -> Json:
    return {"GraphicImage": b64encode(label_gif(package.tracking_number)).decode()}
