"""Rows as the vendors hold them; a test states only what it is about."""

from datetime import UTC, datetime
from typing import Any

from app.connectors.source_config import SourceConfig
from app.sandbox.data import (
    ACCOUNT_NUMBER,
    CLIENT_ID,
    CLIENT_SECRET,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
)

Row = dict[str, Any]


def record_id(prefix: str, number: int) -> str:
    """18 characters, as Salesforce answers."""
    return f"{prefix}{number:012d}AAA"


def contact_id(number: int) -> str:
    return record_id("003", number)


def make_contact(number: int) -> Row:
    return {"Id": contact_id(number), "Name": f"Contact {number}", "LastName": f"{number}"}


def make_case(number: int, *, contact: int, created: str, **fields: Any) -> Row:
    row = {"Id": record_id("500", number), "CaseNumber": f"{number:08d}", "ContactId": contact_id(contact)}
    return row | {"Subject": "Help", "Status": "New", "CreatedDate": f"{created}.000+0000"} | fields


def make_task(number: int, *, contact: int, created: str, **fields: Any) -> Row:
    row = {"Id": record_id("00T", number), "WhoId": contact_id(contact), "CreatedDate": f"{created}.000+0000"}
    return row | {"Subject": "Called", "TaskSubtype": "Call", "IsClosed": True} | fields


def make_event(number: int, *, contact: int, start: str, **fields: Any) -> Row:
    row = {"Id": record_id("00U", number), "WhoId": contact_id(contact), "StartDateTime": f"{start}.000+0000"}
    return row | {"Subject": "Met", "IsChild": False} | fields


def make_email(number: int, *, case: int, sent: str, **fields: Any) -> Row:
    row = {"Id": record_id("02s", number), "ParentId": record_id("500", case), "MessageDate": f"{sent}.000+0000"}
    return row | {"Subject": "Re: Help", "Incoming": True, "Status": "1", "FromName": "Ada"} | fields


def make_opportunity(number: int, *, created: str, **fields: Any) -> Row:
    row = {"Id": record_id("006", number), "Name": f"Deal {number}", "CreatedDate": f"{created}.000+0000"}
    return row | {"StageName": "Negotiation", "CloseDate": "2026-12-01", "Amount": 12500.5} | fields


def make_role(number: int, *, contact: int, opportunity: int, role: str | None = None) -> Row:
    ids = {"ContactId": contact_id(contact), "OpportunityId": record_id("006", opportunity)}
    return {"Id": record_id("00K", number), "Role": role} | ids


def customer_gid(number: int) -> str:
    return f"gid://shopify/Customer/{number}"


def make_customer(number: int, **fields: Any) -> Row:
    row = {
        "id": customer_gid(number),
        "displayName": f"Customer {number}",
        "createdAt": "2025-03-04T05:06:07Z",
        "updatedAt": "2026-03-04T05:06:07Z",
        "numberOfOrders": "3",
        "amountSpent": {"amount": "120.50", "currencyCode": "USD"},
        "defaultEmailAddress": {"emailAddress": "ada@example.com", "marketingState": "SUBSCRIBED"},
    }
    return row | fields


LOCATIONS = [("65740079290", "Reno"), ("65740079291", "Boston")]
"""Of a shop."""


def make_variant(
    sku: str, *, price: str = "25.00", updated: str = "2026-01-01T00:00:00Z", **fields: Any
) -> dict[str, Any]:
    row = {"sku": sku, "title": f"Product {sku}", "price": price, "updatedAt": updated, "stock": {65740079290: 10}}
    return row | fields


def tracking_number(number: int) -> str:
    return f"1Z{ACCOUNT_NUMBER}03{number:08d}"


def make_activity(at: str, status_type: str = "I", code: str = "DP", **fields: Any) -> Row:
    """`at` is local, five hours behind Greenwich."""
    date, _, time = at.partition("T")
    status = {"type": status_type, "code": code, "statusCode": "", "description": "Somewhere"} | fields
    return {
        "date": date.replace("-", ""),
        "time": time.replace(":", ""),
        "gmtOffset": "-05:00",
        "location": {"address": {"city": "Reno", "countryCode": "US"}, "slic": ""},
        "status": status,
    }


SALES_AREA = {"sales_organization": "1010", "distribution_channel": "10", "division": "00", "company_code": "1010"}


def make_partner(number: int, **customer: Any) -> tuple[Row, Row]:
    """A business partner in SAP, and the customer that it is."""
    partner = {
        "BusinessPartner": f"{number:010d}",
        "Customer": f"{number:010d}",
        "BusinessPartnerCategory": "1",
        "BusinessPartnerFullName": f"Partner {number}",
        "FirstName": "Partner",
        "LastName": f"No. {number}",
        "CreationDate": day("2026-10-01"),
        "CreationTime": "PT08H30M00S",
    }
    area = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00", "CustomerPaymentTerms": "NT30"}
    return partner, {"Customer": f"{number:010d}", "to_CustomerSalesArea": [area], **customer}


def make_stock(material: str, place: str, quantity: str, **fields: Any) -> Row:
    """`place` is a plant and a storage location, such as 1010/101A."""
    plant, _, storage_location = place.partition("/")
    row = {"Material": material, "Plant": plant, "StorageLocation": storage_location, "MaterialBaseUnit": "PC"}
    return row | {"MatlWrhsStkQtyInMatlBaseUnit": quantity} | fields


def make_sales_order(number: int, reference: str, **fields: Any) -> Row:
    row = {"SalesOrder": str(number), "PurchaseOrderByCustomer": reference, "SalesOrganization": "1010"}
    item = {"SalesOrderItem": "10", "Material": "ESP-1", "RequestedQuantity": "2", "RequestedQuantityUnit": "PC"}
    priced = {"TransactionCurrency": "USD", "TotalNetAmount": "120.50", "OverallSDProcessStatus": "A"}
    dated = {"CreationDate": day("2026-10-02"), "LastChangeDateTime": f"{day('2026-10-02')[:-2]}+0000)/"}
    return row | priced | dated | {"SoldToParty": "0000000001", "to_Item": [item]} | fields


def day(text: str) -> str:
    """As SAP writes a date."""
    return f"/Date({int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000})/"


def make_config(vendor: str, base_url: str, *, key: str = "", **settings: str) -> SourceConfig:
    known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    if vendor == "ups":
        known |= {"account_number": ACCOUNT_NUMBER}
    if vendor == "stripe":
        known = {"secret_key": STRIPE_SECRET_KEY, "webhook_secret": STRIPE_WEBHOOK_SECRET, "multicapture": "yes"}
    if vendor == "sap":
        secret = settings.pop("client_secret", CLIENT_SECRET)
        known = {"user": CLIENT_ID, "password": secret, "auth": "oauth2", **SALES_AREA}
    return SourceConfig(key or vendor, vendor, vendor.title(), base_url, known | settings)
