"""Scopes: what a caller may be granted. A field or a mutation names the one it needs where it is declared."""

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
    ORDER_WRITE = "order:write"
    PAYMENT_WRITE = "payment:write"
    FULFILLMENT_WRITE = "fulfillment:write"
    RETURN_WRITE = "return:write"
    CATALOG_WRITE = "catalog:write"
    INVENTORY_WRITE = "inventory:write"
    CRM_WRITE = "crm:write"
    CONNECTOR_WRITE = "connector:write"
