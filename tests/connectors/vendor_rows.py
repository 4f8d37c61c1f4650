"""Rows as the vendors hold them; a test states only what it is about."""

from typing import Any

from app.connectors.source_config import SourceConfig
from app.sandbox.data import ACCOUNT_NUMBER, CLIENT_ID, CLIENT_SECRET, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET

Row = dict[str, Any]


def record_id(prefix: str, number: int) -> str:
    """18 characters, as Salesforce answers."""
    return f"{prefix}{number:012d}AAA"


def contact_id(number: int) -> str:
    return record_id("003", number)


def make_contact(number: int) -> Row:
    return {"Id": contact_id(number), "Name": f"Contact {number}"}


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


def make_config(vendor: str, base_url: str, *, key: str = "", **settings: str) -> SourceConfig:
    known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    if vendor == "ups":
        known |= {"account_number": ACCOUNT_NUMBER}
    if vendor == "stripe":
        known = {"secret_key": STRIPE_SECRET_KEY, "webhook_secret": STRIPE_WEBHOOK_SECRET, "multicapture": "yes"}
    return SourceConfig(key or vendor, vendor, vendor.title(), base_url, known | settings)
