"""GET /labels/{secret}: a label to print. The address is the permission, as a printer has no token to show."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.domain.actor import SYSTEM
from app.stores.labels import PATH, StoredLabel, read_label
from app.stores.transaction import Writers

SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": "inline",
    # What a carrier sent is shown as what it says it is, and runs nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def labels(writers: Writers) -> Route:
    async def show(request: Request) -> Response:
        secret = request.path_params["secret"]
        label = await _read(writers, secret) if SECRET.fullmatch(secret) else None
        if label is None:
            return PlainTextResponse("There is no such label, or no longer.\n", 404, headers=HEADERS)
        return Response(label.content, media_type=label.media_type, headers=HEADERS)

    return Route(f"{PATH}{{secret}}", show)


async def _read(writers: Writers, secret: str) -> StoredLabel | None:
    async with writers.transaction(SYSTEM) as tx:
        return await read_label(tx, secret)
