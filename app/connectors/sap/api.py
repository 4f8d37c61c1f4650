"""Sends one request of OData V2 and opens its envelope: pages to their end, the vendor's code in an error."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

import msgspec

from app.connectors.contract import SourceGarbled, SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.sap.auth import authorizer, basic_headers
from app.connectors.sap.odata import Listing, Row, following_resource, resource_url, selection, url
from app.connectors.sap.settings import SapSettings, read_settings
from app.connectors.source_config import SourceConfig
from app.connectors.transport import Answer, Request, SourceTransport

R = TypeVar("R", bound=Row)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """One page."""

    rows: list[R]
    following: str | None
    """The resource that has the next one."""
    answered_at: datetime | None
    """By SAP's clock."""


class SapApi:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self.settings: SapSettings = read_settings(config)
        self.ids_per_query_max = manifest.limit("ids_per_query")
        self._pages_max = manifest.limit("result_pages")
        self._transport = transport
        self._authorizer = authorizer(self.settings, transport)
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

    async def _page(self, row_type: type[R], path: str, deadline: float) -> Rows[R]:
        def read(answer: Answer) -> Rows[R]:
            page = answer.decode(Listing[row_type]).d  # type: ignore[valid-type]
            following = following_resource(row_type.service, page.following) if page.following else None
            if page.following and following is None:
                raise self.garbled("gave no usable address of the next page")
            return Rows(page.results, following, _answered_at(answer))

        name = f"read {row_type.entity_set}"
        request = Request("GET", path, headers=self._headers, repeatable=True, error_code=error_code, name=name)
        return await self._send(request, read, deadline)

    async def _send(self, request: Request, read: Callable[[Answer], T], deadline: float) -> T:
        return await self._transport.send(request, read, deadline=deadline, authorizer=self._authorizer)

    def garbled(self, what: str) -> SourceGarbled:
        return SourceGarbled(self.info.key, f"{self.info.key} {what}")

    def _options(self, options: Mapping[str, str]) -> Mapping[str, str]:
        return {**options, "sap-client": self.settings.client} if self.settings.client else options


class _Error(msgspec.Struct):
    code: str


class _ErrorAnswer(msgspec.Struct):
    error: _Error


def error_code(answer: Answer) -> str | None:
    try:
        return answer.decode(_ErrorAnswer).error.code
    except SourceGarbled:
        return None


def _answered_at(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
