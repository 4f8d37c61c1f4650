"""Access tokens that a sandboxed source hands out for its client's credentials, and that expire."""

import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from starlette.requests import Request

from app.sandbox.data import CLIENT_ID, CLIENT_SECRET

TOKENS_MAX = 100


class AccessTokens:
    def __init__(self, *, prefix: str, lifetime_s: float, monotonic: Callable[[], float]) -> None:
        self._prefix = prefix
        self.lifetime_s = lifetime_s
        self._monotonic = monotonic
        self._expires_at: dict[str, float] = {}

    @property
    def issued(self) -> tuple[str, ...]:
        return tuple(self._expires_at)

    def issue(self) -> str:
        if len(self._expires_at) >= TOKENS_MAX:
            self._expires_at.pop(next(iter(self._expires_at)))
        token = self._prefix + secrets.token_hex(16)
        self._expires_at[token] = self._monotonic() + self.lifetime_s
        return token

    def accepts(self, token: str) -> bool:
        return self._expires_at.get(token, float("-inf")) > self._monotonic()

    def expire_all(self) -> None:
        self._expires_at.clear()


async def form_of(request: Request) -> Mapping[str, str]:
    parsed = parse_qs((await request.body()).decode())
    return {name: values[-1] for name, values in parsed.items()}


def knows_client(form: Mapping[str, str]) -> bool:
    return form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET
