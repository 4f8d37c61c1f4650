"""A Salesforce org on the wire: the token endpoint and the query resource of the REST API, version 67.0."""

import secrets
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.soql import MalformedQuery, parse
from app.sandbox.salesforce.soql_results import InvalidQuery, QueryRun, Record
from app.sandbox.tokens import AccessTokens, form_of, knows_client

VERSION = "67.0"
QUERY_PATH = f"/services/data/v{VERSION}/query"
URI_BYTES_MAX = 16_384
"""https://help.salesforce.com/s/articleView?id=000386264, read 2026-11"""
DAILY_REQUESTS_MAX = 15_000
LOCATORS_MAX = 50


class SalesforceApp:
    def __init__(
        self,
        org: SalesforceOrg,
        *,
        rows_per_page: int = 2_000,
        token_lifetime_s: float = 3_600,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tokens = AccessTokens(prefix="00D", lifetime_s=token_lifetime_s, monotonic=monotonic)
        self.asgi = Starlette(
            routes=[
                Route("/services/oauth2/token", self._token, methods=["POST"]),
                Route(QUERY_PATH, self._query),
                Route(f"{QUERY_PATH}/{{locator}}-{{offset:int}}", self._next_page),
            ],
            exception_handlers={404: _not_found},
        )
        self._org = org
        self._rows_per_page = rows_per_page
        self._requests = 0
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
        run = QueryRun(self._org, version=VERSION, wrap=self._result)
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

    def _refusal(self, request: Request) -> JSONResponse | None:
        if len(request.url.path) + len(request.url.query) > URI_BYTES_MAX:
            return _error(414, "URI_TOO_LONG", "URI Too Long")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not self.tokens.accepts(token):
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
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

    def _answer(self, result: Record) -> JSONResponse:
        self._requests += 1
        usage = f"api-usage={self._requests}/{DAILY_REQUESTS_MAX}"
        return JSONResponse(result, headers={"Sforce-Limit-Info": usage})


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse([{"message": message, "errorCode": code}], status_code=status)


def _oauth_error(error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status_code=400)


async def _not_found(_request: Request, _exc: Exception) -> JSONResponse:
    return _error(404, "NOT_FOUND", "The requested resource does not exist")
