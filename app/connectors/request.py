"""A request to an outside system, and its answer, as vendors write and read them; what the statuses stand for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar

import msgspec

from app.connectors.contract import SourceGarbled, SourceRefused, SourceThrottled, SourceUnavailable

T = TypeVar("T")
SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
"""With a fraction, which the RFC does not know: Shopify sends one
(https://gitlab.com/perobertson/shopify-requests/-/merge_requests/14, read 2026-11)."""
RETRY_AFTER_S_MAX = 86_400.0
"""Ours: quotas are of a day at most, and nobody's nonsense is to put a job off for years."""


@dataclass(frozen=True, slots=True)
class Answer:
    source_key: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def decode(self, shape: type[T]) -> T:
        """The body's JSON, checked against `shape`. Raises SourceGarbled."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.DecodeError as exc:
            raise SourceGarbled(self.source_key, f"{self.source_key} sent an answer that cannot be read") from exc


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str = field(repr=False)
    """Appended to the source's base URL."""
    params: Mapping[str, str] | None = field(default=None, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    """Sent as it is, where its very bytes are signed; `headers` says what it is."""
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    """Of this request; those of the authorizer win."""
    repeatable: bool = False
    """Whether sending it twice does no more than sending it once; only then is a failed attempt repeated."""
    error_code: Callable[[Answer], str | None] = field(default=lambda _: None, repr=False)
    """Finds the vendor's own code in an error answer, for messages and logs."""
    statuses_read: frozenset[int] = frozenset()
    """Beside 2xx, those that are an answer too: `read` gets them instead of an error being raised."""
    name: str = field(default="request", kw_only=True)
    """What is asked, of few values and without anybody's id: `track`, `query cases`. All that logs tell of it."""
    cost: float = field(default=1.0, kw_only=True)
    """In units of the source's rate."""


class Authorizer(Protocol):
    async def headers(self, *, deadline: float) -> Mapping[str, str]: ...

    def reject(self, headers: Mapping[str, str]) -> None:
        """The source answered 401 to these headers: the next `headers()` must bring others."""
        ...


def raise_for_status(answer: Answer, error_code: Callable[[Answer], str | None]) -> None:
    """Raises the SourceFailure that a status other than 2xx stands for."""
    if 200 <= answer.status < 300:
        return
    source, code = answer.source_key, error_code(answer)
    told = f"HTTP {answer.status} {code}" if code else f"HTTP {answer.status}"
    if answer.status == 429:
        message = f"{source} asks for fewer requests ({told})"
        raise SourceThrottled(source, message, retry_after_s=retry_after_s(answer.headers))
    if answer.status >= 500 or answer.status == 408:
        message = f"{source} has trouble of its own ({told})"
        raise SourceUnavailable(source, message, retry_after_s=retry_after_s(answer.headers))
    if answer.status == 401:
        raise SourceRefused(source, f"{source} does not accept our credentials", status=401)
    if answer.status < 400:
        # Followed, it would take credentials to where nobody has configured them to go.
        message = f"{source} sent us to another address ({told}); its base_url may be out of date"
        raise SourceRefused(source, message, status=answer.status)
    raise SourceRefused(source, f"{source} refused the request ({told})", status=answer.status, code=code)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """RFC 9110 section 10.2.3: seconds, or a date, which is compared with the answer's own Date."""
    value = headers.get("Retry-After", "")
    if SECONDS.fullmatch(value):
        return min(float(value), RETRY_AFTER_S_MAX)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers["Date"])
    except (ValueError, KeyError, TypeError):
        return None
    return min(max(wait.total_seconds(), 0.0), RETRY_AFTER_S_MAX)
