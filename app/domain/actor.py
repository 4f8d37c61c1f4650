"""Who did something: the kinds of actor that an event, a change or a hold can name."""

from enum import StrEnum


class ActorKind(StrEnum):
    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    PARTNER = "PARTNER"
    SYSTEM = "SYSTEM"
    CONNECTOR = "CONNECTOR"
