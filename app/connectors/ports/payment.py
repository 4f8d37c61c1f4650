"""What a payment gateway offers, in words of no gateway: four requests, a look-up, and what its reports say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus


class FailureCode(StrEnum):
    DECLINED = "DECLINED"
    """By whoever issued the card: another card, or another day, may do."""
    AUTHORIZATION_GONE = "AUTHORIZATION_GONE"
    """Captured, voided or expired: nothing is left to take or to let go of."""
    ONE_CAPTURE_ONLY = "ONE_CAPTURE_ONLY"
    """The rest of the authorization would be lost. Capture as final and authorize the rest anew."""
    EXCEEDS_REMAINING = "EXCEEDS_REMAINING"
    """More than is left to capture, or to refund."""
    INVALID = "INVALID"
    """The gateway cannot do it as asked: an unknown token, an amount it cannot express."""


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What became of one request. Its status is never UNKNOWN: where there is no answer, a SourceFailure is raised."""

    status: TransactionStatus
    amount: Money
    reference: str | None = None
    """The gateway's own: of a refund the refund's, else the authorization's."""
    code: FailureCode | None = None
    message: str | None = None
    """A sentence for clients, with every failure."""
    decline_code: str | None = None
    """The gateway's own word for why, for support."""
    expires_at: datetime | None = None
    """When an authorization lapses, where the gateway says so."""


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """One thing that a gateway's event says of a payment."""

    kind: TransactionKind
    status: TransactionStatus
    authorization_reference: str | None
    reference: str
    amount: Money
    is_total: bool
    """Whether the amount is all that was captured (or refunded) so far, rather than that of one transaction."""
    key: str | None
    """Ours, where the event concerns the one request that was sent with it."""
    at: datetime
    """By the gateway's clock. Reports arrive late, twice and out of order."""
    code: FailureCode | None = None
    message: str | None = None


@runtime_checkable
class PaymentGateway(Protocol):
    """Every request carries a key of ours: sent again with the same key and values, it takes effect once.

    Any SourceFailure leaves open whether it did: record it as UNKNOWN, and look it up before anything else. Where that
    finds nothing, repeat the request with the same key, never with another: the first may still be under way.
    """

    async def authorize(
        self, key: str, *, amount: Money, token: str, metadata: Mapping[str, str], deadline: float
    ) -> GatewayAnswer:
        """Holds `amount` on what `token` stands for. `metadata` is shown to the merchant beside the payment."""
        ...

    async def capture(
        self, key: str, *, authorization_reference: str, amount: Money, is_final: bool, deadline: float
    ) -> GatewayAnswer:
        """Takes held money. `is_final` lets go of what is left of the hold."""
        ...

    async def void(self, key: str, *, authorization_reference: str, amount: Money, deadline: float) -> GatewayAnswer:
        """Lets go of a hold of which nothing was captured; `amount` is what it held."""
        ...

    async def refund(
        self, key: str, *, authorization_reference: str, amount: Money, deadline: float
    ) -> GatewayAnswer: ...

    async def look_up(
        self,
        key: str,
        *,
        kind: TransactionKind,
        amount: Money,
        asked_at: datetime,
        authorization_reference: str | None = None,
        deadline: float,
    ) -> GatewayAnswer | None:
        """What became of the request with this key; None when the gateway knows of none, or not yet. Changes nothing.

        `asked_at` is when it was first sent. All but an AUTHORIZATION are found by their authorization.
        """
        ...

    def reports(self, event: Mapping[str, Any]) -> Sequence[GatewayReport]:
        """What an event, received and authentic, says of payments. None of our concern: none."""
        ...
