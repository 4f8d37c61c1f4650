"""The token that SAP wants with every write, against forged requests, and the cookies that it goes with.

https://help.sap.com/saphelp_gateway20sp12/helpdata/en/e6/cae27d5e8d4996add4067280c8714e/content.htm, read 2026-11. All
cookies go back, whatever their names: https://userapps.support.sap.com/sap/support/knowledge/en/3048103, read 2026-11.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from app.connectors.contract import SourceGarbled
from app.connectors.request import Answer
from app.connectors.transport import SourceTransport

FETCH = {"X-CSRF-Token": "Fetch"}
REQUIRED = "CSRF_REQUIRED"
"""Our code for a refusal that a new token helps against."""
COOKIE_BYTES_MAX = 8_000
"""Ours: what servers take as one header."""

# Several cookies arrive joined by commas, which dates have, too: a cookie begins with its name and a =.
_COOKIE = re.compile(r"(?:^|,\s*)([!#$%&'*+.^_`|~0-9A-Za-z-]+=[^;,]*)")


class CsrfSession:
    """Fetched once for all writes. Token and cookies are a pair, so no other request's cookies mix with them."""

    def __init__(self, transport: SourceTransport) -> None:
        self._transport = transport
        self._current: Mapping[str, str] | None = None
        self._renewal = asyncio.Lock()

    async def headers(
        self, fetch: Callable[[], Coroutine[Any, Any, Mapping[str, str]]], *, deadline: float
    ) -> Mapping[str, str]:
        if self._current is None:
            async with self._transport.within(deadline):
                await self._renewal.acquire()
            try:
                # Whoever held the lock may have fetched it.
                if self._current is None:
                    self._current = await fetch()
            finally:
                self._renewal.release()
        return self._current

    def reject(self, headers: Mapping[str, str]) -> None:
        if self._current == headers:
            self._current = None


def session_headers(answer: Answer) -> Mapping[str, str]:
    """Raises SourceGarbled."""
    token = answer.headers.get("X-CSRF-Token", "")
    cookies = "; ".join(_COOKIE.findall(answer.headers.get("Set-Cookie", "")))
    if not token or len(cookies) > COOKIE_BYTES_MAX:
        raise SourceGarbled(answer.source_key, f"{answer.source_key} gave no usable token for writes")
    return {"X-CSRF-Token": token, **({"Cookie": cookies} if cookies else {})}


def wants_a_token(answer: Answer) -> bool:
    return answer.status == 403 and answer.headers.get("X-CSRF-Token", "").lower() == "required"
