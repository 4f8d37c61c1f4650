"""Takes the data out of an Admin GraphQL answer, or raises what it says instead: Shopify answers 200 with errors."""

from typing import Generic, TypeVar

import msgspec

from app.connectors.contract import SourceFailure, SourceGarbled, SourceRefused, SourceThrottled, SourceUnavailable
from app.connectors.transport import Answer

D = TypeVar("D")


class ThrottleStatus(msgspec.Struct, frozen=True, rename="camel"):
    currently_available: float
    restore_rate: float
    """Points a second."""


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    requested_query_cost: float
    throttle_status: ThrottleStatus


class Extensions(msgspec.Struct, frozen=True):
    cost: Cost | None = None


class ErrorExtensions(msgspec.Struct, frozen=True):
    code: str = "UNKNOWN"


class Error(msgspec.Struct, frozen=True):
    extensions: ErrorExtensions = ErrorExtensions()


class Envelope(msgspec.Struct, Generic[D], frozen=True):
    data: D | None = None
    errors: list[Error] = []
    extensions: Extensions = Extensions()


def open_envelope(answer: Answer, shape: type[Envelope[D]]) -> D:
    """Raises a SourceFailure. Data beside errors is partial, so it is not used."""
    envelope = answer.decode(shape)
    if envelope.errors:
        raise _failure(answer.source_key, {error.extensions.code for error in envelope.errors}, envelope.extensions)
    if envelope.data is None:
        raise SourceGarbled(answer.source_key, f"{answer.source_key} sent neither data nor errors")
    return envelope.data


def _failure(source: str, codes: set[str], extensions: Extensions) -> SourceFailure:
    if "THROTTLED" in codes:
        message = f"{source} asks for fewer requests (THROTTLED)"
        return SourceThrottled(source, message, retry_after_s=_restored_after_s(extensions.cost))
    if "INTERNAL_SERVER_ERROR" in codes:
        return SourceUnavailable(source, f"{source} has trouble of its own (INTERNAL_SERVER_ERROR)")
    return SourceRefused(source, f"{source} refused the query ({', '.join(sorted(codes))})")


def _restored_after_s(cost: Cost | None) -> float | None:
    """How long until the bucket holds what the query asked for."""
    if cost is None or cost.throttle_status.restore_rate <= 0:
        return None
    missing = cost.requested_query_cost - cost.throttle_status.currently_available
    return max(missing, 0.0) / cost.throttle_status.restore_rate
