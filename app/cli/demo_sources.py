"""The sources of the demo: all vendors there are, as the sandbox knows their client."""

from dataclasses import replace

from app.connectors.source_config import SourceConfig
from app.sandbox.data import (
    ACCOUNT_NUMBER,
    CLIENT_ID,
    CLIENT_SECRET,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRET,
    UPS_WEBHOOK_CREDENTIAL,
)
from app.sandbox.story.erp import COMPANY_CODE, LOCATIONS, SALES_AREA

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
}


def demo_sources(sandbox_url: str) -> tuple[SourceConfig, ...]:
    return tuple(replace(each, base_url=f"{sandbox_url}/{each.key}") for each in DEMO_SOURCES)


DEMO_SOURCES = (
    SourceConfig("salesforce", "salesforce", "Salesforce", "", _CREDENTIALS),
    SourceConfig("sap", "sap", "SAP S/4HANA", "", _SAP, locations=LOCATIONS),
    SourceConfig("shopify", "shopify", "Shopify", "", _CREDENTIALS),
    SourceConfig("shopify_outlet", "shopify", "Shopify Outlet", "", _CREDENTIALS),
    SourceConfig("stripe", "stripe", "Stripe", "", _STRIPE),
    SourceConfig("ups", "ups", "UPS", "", _UPS),
)
"""Where they answer is only known when the sandbox does."""
