"""Access tokens by OAuth's client credentials grant (RFC 6749 section 4.4): fetched once, shared, renewed on 401."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from app.connectors.contract import SourceRefused
from app.connectors.request import Answer, Request
from app.connectors.transport import SourceTransport


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    client_id: str
    client_secret: str = field(repr=False)


class TokenAuthorizer:
    def __init__(
        self,
        transport: SourceTransport,
        credentials: ClientCredentials,
        *,
        token_path: str,
        as_headers: Callable[[str], Mapping[str, str]],
        is_basic: bool = False,
    ) -> None:
        """`as_headers` says where the vendor wants the token; `is_basic`, that it wants our credentials in a header."""
        self._transport = transport
        self._credentials = credentials
        self._token_path = token_path
        self._as_headers = as_headers
        self._is_basic = is_basic
        self._current: Mapping[str, str] | None = None
        self._renewal = asyncio.Lock()

    async def headers(self, *, deadline: float) -> Mapping[str, str]:
        if self._current is None:
            async with self._transport.within(deadline):
                await self._renewal.acquire()
            try:
                # Whoever held the lock may have fetched it.
                if self._current is None:
                    self._current = self._as_headers(await self._fetch_token(deadline))
            finally:
                self._renewal.release()
        return self._current

    def reject(self, headers: Mapping[str, str]) -> None:
        # Requests sent side by side are rejected one after the other: only the first may drop the shared token.
        if self._current == headers:
            self._current = None

    async def _fetch_token(self, deadline: float) -> str:
        request = self._token_request()
        try:
            return await self._transport.send(request, _access_token, deadline=deadline)
        except SourceRefused as refusal:
            key = self._transport.source_key
            raise SourceRefused(key, f"{key} does not accept our credentials", status=refusal.status) from refusal

    def _token_request(self) -> Request:
        client_id, client_secret = self._credentials.client_id, self._credentials.client_secret
        form, headers = {"grant_type": "client_credentials"}, {}
        if self._is_basic:
            # RFC 6749 section 2.3.1 form-encodes both first, which vendors do not undo: they want them as they are.
            headers["Authorization"] = f"Basic {b64encode(f'{client_id}:{client_secret}'.encode()).decode()}"
        else:
            form |= {"client_id": client_id, "client_secret": client_secret}
        return Request("POST", self._token_path, form=form, headers=headers, repeatable=True, name="token")


class _Token(msgspec.Struct):
    access_token: str


def _access_token(answer: Answer) -> str:
    return answer.decode(_Token).access_token
