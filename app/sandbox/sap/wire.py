"""SAP Gateway on the wire: OData V2 services behind Basic or OAuth 2.0, with CSRF tokens, server paging and ETags."""

import secrets
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.sandbox.data import CLIENT_ID, CLIENT_SECRET, SapSystem
from app.sandbox.sap import filters, resources, writing
from app.sandbox.sap.answers import ROOT, Refusal, Renderer, etag, refusal_body
from app.sandbox.sap.bodies import checked
from app.sandbox.sap.entity_sets import ENTITY_SETS, services
from app.sandbox.sap.metadata import metadata
from app.sandbox.sap.model import Property
from app.sandbox.sap.resources import Resource
from app.sandbox.sap.sessions import Sessions
from app.sandbox.sap.system import System
from app.sandbox.sap.tables import Row, bare
from app.sandbox.tokens import AccessTokens, form_of

TOKEN_LIFETIME_S = 3_600
BASIC = "Basic " + b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
ROWS_PER_PAGE = 1_000


class SapApp:
    def __init__(
        self,
        data: SapSystem,
        *,
        rows_per_page: int = ROWS_PER_PAGE,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.tokens = AccessTokens(prefix="sap", lifetime_s=TOKEN_LIFETIME_S, monotonic=monotonic)
        self.sessions = Sessions(monotonic)
        self.system = System(data, now)
        self.effects = self.system.effects
        self.tables = self.system.tables
        self._rows_per_page = rows_per_page
        service = f"{ROOT}/{{service}}"
        self.asgi = Starlette(
            routes=[
                Route("/sap/bc/sec/oauth2/token", self._token, methods=["POST"]),
                Route(service, self._guarded(self._root)),
                Route(f"{service}/", self._guarded(self._root)),
                Route(f"{service}/$metadata", self._guarded(self._metadata)),
                Route(f"{service}/{{path:path}}", self._guarded(self._read)),
                Route(f"{service}/{{path:path}}", self._guarded(self._write), methods=["POST", "PATCH", "MERGE"]),
            ]
        )

    async def _token(self, request: Request) -> JSONResponse:
        form = await form_of(request)
        if form.get("grant_type") != "client_credentials" or not _is_basic(request):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        return JSONResponse(
            {"access_token": self.tokens.issue(), "token_type": "Bearer", "expires_in": str(TOKEN_LIFETIME_S)}
        )

    def _guarded(
        self, answer: Callable[[Request, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if not _is_basic(request) and not (scheme == "Bearer" and self.tokens.accepts(token)):
                realm = {"WWW-Authenticate": 'Basic realm="SAP NetWeaver Application Server [S4H/100]"'}
                return Response("<html><h1>Logon failed</h1></html>", 401, realm, media_type="text/html")
            service = request.path_params["service"]
            try:
                if service not in services():
                    raise Refusal(403, "/IWFND/MED/170", f"No service found for namespace '', name '{service}'")
                if request.method not in ("GET", "HEAD") and not self.sessions.allows(request):
                    required = {"x-csrf-token": "Required"}
                    return Response("CSRF token validation failed", 403, required, media_type="text/plain")
                response = await answer(request, service)
            except Refusal as refusal:
                return JSONResponse(refusal_body(refusal), status_code=refusal.status)
            if request.method == "GET" and request.headers.get("x-csrf-token", "").lower() == "fetch":
                for name, value in self.sessions.token_headers(request):
                    response.headers.append(name, value)
            return response

        return guarded

    async def _root(self, _: Request, service: str) -> Response:
        return _json({"d": {"EntitySets": list(services()[service])}})

    async def _metadata(self, _: Request, service: str) -> Response:
        return Response(metadata(service), media_type="application/xml", headers={"DataServiceVersion": "2.0"})

    async def _read(self, request: Request, service: str) -> Response:
        asked = resources.resource(service, request.path_params["path"])
        query = resources.options(request.query_params)
        name = asked.link.target if asked.link else asked.name
        renderer = self._renderer(request, name)
        if asked.key is None:
            return _json({"d": self._page(request, service, asked, query, renderer)})
        row = resources.found(self.tables, asked.name, asked.key)
        if asked.link is None:
            return _json({"d": renderer.row(name, row)})
        rows = [renderer.row(name, each) for each in self.tables.follow(row, asked.link)]
        return _json({"d": {"results": rows} if asked.link.is_many else next(iter(rows), None)})

    async def _write(self, request: Request, service: str) -> Response:
        asked = resources.resource(service, request.path_params["path"])
        if asked.is_action:
            return self._act(request, asked.name)
        given = await request.json() if await request.body() else {}
        name = asked.link.target if asked.link else asked.name
        body = checked(name, given)
        if request.method != "POST":
            row = resources.found(self.tables, asked.name, asked.key or {})
            self._check_version(request, asked.name, row)
            writing.change(self.system, asked.name, row, body)
            return Response(status_code=204, headers={"DataServiceVersion": "2.0"})
        parent = resources.found(self.tables, asked.name, asked.key) if asked.key else None
        if parent is not None:
            self._check_version(request, asked.name, parent)
        created = Renderer(self.tables, str(request.base_url).rstrip("/")).row(
            name, writing.create(self.system, name, body, parent)
        )
        return _json({"d": created}, 201, {"Location": created["__metadata"]["uri"]})

    def _act(self, request: Request, action: str) -> Response:
        number = request.query_params.get("DeliveryDocument", "").strip("'")
        delivery = resources.found(self.tables, "A_OutbDeliveryHeader", {"DeliveryDocument": number})
        self._check_version(request, "A_OutbDeliveryHeader", delivery)
        writing.act(self.system, action, delivery)
        return _json({"d": {"results": []}})

    def _check_version(self, request: Request, name: str, row: Row) -> None:
        """A change says which version it is of; an item's is that of its document."""
        versioned, current = writing.versioned(self.tables, name, row)
        given = request.headers.get("If-Match")
        if given is None:
            raise Refusal(428, "/IWFND/CM_MGW/428", "The request must be conditional. Try using If-Match")
        if given not in ("*", etag(versioned, current)):
            raise Refusal(412, "/IWFND/CM_MGW/412", "Precondition failed")

    def _renderer(self, request: Request, name: str) -> Renderer:
        query = request.query_params
        renderer = Renderer(
            self.tables,
            str(request.base_url).rstrip("/"),
            select=resources.paths(query, "$select"),
            expand=resources.paths(query, "$expand"),
        )
        renderer.check(name)
        return renderer

    def _page(
        self, request: Request, service: str, asked: Resource, query: Mapping[str, str], renderer: Renderer
    ) -> dict[str, Any]:
        rows = self._rows(asked.name, query)
        try:
            skip = int(query.get("$skiptoken", query.get("$skip", "0")))
            top = int(query["$top"]) - int(query.get("$skiptoken", "0")) if "$top" in query else len(rows)
        except ValueError as exc:
            raise Refusal(400, "/IWFND/CM_MGW/041", "Invalid value for $top or $skip") from exc
        size = max(min(top, self._rows_per_page), 0)
        page: dict[str, Any] = {"results": [renderer.row(asked.name, row) for row in rows[skip : skip + size]]}
        if top > size and skip + size < len(rows):
            kept = {**query, "$skiptoken": str(skip + size)}
            following = "&".join(f"{option}={quote(value, safe='')}" for option, value in kept.items())
            base = str(request.base_url).rstrip("/")
            page["__next"] = f"{base}{ROOT}/{service}/{asked.name}?{following}"
        if query.get("$inlinecount") == "allpages":
            page["__count"] = str(len(rows))
        return page

    def _rows(self, name: str, query: Mapping[str, str]) -> list[Row]:
        rows = self.tables.all(name)
        if query.get("$filter"):
            try:
                condition = filters.parse(query["$filter"], ENTITY_SETS[name])
            except filters.InvalidFilter as exc:
                raise Refusal(400, "/IWBEP/CM_MGW_RT/176", str(exc)) from exc
            among = condition.narrowed()
            if among is not None:
                rows = self.tables.among(name, among.name, sorted(map(bare, among.values)))
            rows = filter(condition.holds, rows)
        return _sorted(name, list(rows), query.get("$orderby", ""))


def _sorted(name: str, rows: list[Row], order: str) -> list[Row]:
    properties = ENTITY_SETS[name].properties
    columns = [each.split() for each in order.split(",") if each.strip()] or [[key] for key in ENTITY_SETS[name].keys]
    for column, *direction in reversed(columns):
        if column not in properties:
            raise Refusal(400, "/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{column}'")
        rank = partial(_rank, column, properties[column])
        rows.sort(key=rank, reverse=direction == ["desc"])
    return rows


def _rank(column: str, kind: Property, row: Row) -> tuple[bool, Any]:
    """Nothing comes first."""
    compared = filters.value(row.get(column, kind.initial), kind)
    return compared is not None, compared


def _is_basic(request: Request) -> bool:
    return secrets.compare_digest(request.headers.get("Authorization", "").encode(), BASIC.encode())


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status, headers={"DataServiceVersion": "2.0", **(headers or {})})
