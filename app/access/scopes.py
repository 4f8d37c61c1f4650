"""Scopes: what a caller may be granted. A field names the one it needs where it is declared."""

from enum import StrEnum


class Scope(StrEnum):
    CUSTOMER = "customer:read"
    CUSTOMER_PII = "customer:pii"
    ORDER = "order:read"
    PAYMENT = "payment:read"
    FULFILLMENT = "fulfillment:read"
    RETURN = "return:read"
    CATALOG = "catalog:read"
    INVENTORY = "inventory:read"
    CRM = "crm:read"
    ANALYTICS = "analytics:read"
    EVENT = "event:read"
    CONNECTOR = "connector:read"
