"""The page that a browser sees at /graphql: GraphiQL with examples to start from, served from this machine alone.

What GraphiQL is made of is fetched at set-up (scripts/fetch_graphiql.py). Where it was not, the page says how to.
"""

import hashlib
import html
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
TEMPLATES = _HERE / "templates"
_TABS = ("customer_360", "order_page", "inventory", "place_order", "watch_order")
EXAMPLES = tuple(_HERE / "examples" / f"{name}.graphql" for name in _TABS)
"""Files of one operation each, in the order of the tabs."""

STYLES = ("vendor/graphiql.css", "vendor/explorer.css", "graphiql.css")
SCRIPTS = ("vendor/react.js", "vendor/react-dom.js", "vendor/graphiql.js", "vendor/explorer.js", "graphiql.js")

# GraphiQL's dialogs write a style element of their own. Nothing is ever evaluated, and nothing leaves this origin.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(request: Request, *, static: Path = STATIC) -> HTMLResponse:
    """Answers GET /graphql where HTML is accepted; queries go back to the same path."""
    names = (*STYLES, *SCRIPTS)
    if not all((static / name).is_file() for name in names):
        return _render("graphiql_missing.html", {"endpoint": html.escape(str(request.url.replace(query="")))})
    url = {name: html.escape(_versioned_url(static / name, name)) for name in (*names, "icon.svg")}
    return _render(
        "graphiql.html",
        {
            "icon": url["icon.svg"],
            "styles": "\n".join(f'<link rel="stylesheet" href="{url[name]}">' for name in STYLES),
            "scripts": "\n".join(f'<script src="{url[name]}" defer></script>' for name in SCRIPTS),
            "examples": _json_in_html([path.read_text() for path in EXAMPLES]),
        },
    )


def assets(*, static: Path = STATIC) -> Mount:
    """The page's files, below /graphiql beside /graphql."""
    return Mount("/graphiql", _ImmutableFiles(directory=static), name="graphiql")


class _ImmutableFiles(StaticFiles):
    """Files that a browser may keep for good, since `page` names each by its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(SAFE_HEADERS)
        if response.status_code in {200, 304}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _versioned_url(path: Path, name: str) -> str:
    # Relative to /graphql, so that it also holds below a proxy's prefix.
    return f"graphiql/{name}?v={_digest(path, path.stat().st_mtime_ns)}"


@cache
def _digest(path: Path, modified_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _json_in_html(value: object) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


def _render(name: str, values: Mapping[str, str]) -> HTMLResponse:
    template = Template((TEMPLATES / name).read_text())
    # no-cache: the page names the versions of its files, so it must not be older than they are.
    return HTMLResponse(template.substitute(values), headers={**SAFE_HEADERS, "Cache-Control": "no-cache"})
