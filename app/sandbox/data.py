"""What the sandbox's systems hold: plain dicts in each vendor's own field names and value formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105
"""Accepted by every sandboxed source."""
ACCOUNT_NUMBER = "84A9Y7"
"""Of the shipper at the carrier."""

UPS_WEBHOOK_CREDENTIAL = "ups-webhook-sandbox"
STRIPE_SECRET_KEY = "sk_test_sandbox"  # noqa: S105
STRIPE_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105


@dataclass(frozen=True)
class SalesforceOrg:
    """Fields left out are null. Times look like 2026-11-22T09:30:00.000+0000, ids have 18 characters.

    A case names its contact in ContactId, a task or event in WhoId, an e-mail its case in ParentId; a task, event or
    opportunity says whose it is as {"Owner": {"Name": "…"}}. Names of objects and fields:
    app/sandbox/salesforce/objects.py.
    """

    contacts: Sequence[Row] = ()
    cases: Sequence[Row] = ()
    tasks: Sequence[Row] = ()
    events: Sequence[Row] = ()
    email_messages: Sequence[Row] = ()
    accounts: Sequence[Row] = ()
    opportunities: Sequence[Row] = ()
    opportunity_contact_roles: Sequence[Row] = ()
    hidden: frozenset[str] = frozenset()
    """What our user may not see: `Opportunity`, say, or `Contact.Email`."""

    def rows(self, object_name: str) -> Sequence[Row]:
        return {
            "Contact": self.contacts,
            "Case": self.cases,
            "Task": self.tasks,
            "Event": self.events,
            "EmailMessage": self.email_messages,
            "Account": self.accounts,
            "Opportunity": self.opportunities,
            "OpportunityContactRole": self.opportunity_contact_roles,
        }[object_name]


@dataclass(frozen=True)
class ShopifyShop:
    """Customers as the Admin API's Customer objects, ids as gid://shopify/Customer/…, numberOfOrders as text.

    A variant is {"sku", "title", "price", "updatedAt", "stock"}: what is available by the location's number. Orders are
    those of app/sandbox/shopify/objects.py. More orders come by checkouts: app/sandbox/shopify/checkout.py.
    """

    customers: Sequence[Row] = ()
    variants: Sequence[Row] = ()
    locations: Sequence[tuple[str, str]] = ()
    """Number and name. The first is where orders are to be sent from."""
    orders: Sequence[dict[str, Any]] = ()
    currency: str = "USD"


@dataclass(frozen=True)
class UpsNetwork:
    """What was under way before the sandbox began: {"trackingNumber", "service", "scheduledDelivery", "activities"}.

    The service is a code, the date looks like 20261123, and activities are those of the Tracking API.
    """

    account_number: str = ACCOUNT_NUMBER
    parcels: Sequence[Row] = ()


@dataclass(frozen=True)
class StripeAccount:
    """Payments of the past as PaymentIntents (app/sandbox/stripe/objects.py has what is left out) and their Refunds.

    `multicapture` is the feature that lets one authorization be captured in parts.
    """

    payment_intents: Sequence[Row] = ()
    refunds: Sequence[Row] = ()
    multicapture: bool = True


@dataclass(frozen=True)
class SapSystem:
    """Rows in SAP's own field names and formats: dates as /Date(1763856000000)/, times as PT09H30M00S, decimals text.

    Fields left out have SAP's initial value. Rows below a row stand in its navigation property as a list:
    a business partner has to_BusinessPartnerAddress with to_EmailAddress and to_PhoneNumber; a customer
    to_CustomerCompany and to_CustomerSalesArea; an order, billing document or return to_Item; a delivery
    to_DeliveryDocumentItem, which names the order in ReferenceSDDocument and ReferenceSDDocumentItem; a billing
    document's item does in SalesDocument. A business partner's Customer leads to its customer. The document flow of
    sales orders follows from these. Names of sets and fields: app/sandbox/sap/entity_sets.py.
    """

    business_partners: Sequence[Row] = ()
    """A_BusinessPartner"""
    customers: Sequence[Row] = ()
    """A_Customer"""
    stock: Sequence[Row] = ()
    """A_MatlStkInAcctMod; InventoryStockType is "01" where left out, which is unrestricted-use stock."""
    sales_orders: Sequence[Row] = ()
    """A_SalesOrder"""
    deliveries: Sequence[Row] = ()
    """A_OutbDeliveryHeader"""
    billing_documents: Sequence[Row] = ()
    """A_BillingDocument"""
    customer_returns: Sequence[Row] = ()
    """A_CustomerReturn"""


@dataclass(frozen=True)
class SandboxData:
    """Per source key; one vendor may stand under several."""

    salesforce: Mapping[str, SalesforceOrg] = field(default_factory=dict)
    shopify: Mapping[str, ShopifyShop] = field(default_factory=dict)
    ups: Mapping[str, UpsNetwork] = field(default_factory=dict)
    stripe: Mapping[str, StripeAccount] = field(default_factory=dict)
    sap: Mapping[str, SapSystem] = field(default_factory=dict)
