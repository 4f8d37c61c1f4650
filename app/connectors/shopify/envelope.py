"""Takes the data out of an Admin GraphQL answer, or raises what it says instead: Shopify answers 200 with errors."""

from typing import Generic, TypeVar

import msgspec

from app.connectors.contract import SourceFailure, SourceGarbled, SourceRefused, SourceThrottled, SourceUnavailable

D = TypeVar("D")


class ThrottleStatus(msgspec.Struct, frozen=True, rename="camel"):
    maximum_available: float
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
    path: list[str | int] = []


# fmt: off
PROTECTED = frozenset((
    "address1", "address2", "addressesV2", "billingAddress", "city", "company", "customer", "defaultAddress",
    "defaultEmailAddress", "defaultPhoneNumber", "email", "firstName", "lastName", "name", "phone", "shippingAddress",
    "zip",
))
# fmt: on
"""Fields that are null, with an error beside, for an app that is not approved to see customers' data:
https://shopify.dev/docs/apps/launch/protected-customer-data, read 2026-11."""


class Envelope(msgspec.Struct, Generic[D], frozen=True):
    data: D | None = None
    errors: list[Error] = []
    extensions: Extensions = Extensions()


def open_envelope(source: str, envelope: Envelope[D]) -> D:
    """Raises a SourceFailure. Data beside errors is partial, so it is not used, unless it lacks nothing but what we are
    not approved to see.
    """
    if errors := [error for error in envelope.errors if not _is_withheld(error)]:
        raise _failure(source, {error.extensions.code for error in errors}, envelope.extensions)
    if envelope.data is None:
        raise SourceGarbled(source, f"{source} sent neither data nor errors")
    return envelope.data


def _is_withheld(error: Error) -> bool:
    return error.extensions.code == "ACCESS_DENIED" and bool(error.path) and error.path[-1] in PROTECTED


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
