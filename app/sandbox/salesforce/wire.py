"""A Salesforce org on the wire: tokens, queries, descriptions and records of the REST API, version 67.0."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.control import create_control
from app.sandbox.salesforce.records import NotWritten, Records
from app.sandbox.salesforce.soql import MalformedQuery, parse
from app.sandbox.salesforce.soql_results import InvalidQuery, QueryRun, Record
from app.sandbox.tokens import AccessTokens, form_of, knows_client

VERSION = "67.0"
ROOT = f"/services/data/v{VERSION}"
QUERY_PATH = f"{ROOT}/query"
URI_BYTES_MAX = 16_384
"""https://help.salesforce.com/s/articleView?id=000386264, read 2026-11"""
DAILY_REQUESTS_MAX = 5_000_000
"""Of a full sandbox: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/
salesforce-app-limits-platform-api.html, read 2026-11."""
DAY_S = 86_400
LOCATORS_MAX = 50


class SalesforceApp:
    def __init__(
        self,
        org: SalesforceOrg,
        *,
        rows_per_page: int = 2_000,
        token_lifetime_s: float = 3_600,
        daily_requests_max: int = DAILY_REQUESTS_MAX,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.tokens = AccessTokens(prefix="00D", lifetime_s=token_lifetime_s, monotonic=monotonic)
        self.asgi = Starlette(
            routes=[
                Route("/services/oauth2/token", self._token, methods=["POST"]),
                Route(QUERY_PATH, self._query),
                Route(f"{ROOT}/queryAll", self._query),
                Route(f"{QUERY_PATH}/{{locator}}-{{offset:int}}", self._next_page),
                Route(f"{ROOT}/sobjects/{{name}}/describe", self._describe),
                Route(f"{ROOT}/sobjects/{{name}}", self._create, methods=["POST"]),
                Route(f"{ROOT}/sobjects/{{name}}/{{field}}/{{key:path}}", self._upsert, methods=["PATCH"]),
            ],
            exception_handlers={404: _not_found},
        )
        self.records = Records(org, now=now)
        self.control = create_control(self.records)
        self._monotonic = monotonic
        self._rows_per_page = rows_per_page
        self._daily_requests_max = daily_requests_max
        self._requests = 0
        self._day_began_at = monotonic()
        self._results: dict[str, list[Record]] = {}

    async def _token(self, request: Request) -> JSONResponse:
        form = await form_of(request)
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "grant type not supported")
        if not knows_client(form):
            return _oauth_error("invalid_client", "invalid client credentials")
        return JSONResponse(
            {
                "access_token": self.tokens.issue(),
                "instance_url": str(request.base_url).rstrip("/"),
                "token_type": "Bearer",
                "issued_at": str(int(time.time() * 1000)),
            }
        )

    async def _query(self, request: Request) -> JSONResponse:
        if refusal := self._refusal(request):
            return refusal
        with_deleted = request.url.path.endswith("All")
        run = QueryRun(self.records, version=VERSION, wrap=self._result, with_deleted=with_deleted)
        try:
            records = run.records(parse(request.query_params.get("q", "")))
        except MalformedQuery as exc:
            return _error(400, "MALFORMED_QUERY", str(exc))
        except InvalidQuery as exc:
            return _error(400, exc.error_code, str(exc))
        return self._answer(self._result(records))

    async def _next_page(self, request: Request) -> JSONResponse:
        if refusal := self._refusal(request):
            return refusal
        records = self._results.get(request.path_params["locator"])
        if records is None:
            return _error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._answer(self._page(request.path_params["locator"], records, request.path_params["offset"]))

    async def _describe(self, request: Request) -> JSONResponse:
        if refusal := self._refusal(request):
            return refusal
        name = request.path_params["name"]
        described = self.records.objects.get(name)
        return self._answer(described.describe(name)) if described else await _not_found(request)

    async def _create(self, request: Request) -> JSONResponse:
        if refusal := self._refusal(request):
            return refusal
        name = request.path_params["name"]
        if name not in self.records.objects:
            return await _not_found(request)
        try:
            fields = await _fields_of(request)
            record_id = self.records.create(name, fields, key=str(fields.get("Subject")))
        except NotWritten as exc:
            return _error(400, exc.error_code, str(exc), exc.fields)
        return self._answer({"id": record_id, "success": True, "errors": []}, status=201)

    async def _upsert(self, request: Request) -> JSONResponse:
        if refusal := self._refusal(request):
            return refusal
        name, field, key = (request.path_params[each] for each in ("name", "field", "key"))
        described = self.records.objects.get(name)
        if described is None or field not in described.external_ids or field not in described.fields:
            return _error(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + field)
        found = self.records.find_by(name, field, key)
        try:
            fields = await _fields_of(request)
            if found:
                self.records.update(name, found["Id"], fields)
            record_id = found["Id"] if found else self.records.create(name, {**fields, field: key}, key=key)
        except NotWritten as exc:
            return _error(400, exc.error_code, str(exc), exc.fields)
        saved: Record = {"id": record_id, "success": True, "errors": [], "created": found is None}
        return self._answer(saved, status=200 if found else 201)

    def _refusal(self, request: Request) -> JSONResponse | None:
        if len(request.url.path) + len(request.url.query) > URI_BYTES_MAX:
            return _error(414, "URI_TOO_LONG", "URI Too Long")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not self.tokens.accepts(token):
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self._monotonic() - self._day_began_at >= DAY_S:
            self._requests, self._day_began_at = 0, self._monotonic()
        if self._requests >= self._daily_requests_max:
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", headers=self._usage())
        self._requests += 1
        return None

    def _result(self, records: list[Record]) -> Record:
        """A whole result or its first page; what follows is kept under a query locator."""
        if len(records) <= self._rows_per_page:
            return {"totalSize": len(records), "done": True, "records": records}
        if len(self._results) >= LOCATORS_MAX:
            self._results.pop(next(iter(self._results)))
        locator = "01g" + secrets.token_hex(8)
        self._results[locator] = records
        return self._page(locator, records, 0)

    def _page(self, locator: str, records: list[Record], offset: int) -> Record:
        end = offset + self._rows_per_page
        page = {"totalSize": len(records), "done": end >= len(records), "records": records[offset:end]}
        return page if page["done"] else page | {"nextRecordsUrl": f"{QUERY_PATH}/{locator}-{end}"}

    def _answer(self, result: Mapping[str, Any], *, status: int = 200) -> JSONResponse:
        return JSONResponse(result, status, headers=self._usage())

    def _usage(self) -> dict[str, str]:
        return {"Sforce-Limit-Info": f"api-usage={self._requests}/{self._daily_requests_max}"}


async def _fields_of(request: Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, Any])
    except msgspec.DecodeError as exc:
        raise NotWritten("JSON_PARSER_ERROR", str(exc)) from exc


def _error(
    status: int, code: str, message: str, fields: tuple[str, ...] = (), *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    error = {"message": message, "errorCode": code} | ({"fields": list(fields)} if fields else {})
    return JSONResponse([error], status_code=status, headers=headers)


def _oauth_error(error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status_code=400)


async def _not_found(_request: Request, _exc: Exception | None = None) -> JSONResponse:
    return _error(404, "NOT_FOUND", "The requested resource does not exist")
