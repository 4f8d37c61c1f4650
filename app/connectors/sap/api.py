"""Sends one request of OData V2 and opens its envelope: pages to their end, the vendor's code in an error."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Generic, TypeVar, cast

import msgspec

from app.connectors.contract import SourceGarbled, SourceInfo, SourceRefused, SourceUnavailable
from app.connectors.manifest import Manifest
from app.connectors.request import Answer, Request
from app.connectors.sap.auth import authorizer, basic_headers
from app.connectors.sap.odata import Listing, Row, Single, following_resource, resource_url, selection, url
from app.connectors.sap.session import FETCH, REQUIRED, CsrfSession, session_headers, wants_a_token
from app.connectors.sap.settings import SapSettings, read_settings
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

R = TypeVar("R", bound=Row)
T = TypeVar("T")
REFUSALS = frozenset((400, 403, 404, 409, 412, 422, 428))
"""Of writes: their bodies say why."""
SENTENCE_LENGTH_MAX = 200
BUSY = re.compile(r"\b(being processed|locked) by\b|\bcurrently being processed\b", re.IGNORECASE)
"""Ours: SAP's applications have a code each for what somebody else works on just now. Their sentences are alike, as in
https://www.erplingo.com/sap-error-messages/en/so/so198 (read 2026-11), and we ask for them in English.
"""


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """One page."""

    rows: list[R]
    following: str | None
    """The resource that has the next one."""
    answered_at: datetime | None
    """By SAP's clock."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write to something that exists, of the version that was read."""

    service: str
    resource: str
    body: Mapping[str, Any] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    method: str = "PATCH"
    name: str = "change"


class SapApi:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self.settings: SapSettings = read_settings(config)
        self.ids_per_query_max = manifest.limit("ids_per_query")
        self._pages_max = manifest.limit("result_pages")
        self._transport = transport
        self._authorizer = authorizer(self.settings, transport)
        self._session = CsrfSession(transport)
        # Its own messages come in the language of the request.
        self._headers: Mapping[str, str] = {"Accept-Language": "en"}
        if self._authorizer is None:
            self._headers = {**self._headers, **basic_headers(self.settings)}

    async def rows(self, row_type: type[R], where: str, *, deadline: float) -> list[R]:
        """All rows for which the condition holds, page by page."""
        page = await self.page(row_type, {"$filter": where}, deadline=deadline)
        rows = page.rows
        for _ in range(self._pages_max - 1):
            if page.following is None:
                return rows
            page = await self._page(row_type, resource_url(row_type.service, page.following), deadline)
            rows += page.rows
        if page.following is not None:
            raise self.garbled(f"answered with more than {self._pages_max} pages")
        return rows

    async def page(self, row_type: type[R], options: Mapping[str, str], *, deadline: float) -> Rows[R]:
        asked = url(row_type.service, row_type.entity_set, self._options({**options, **selection(row_type)}))
        return await self._page(row_type, asked, deadline)

    async def row(self, row_type: type[R], row_key: str, *, deadline: float) -> R:
        options = self._options(selection(row_type))
        request = self._get(url(row_type.service, f"{row_type.entity_set}{row_key}", options), row_type.entity_set)
        shape = Single[row_type]  # type: ignore[valid-type]
        return await self._send(request, lambda answer: cast("R", answer.decode(shape).d), deadline)

    async def create(self, created: type[R], body: Mapping[str, Any], *, deadline: float) -> R:
        """In one request with the rows below it. `created` has what the answer says of the row itself."""
        change = Change(created.service, created.entity_set, body, method="POST", name=f"create {created.entity_set}")
        shape = Single[created]  # type: ignore[valid-type]
        return await self._write(change, None, lambda answer: cast("R", answer.decode(shape).d), deadline)

    async def change(self, change: Change, *, etag: str | None, deadline: float) -> None:
        """Raises SourceRefused with status 412 when it is no longer the version of `etag`."""
        await self._write(change, etag, lambda _: None, deadline)

    async def metadata(self, service: str, *, deadline: float) -> bytes:
        """The service's own description of itself, as XML."""
        request = self._get(url(service, "$metadata", self._options({})), "$metadata", accept="application/xml")
        return await self._send(request, lambda answer: answer.body, deadline)

    async def _page(self, row_type: type[R], path: str, deadline: float) -> Rows[R]:
        def read(answer: Answer) -> Rows[R]:
            page = answer.decode(Listing[row_type]).d  # type: ignore[valid-type]
            following = following_resource(row_type.service, page.following) if page.following else None
            if page.following and following is None:
                raise self.garbled("gave no usable address of the next page")
            return Rows(page.results, following, _answered_at(answer))

        return await self._send(self._get(path, row_type.entity_set), read, deadline)

    async def _write(self, change: Change, etag: str | None, read: Callable[[Answer], T], deadline: float) -> T:
        answer = await self._write_once(change, etag, read, deadline)
        if isinstance(answer, _Refusal) and answer.code == REQUIRED:
            # The session ended, or never was: what was refused for want of it was not looked at.
            answer = await self._write_once(change, etag, read, deadline)
        if isinstance(answer, _Refusal):
            if answer.code == REQUIRED:
                message = f"{self.info.key} does not take the token for writes that it gave"
                raise SourceUnavailable(self.info.key, message)
            if BUSY.search(answer.sentence):
                raise SourceUnavailable(self.info.key, f"{self.info.key} is busy with this document")
            message = f"{self.info.key}: {answer.sentence}"
            raise SourceRefused(self.info.key, message, status=answer.status, code=answer.code)
        return answer

    async def _write_once(
        self, change: Change, etag: str | None, read: Callable[[Answer], T], deadline: float
    ) -> "T | _Refusal":
        fetch = partial(self._fetch_session, change.service, deadline)
        session = await self._session.headers(fetch, deadline=deadline)
        # A refusal is an answer, too: its sentence is for a person, and not for the transport's log.
        answer = await self._send(
            self._writing(change, etag, session),
            lambda given: read(given) if given.status < 300 else _refusal(given),
            deadline,
        )
        if isinstance(answer, _Refusal) and answer.code == REQUIRED:
            self._session.reject(session)
        return answer

    async def _fetch_session(self, service: str, deadline: float) -> Mapping[str, str]:
        request = self._get(url(service, "", self._options({})), "fetch token", headers=FETCH)
        return await self._send(request, session_headers, deadline)

    def _writing(self, change: Change, etag: str | None, session: Mapping[str, str]) -> Request:
        return Request(
            change.method,
            url(change.service, change.resource, self._options(change.options)),
            json=change.body,
            headers={**self._headers, **session, **({"If-Match": etag} if etag else {})},
            statuses_read=REFUSALS,
            name=change.name,
        )

    def _get(
        self, path: str, name: str, *, headers: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> Request:
        return Request(
            "GET",
            path,
            headers={**self._headers, "Accept": accept, **(headers or {})},
            repeatable=True,
            error_code=error_code,
            name=name,
        )

    async def _send(self, request: Request, read: Callable[[Answer], T], deadline: float) -> T:
        return await self._transport.send(request, read, deadline=deadline, authorizer=self._authorizer)

    def garbled(self, what: str) -> SourceGarbled:
        return SourceGarbled(self.info.key, f"{self.info.key} {what}")

    def _options(self, options: Mapping[str, str]) -> Mapping[str, str]:
        return {**options, "sap-client": self.settings.client} if self.settings.client else options


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    code: str | None
    sentence: str


def _refusal(answer: Answer) -> _Refusal:
    """SAP's own sentence says what is wrong with a document, which a person has to know."""
    if wants_a_token(answer):
        return _Refusal(answer.status, REQUIRED, "it wants a new token for writes")
    told = error_of(answer)
    if told is None:
        return _Refusal(answer.status, None, f"HTTP {answer.status}")
    return _Refusal(answer.status, told.code, f"{told.message.value[:SENTENCE_LENGTH_MAX]} ({told.code})")


class _Message(msgspec.Struct):
    value: str


class _Error(msgspec.Struct):
    code: str
    message: _Message


class _ErrorAnswer(msgspec.Struct):
    error: _Error


def error_of(answer: Answer) -> _Error | None:
    try:
        return answer.decode(_ErrorAnswer).error
    except SourceGarbled:
        return None


def error_code(answer: Answer) -> str | None:
    told = error_of(answer)
    return told.code if told else None


def _answered_at(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
