"""What a CRM offers: a customer's cases and interactions, newest first; and a case opened for us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from app.connectors.contract import Page, Window
from app.connectors.ports.sinks import Written


@dataclass(frozen=True, slots=True)
class CaseRecord:
    external_id: str
    number: str
    subject: str
    status: str
    priority: str | None
    channel: str | None
    opened_at: datetime
    closed_at: datetime | None
    url: str | None


class InteractionKind(StrEnum):
    EMAIL = "EMAIL"
    CALL = "CALL"
    CHAT = "CHAT"
    MEETING = "MEETING"
    SOCIAL = "SOCIAL"
    SALES = "SALES"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    external_id: str
    kind: InteractionKind
    at: datetime
    subject: str | None
    body: str | None
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    customer_external_id: str | None
    """The customer's id in this CRM; None for one it does not know."""
    subject: str
    description: str
    priority: str | None = None
    """The CRM's own word for it."""
    order_number: str | None = None


@runtime_checkable
class CaseSource(Protocol):
    async def cases(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        """Newest first by (opened_at, external_id). A customer unknown to the source has an empty page."""
        ...


@runtime_checkable
class InteractionSource(Protocol):
    async def interactions(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[InteractionRecord]]:
        """Newest first by (at, external_id). A customer unknown to the source has an empty page."""
        ...


@runtime_checkable
class CaseDesk(Protocol):
    async def open_case(self, key: str, case: NewCase, *, is_repeat: bool, deadline: float) -> Written:
        """Once for each key, as `ports/sinks.py` says."""
        ...
