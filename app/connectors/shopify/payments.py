"""Takes, lets go of and gives back money of orders that were paid in the shop's checkout: it is authorized there alone.

A reference is that of an order's transaction. Refunds carry our key; of captures Shopify knows no key, so a note of
what is about to be captured is put on the order first: captures.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.ports.payment import FailureCode, GatewayAnswer, GatewayReport
from app.connectors.shopify import mutations, order_documents
from app.connectors.shopify.api import Api
from app.connectors.shopify.captures import Note, asked_minor, capture_of, is_open, note_of, noted, write_notes
from app.connectors.shopify.held import Held
from app.connectors.shopify.ids import gid
from app.connectors.shopify.payment_mapping import (
    GONE,
    PaymentOrder,
    RefundPayload,
    TransactionPayload,
    failure,
    refund_answer,
    refund_note,
    transaction_answer,
)
from app.connectors.shopify.transactions import Transaction
from app.domain.money import Money
from app.domain.payment import TransactionKind, TransactionStatus


def idempotency_key(key: str) -> str:
    """Shopify recommends UUIDs: https://shopify.dev/docs/api/usage/idempotent-requests, read 2026-11."""
    return str(uuid5(NAMESPACE_URL, f"junction:{key}"))


class Payments:
    _api: Api

    async def authorize(
        self, key: str, *, amount: Money, token: str, metadata: Mapping[str, str], deadline: float
    ) -> GatewayAnswer:
        """Refused: the shop's checkout alone can."""
        message = "A shop authorizes money in its checkout alone; take a further payment through another gateway."
        return failure(amount, FailureCode.INVALID, message=message)

    async def capture(
        self, key: str, *, authorization_reference: str, amount: Money, is_final: bool, deadline: float
    ) -> GatewayAnswer:
        held = await self._held(authorization_reference, deadline)
        if held is None:
            return failure(amount, FailureCode.INVALID, authorization_reference)
        notes = self._notes(held)
        note = notes.get(key)
        if note is None:
            if refusal := held.refusal_of_capture(amount, is_final=is_final):
                return failure(amount, refusal, authorization_reference)
            if any(is_open(each, held, notes) for each in notes.values()):
                # Were both carried out, nobody could tell which was which.
                raise SourceUnavailable(self._api.source_key, f"{self._api.source_key} is still at work on a capture")
            notes[key] = note_of(held, amount)
            held = held.with_metafield(await write_notes(self._api, held.order, notes, deadline=deadline))
        elif note.minor != amount.minor:
            raise _other_request(self._api)
        elif done := capture_of(note, held, notes):
            return transaction_answer(done, amount, authorization_reference)
        return await self._capture_noted(key, held, notes, amount, is_final=is_final, deadline=deadline)

    async def void(self, key: str, *, authorization_reference: str, amount: Money, deadline: float) -> GatewayAnswer:
        held = await self._held(authorization_reference, deadline)
        if held is None:
            return failure(amount, FailureCode.INVALID, authorization_reference)
        if held.is_void:
            return GatewayAnswer(TransactionStatus.SUCCESS, amount, authorization_reference)
        if not held.is_voidable:
            return failure(amount, GONE, authorization_reference)
        # Repeated, it finds nothing to let go of.
        payload = await self._api.change(
            mutations.VOID, {"id": held.id}, TransactionPayload, deadline=deadline, repeatable=True
        )
        if payload.transaction is not None:
            return transaction_answer(payload.transaction, amount, authorization_reference)
        held = await self._held(authorization_reference, deadline)
        is_free = held is not None and (held.is_void or held.is_expired)
        return (
            GatewayAnswer(TransactionStatus.SUCCESS, amount, authorization_reference)
            if is_free
            else failure(amount, GONE, authorization_reference)
        )

    async def refund(self, key: str, *, authorization_reference: str, amount: Money, deadline: float) -> GatewayAnswer:
        held = await self._held(authorization_reference, deadline)
        if held is None:
            return failure(amount, FailureCode.INVALID, authorization_reference)
        if known := self._refund_known(held, key):
            if known.amount != amount:
                raise _other_request(self._api)
            return known
        parts = held.refund_parts(amount)
        if parts is None:
            return failure(amount, FailureCode.EXCEEDS_REMAINING, authorization_reference)
        asked = {
            "orderId": held.order.id,
            "note": refund_note(key, amount),
            "transactions": [_refund_part(held, parent, part) for parent, part in parts],
            **held.currency,
        }
        payload = await self._api.change(
            mutations.REFUND,
            {"input": asked, "key": idempotency_key(key)},
            RefundPayload,
            deadline=deadline,
            repeatable=True,
        )
        if payload.refund is None:
            return failure(amount, FailureCode.INVALID, authorization_reference)
        with self._api.readable("a refund"):
            return refund_answer(payload.refund.id, amount, payload.refund.transactions.nodes)

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
        reference = authorization_reference or ""
        if kind is TransactionKind.CAPTURE:
            return await self._captured(key, reference, deadline)
        held = await self._held(reference, deadline)
        if held is None:
            return None
        match kind:
            case TransactionKind.VOID if held.is_void:
                return GatewayAnswer(TransactionStatus.SUCCESS, amount, held.reference)
            case TransactionKind.REFUND:
                return self._refund_known(held, key)
        return None

    def reports(self, event: Mapping[str, Any]) -> Sequence[GatewayReport]:
        """None: an event of a shop's order says that it changed, and the order is read."""
        return ()

    async def _capture_noted(
        self, key: str, held: Held, notes: dict[str, Note], amount: Money, *, is_final: bool, deadline: float
    ) -> GatewayAnswer:
        asked = {
            "id": held.order.id,
            "parentTransactionId": held.id,
            "amount": held.there(notes[key].there_minor),
            "finalCapture": is_final,
            **held.currency,
        }
        try:
            payload = await self._api.change(
                mutations.CAPTURE, {"input": asked}, TransactionPayload, deadline=deadline, repeatable=False
            )
        except SourceUnavailable:
            if (found := await self._captured(key, held.reference, deadline)) is None:
                raise
            return found
        if payload.transaction is None:
            answer = failure(amount, held.refusal_code, held.reference)
        else:
            answer = transaction_answer(payload.transaction, amount, held.reference)
        if answer.status is TransactionStatus.FAILURE:
            # Nothing was captured, so others may be.
            del notes[key]
            await write_notes(self._api, held.order, notes, deadline=deadline)
        return answer

    async def _captured(self, key: str, reference: str, deadline: float) -> GatewayAnswer | None:
        held = await self._held(reference, deadline)
        notes = self._notes(held) if held else {}
        note = notes.get(key)
        done = capture_of(note, held, notes) if held and note else None
        return transaction_answer(done, note.amount, reference) if note and done else None

    async def _held(self, reference: str, deadline: float) -> Held | None:
        """The transaction with its order; None for one that nobody knows."""
        transaction = gid("OrderTransaction", reference)
        if transaction is None:
            return None
        node = await self._api.node(order_documents.PAYMENT, {"id": transaction}, deadline=deadline)
        if not node:
            return None
        order = self._api.convert(node.get("order"), PaymentOrder, "a payment")
        if len(order.transactions) >= order_documents.PAYMENT_TRANSACTIONS_FIRST:
            document = order_documents.ORDER_TRANSACTIONS
            whole = node["order"] | (await self._api.node(document, {"id": order.id}, deadline=deadline) or {})
            order = self._api.convert(whole, PaymentOrder, "a payment")
        with self._api.readable("a payment"):
            held = Held.of(order, transaction, reference)
            return replace(held, asked=asked_minor(held, noted(order.metafield)))

    def _notes(self, held: Held) -> dict[str, Note]:
        with self._api.readable("notes of captures"):
            return noted(held.order.metafield)

    def _refund_known(self, held: Held, key: str) -> GatewayAnswer | None:
        with self._api.readable("a refund"):
            return held.refund_known(key)


def _refund_part(held: Held, parent: Transaction, part: int) -> Mapping[str, object]:
    return {
        "orderId": held.order.id,
        "parentId": parent.id,
        "kind": "REFUND",
        "gateway": parent.gateway or "",
        "amount": held.there(part),
    }


def _other_request(api: Api) -> SourceRefused:
    return SourceRefused(api.source_key, f"{api.source_key} has seen this key with another request")
