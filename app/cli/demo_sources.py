"""The sources of the demo: all vendors there are, as the sandbox knows their client."""

from dataclasses import replace

from app.connectors.ports.feeds import Feed
from app.connectors.source_config import SourceConfig
from app.domain.order import OrderManagement
from app.domain.outgoing import Push
from app.sandbox.data import (
    ACCOUNT_NUMBER,
    CLIENT_ID,
    CLIENT_SECRET,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    UPS_WEBHOOK_CREDENTIAL,
)
from app.sandbox.story.erp import COMPANY_CODE, GUESTS, LOCATIONS, SALES_AREA

_CREDENTIALS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
_STRIPE = {"secret_key": STRIPE_SECRET_KEY, "webhook_secret": STRIPE_WEBHOOK_SECRET, "multicapture": "yes"}
_UPS = _CREDENTIALS | {"account_number": ACCOUNT_NUMBER, "webhook_credential": UPS_WEBHOOK_CREDENTIAL}
_SAP = {
    "user": CLIENT_ID,
    "password": CLIENT_SECRET,
    "sales_organization": SALES_AREA["SalesOrganization"],
    "distribution_channel": SALES_AREA["DistributionChannel"],
    "division": SALES_AREA["Division"],
    "company_code": COMPANY_CODE,
    "guest_customer": GUESTS,
    "price_condition": "PMP0",
    "freight_condition": "YBHD",
}


def demo_sources(sandbox_url: str) -> tuple[SourceConfig, ...]:
    return tuple(replace(each, base_url=f"{sandbox_url}/{each.key}") for each in DEMO_SOURCES)


_MANAGED = OrderManagement.MANAGED
_COPIED = frozenset({Feed.CUSTOMERS, Feed.PRODUCTS, Feed.ORDERS})
_TOLD = frozenset({Push.ORDERS, Push.SHIPMENTS, Push.RETURNS})

DEMO_SOURCES = (
    SourceConfig("salesforce", "salesforce", "Salesforce", "", _CREDENTIALS),
    SourceConfig("sap", "sap", "SAP S/4HANA", "", _SAP, push=_TOLD, locations=LOCATIONS),
    SourceConfig("shopify", "shopify", "Shopify", "", _CREDENTIALS, sync=_COPIED, orders=_MANAGED),
    SourceConfig("shopify_outlet", "shopify", "Shopify Outlet", "", _CREDENTIALS, sync=_COPIED, orders=_MANAGED),
    SourceConfig("stripe", "stripe", "Stripe", "", _STRIPE),
    SourceConfig("ups", "ups", "UPS", "", _UPS),
)
"""Where they answer is only known when the sandbox does."""
