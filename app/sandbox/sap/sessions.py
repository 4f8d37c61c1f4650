"""Cross-site request forgery protection: a token for each session, and the session in cookies.

How it goes: https://help.sap.com/saphelp_gateway20sp12/helpdata/en/e6/cae27d5e8d4996add4067280c8714e/content.htm,
read 2026-11.
"""

import secrets
from collections.abc import Callable, Iterable

from starlette.requests import Request

SESSION_LIFETIME_S = 1_800
"""http/security_session_timeout, by default."""
SESSION_COOKIE = "SAP_SESSIONID_S4H_100"
SESSIONS_MAX = 1_000


class Sessions:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._sessions: dict[str, tuple[str, float]] = {}

    def token_headers(self, request: Request) -> Iterable[tuple[str, str]]:
        """For a client that fetches its token; with new cookies, unless it came with a session."""
        session = request.cookies.get(SESSION_COOKIE, "")
        token, is_new = self._token(session), False
        if token is None:
            session, token, is_new = secrets.token_urlsafe(24), secrets.token_urlsafe(16), True
            if len(self._sessions) >= SESSIONS_MAX:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[session] = token, self._monotonic() + SESSION_LIFETIME_S
        yield "x-csrf-token", token
        if is_new:
            yield "set-cookie", "sap-usercontext=sap-client=100; path=/"
            yield "set-cookie", f"{SESSION_COOKIE}={session}; path=/; HttpOnly; SameSite=None"

    def allows(self, request: Request) -> bool:
        token = self._token(request.cookies.get(SESSION_COOKIE, ""))
        return token is not None and secrets.compare_digest(token, request.headers.get("x-csrf-token", ""))

    def expire_all(self) -> None:
        self._sessions.clear()

    def _token(self, session: str) -> str | None:
        token, expires_at = self._sessions.get(session, (None, 0.0))
        return token if expires_at > self._monotonic() else None
