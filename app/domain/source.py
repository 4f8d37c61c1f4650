"""Source systems: what kinds there are."""

from enum import StrEnum


class SourceKind(StrEnum):
    CRM = "CRM"
    ERP = "ERP"
    STOREFRONT = "STOREFRONT"
    PAYMENT = "PAYMENT"
    CARRIER = "CARRIER"
    INVENTORY = "INVENTORY"
    ANALYTICS = "ANALYTICS"
    INTERNAL = "INTERNAL"


INTERNAL_SOURCE = "junction"
"""Key of the source that stands for facts first recorded here."""
