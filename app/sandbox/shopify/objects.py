"""Shopify's objects in full, from the few values that the sandbox knows of them, as of version 2026-10.

Lists stand where the API has connections: schema.py pages them. Objects refer to each other as themselves.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.domain.money import minor_digits

Object = dict[str, Any]

AUTHORIZATION_LIFETIME_S = 7 * 24 * 3600
"""Ours: as long as most holds on cards last."""


def time_text(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money_bag(amount: str, currency: str, *, presentment: tuple[str, str] | None = None) -> Object:
    there, there_currency = presentment or (amount, currency)
    return {
        "shopMoney": {"amount": amount, "currencyCode": currency},
        "presentmentMoney": {"amount": there, "currencyCode": there_currency},
    }


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the currency's smallest unit, halves up."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)


def mailing_address(gid: str, told: Mapping[str, Any]) -> Object:
    return {
        "id": gid,
        "name": None,
        "company": None,
        "address1": None,
        "address2": None,
        "city": None,
        "province": None,
        "provinceCode": None,
        "zip": None,
        "countryCodeV2": None,
        "phone": None,
        **told,
    }


def customer(known: Mapping[str, Any]) -> Object:
    return {
        "displayName": "",
        "firstName": None,
        "lastName": None,
        "locale": "en",
        "tags": [],
        "numberOfOrders": "0",
        "amountSpent": {"amount": "0.0", "currencyCode": "USD"},
        "defaultEmailAddress": None,
        "verifiedEmail": False,
        "defaultPhoneNumber": None,
        "defaultAddress": None,
        "addressesV2": [],
        **known,
    }


def order(known: Mapping[str, Any]) -> Object:
    currency = known["currencyCode"]
    none = money_bag("0.0", currency)
    return {
        "cancelledAt": None,
        "closedAt": None,
        "presentmentCurrencyCode": currency,
        "taxesIncluded": False,
        "email": None,
        "phone": None,
        "note": None,
        "tags": [],
        "originalTotalDutiesSet": None,
        "originalTotalAdditionalFeesSet": None,
        "totalTipReceivedSet": none,
        "customer": None,
        "shippingAddress": None,
        "billingAddress": None,
        "shippingLines": [],
        "lineItems": [],
        "refunds": [],
        "fulfillments": [],
        "transactions": [],
        "fulfillmentOrders": [],
        "returns": [],
        "metafields": {},
        **known,
    }


def transaction(known: Mapping[str, Any]) -> Object:
    return {
        "status": "SUCCESS",
        "gateway": "shopify_payments",
        "processedAt": known["createdAt"],
        "authorizationExpiresAt": None,
        "multiCapturable": False,
        "parentTransaction": None,
        **known,
    }
