"""Sends one request of the REST API and opens its answer: pages of rows, records written, errors as a list of codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec

from app.connectors.contract import (
    SourceFailure,
    SourceGarbled,
    SourceInfo,
    SourceRefused,
    SourceThrottled,
    SourceUnavailable,
)
from app.connectors.manifest import Manifest
from app.connectors.request import Answer, Request
from app.connectors.salesforce.auth import authorizer
from app.connectors.salesforce.mapping import QueryResult
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

R = TypeVar("R")
T = TypeVar("T")

ERRORS_READ = frozenset({400, 403, 404})
TRY_AGAIN = frozenset({"UNABLE_TO_LOCK_ROW", "DUPLICATE_VALUE", "SERVER_UNAVAILABLE"})
"""Others are writing the same rows at this moment. A DUPLICATE_VALUE can be nothing but our own key, written twice at
once: no other field of ours is unique."""


class Saved(msgspec.Struct):
    """What Salesforce says of a record that it has written."""

    id: str


class DescribedField(msgspec.Struct, rename="camel"):
    name: str
    filterable: bool
    sortable: bool
    createable: bool
    external_id: bool
    unique: bool


class DescribedChildren(msgspec.Struct, rename="camel"):
    relationship_name: str | None


class Description(msgspec.Struct, rename="camel"):
    """Of an object, as far as a check looks at it."""

    name: str
    createable: bool
    fields: list[DescribedField]
    child_relationships: list[DescribedChildren]


@dataclass(frozen=True, slots=True)
class Usage:
    """Of the requests that the org has for 24 hours, by everybody."""

    used: int
    allowed: int


class Api:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.source_key = info.key
        self.base_url = config.base_url.rstrip("/")
        self.usage: Usage | None = None
        self.clock = datetime.now(UTC)
        """Salesforce's, at its latest answer."""
        self._root = f"/services/data/v{manifest.api_version}"
        self._result_page = re.compile(rf"{re.escape(self._root)}/query(All)?/[A-Za-z0-9-]+")
        self._transport = transport
        self._authorizer = authorizer(config, transport)
        self._result_pages_max = manifest.limit("result_pages")
        self._quota_pause_s = float(manifest.limit("quota_pause_s"))

    async def query(
        self, query: str, shape: type[QueryResult[R]], deadline: float, *, with_deleted: bool = False
    ) -> list[R]:
        """All rows of the result; those in the recycle bin, too, `with_deleted`."""
        path = f"{self._root}/{'queryAll' if with_deleted else 'query'}"
        request = Request("GET", path, params={"q": query}, repeatable=True, name="query")
        return await self.all_rows(await self._send(request, shape, deadline), shape, deadline)

    async def all_rows(self, page: QueryResult[R] | None, shape: type[QueryResult[R]], deadline: float) -> list[R]:
        """A result's rows. A relationship's rows are paged too, when the rows of all its parents are many."""
        rows: list[R] = []
        for _ in range(self._result_pages_max):
            if page is None:
                return rows
            rows += page.records
            if page.done:
                return rows
            request = Request("GET", self._following(page), repeatable=True, name="next page")
            page = await self._send(request, shape, deadline)
        raise self.garbled(f"answered with more than {self._result_pages_max} pages")

    async def create(self, object_name: str, fields: Mapping[str, object], deadline: float) -> str:
        """Of the new record the Id. Sent once: Salesforce has no key that would make a second time harmless."""
        request = Request(
            "POST", f"{self._root}/sobjects/{object_name}", json=dict(fields), name=f"create {object_name}"
        )
        return (await self._send(request, Saved, deadline)).id

    async def upsert(
        self, object_name: str, key_field: str, key: str, fields: Mapping[str, object], deadline: float
    ) -> str:
        """Of the one record that has the key the Id; it is made where there is none."""
        path = f"{self._root}/sobjects/{object_name}/{key_field}/{quote(key, safe='')}"
        request = Request("PATCH", path, json=dict(fields), repeatable=True, name=f"upsert {object_name}")
        return (await self._send(request, Saved, deadline)).id

    async def describe(self, object_name: str, deadline: float) -> Description:
        """As our user may see it. Raises SourceRefused with status 404 for an object that is not there for us."""
        request = Request("GET", f"{self._root}/sobjects/{object_name}/describe", repeatable=True, name="describe")
        return await self._send(request, Description, deadline)

    def garbled(self, what: str) -> SourceGarbled:
        return SourceGarbled(self.source_key, f"{self.source_key} {what}")

    def _following(self, page: QueryResult[R]) -> str:
        # The path comes from outside and gets our token: it may lead nowhere but to the same resource. Results of
        # queryAll go on below query, too: https://developer.salesforce.com/docs/atlas.en-us.242.0.api_rest.meta/
        # api_rest/dome_queryall.htm, read 2026-11.
        path = page.next_records_url or ""
        if not self._result_page.fullmatch(path):
            raise self.garbled("gave no usable address of the next page")
        return path

    async def _send(self, request: Request, shape: type[T], deadline: float) -> T:
        request = replace(request, error_code=error_code, statuses_read=ERRORS_READ)
        return await self._transport.send(
            request, lambda answer: self._read(answer, shape), deadline=deadline, authorizer=self._authorizer
        )

    def _read(self, answer: Answer, shape: type[T]) -> T:
        self._note(answer.headers)
        if answer.status in ERRORS_READ:
            raise self._failure(answer)
        return answer.decode(shape)

    def _note(self, headers: Mapping[str, str]) -> None:
        usage = _usage(headers.get("Sforce-Limit-Info", ""))
        # Answers side by side are read in any order: the higher figure is the later one.
        if usage and (self.usage is None or usage.used >= self.usage.used):
            self.usage = usage
        try:
            self.clock = parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
        except ValueError:
            self.clock = datetime.now(UTC)

    def _failure(self, answer: Answer) -> SourceFailure:
        error = first_error(answer)
        code = error.error_code if error else None
        told = f"HTTP {answer.status} {code}" if code else f"HTTP {answer.status}"
        key = self.source_key
        if error and code == "REQUEST_LIMIT_EXCEEDED":
            # This is the code of several limits: requests of 24 hours, and long ones at a time (ConcurrentRequests,
            # ConcurrentPerOrgLongTxn), which end by themselves:
            # https://docs.cloud-elements.com/home/9838da8, read 2026-11.
            is_momentary = error.message.startswith("Concurrent")
            message = f"{key} asks for fewer requests ({told})"
            return SourceThrottled(key, message, retry_after_s=None if is_momentary else self._quota_pause_s)
        if code in TRY_AGAIN:
            return SourceUnavailable(key, f"{key} has trouble of its own ({told})")
        if error and error.fields:
            told += f": {', '.join(error.fields)}"
        return SourceRefused(key, f"{key} refused the request ({told})", status=answer.status, code=code)


class Error(msgspec.Struct, rename="camel"):
    error_code: str
    message: str = ""
    fields: tuple[str, ...] = ()


def first_error(answer: Answer) -> Error | None:
    try:
        errors = answer.decode(list[Error])
    except SourceGarbled:
        return None
    return errors[0] if errors else None


def error_code(answer: Answer) -> str | None:
    error = first_error(answer)
    return error.error_code if error else None


def _usage(header: str) -> Usage | None:
    """`api-usage=18/5000`, perhaps with more behind a semicolon.

    https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/headers_api_usage.htm, read 2026-11.
    """
    name, _, figures = header.partition(";")[0].strip().partition("=")
    used, _, allowed = figures.partition("/")
    if name != "api-usage" or not (used.isdecimal() and allowed.isdecimal()):
        return None
    return Usage(int(used), int(allowed))
