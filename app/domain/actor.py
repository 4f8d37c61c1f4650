"""Who did something: the kinds of actor that an event, a change or a hold can name."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    CUSTOMER = "CUSTOMER"
    AGENT = "AGENT"
    PARTNER = "PARTNER"
    SYSTEM = "SYSTEM"
    CONNECTOR = "CONNECTOR"


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    id: str
    name: str | None = None


SYSTEM = Actor(ActorKind.SYSTEM, "junction", "Junction")
