"""Takes, releases and gives back money on cards; an authorization is a PaymentIntent that is captured by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from app.connectors.contract import SourceInfo, SourceRefused, SourceUnavailable
from app.connectors.manifest import Manifest
from app.connectors.ports.payment import FailureCode, GatewayAnswer, GatewayReport
from app.connectors.request import Answer, Request
from app.connectors.source_config import SourceConfig
from app.connectors.stripe import mapping, webhook
from app.connectors.stripe.amounts import Inexpressible, to_stripe
from app.connectors.stripe.api import Api
from app.connectors.stripe.look_up import LookUp
from app.connectors.stripe.mapping import Error, ErrorAnswer, PaymentIntent, Refund
from app.connectors.transport import SourceTransport
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus

T = TypeVar("T")

TOLD_IN_THE_BODY = frozenset({400, 402, 404, 409})
"""402 is a declined card; the others say in which way the request could not be carried out."""


@dataclass(frozen=True, slots=True)
class _Write:
    name: str
    key: str
    path: str
    amount: Money
    about: str | None = None
    """The authorization's reference."""
    amount_field: str | None = None
    form: Mapping[str, str] = field(default_factory=dict)


class Payments(Api):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self._captures_in_parts = config.settings.get("multicapture") == "yes"
        self._look_up = LookUp(self, manifest)

    async def authorize(
        self, key: str, *, amount: Money, token: str, metadata: Mapping[str, str], deadline: float
    ) -> GatewayAnswer:
        customer, _, payment_method = token.rpartition(":")
        form = {
            "currency": amount.currency.lower(),
            "payment_method": payment_method,
            # Named, since the default admits methods that send the customer elsewhere and want to know where to.
            "payment_method_types[0]": "card",
            "capture_method": "manual",
            "confirm": "true",
            "off_session": "true",
            "expand[0]": "latest_charge",
            f"metadata[{mapping.KEY}]": key,
            **{f"metadata[{name}]": value for name, value in metadata.items()},
        }
        if customer:
            form["customer"] = customer
        if self._captures_in_parts:
            form["payment_method_options[card][request_multicapture]"] = "if_available"
        write = _Write("authorize", key, "/v1/payment_intents", amount, amount_field="amount", form=form)
        return await self._carry_out(write, PaymentIntent, mapping.authorization, deadline)

    async def capture(
        self, key: str, *, authorization_reference: str, amount: Money, is_final: bool, deadline: float
    ) -> GatewayAnswer:
        if not is_final and not self._captures_in_parts:
            # Stripe would take this part and release the rest.
            return mapping.failure(amount, FailureCode.ONE_CAPTURE_ONLY, authorization_reference)

        def captured(intent: PaymentIntent) -> GatewayAnswer:
            is_pending = intent.status == "processing"
            status = TransactionStatus.PENDING if is_pending else TransactionStatus.SUCCESS
            return GatewayAnswer(status, amount, intent.id)

        form = {f"metadata[{mapping.capture_note(key)}]": f"{amount.minor} {key}"}
        if not is_final:
            form["final_capture"] = "false"
        path = f"/v1/payment_intents/{authorization_reference}/capture"
        write = _Write("capture", key, path, amount, authorization_reference, "amount_to_capture", form)
        return await self._carry_out(write, PaymentIntent, captured, deadline)

    async def void(self, key: str, *, authorization_reference: str, amount: Money, deadline: float) -> GatewayAnswer:
        def voided(intent: PaymentIntent) -> GatewayAnswer:
            return GatewayAnswer(TransactionStatus.SUCCESS, amount, intent.id)

        path = f"/v1/payment_intents/{authorization_reference}/cancel"
        form = {"cancellation_reason": "requested_by_customer"}
        write = _Write("cancel", key, path, amount, authorization_reference, form=form)
        return await self._carry_out(write, PaymentIntent, voided, deadline)

    async def refund(self, key: str, *, authorization_reference: str, amount: Money, deadline: float) -> GatewayAnswer:
        form = {"payment_intent": authorization_reference, f"metadata[{mapping.KEY}]": key}
        write = _Write("refund", key, "/v1/refunds", amount, authorization_reference, "amount", form)
        return await self._carry_out(write, Refund, mapping.refund, deadline)

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
        if kind is TransactionKind.AUTHORIZATION:
            return await self._look_up.authorization(key, asked_at=asked_at, deadline=deadline)
        if authorization_reference is None:
            raise ValueError(f"a {kind} is found by its authorization")
        return await self._look_up.of_authorization(key, kind, authorization_reference, amount, deadline=deadline)

    def reports(self, event: Mapping[str, Any]) -> Sequence[GatewayReport]:
        return webhook.reports(event)

    async def _carry_out(
        self, write: _Write, shape: type[T], understand: Callable[[T], GatewayAnswer], deadline: float
    ) -> GatewayAnswer:
        try:
            amount = {write.amount_field: str(to_stripe(write.amount))} if write.amount_field else {}
        except Inexpressible as exc:
            return mapping.failure(write.amount, FailureCode.INVALID, write.about, message=str(exc))

        def read(answer: Answer) -> GatewayAnswer:
            if answer.status in TOLD_IN_THE_BODY:
                return self._refused(write, answer.status, answer.decode(ErrorAnswer).error)
            with mapping.readable(self.info.key):
                return understand(answer.decode(shape))

        request = Request(
            "POST",
            write.path,
            form={**amount, **write.form},
            headers={**self._headers, "Idempotency-Key": write.key},
            # The same key does it once, however often it is sent.
            repeatable=True,
            statuses_read=TOLD_IN_THE_BODY,
            name=write.name,
        )
        return await self._transport.send(request, read, deadline=deadline)

    def _refused(self, write: _Write, status: int, error: Error) -> GatewayAnswer:
        """Raises where the request's fate is not settled by the answer."""
        source = self.info.key
        if status == 409:
            # The first request with this key is still being carried out, or another holds the object.
            raise SourceUnavailable(source, f"{source} is still at work on the request ({error.code})")
        if error.type == "idempotency_error":
            raise SourceRefused(source, f"{source} has seen this key with another request", status=status)
        is_void = error.payment_intent is not None and error.payment_intent.status == "canceled"
        if write.path.endswith("/cancel") and is_void:
            # By an earlier void, or by time: what was held is free.
            return GatewayAnswer(TransactionStatus.SUCCESS, write.amount, write.about)
        is_amount = write.about is not None and error.param is not None and error.param == write.amount_field
        return mapping.failed(error, write.amount, write.about, is_amount=is_amount)
