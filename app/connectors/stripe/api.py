"""One request of Stripe's, read only: lists a page at a time, and single objects."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.request import Answer, Request, raise_for_status
from app.connectors.source_config import SourceConfig
from app.connectors.stripe.auth import fixed_headers
from app.connectors.stripe.mapping import ErrorAnswer
from app.connectors.transport import SourceTransport

T = TypeVar("T")
UNKNOWN = frozenset({400, 404})
"""What Stripe does not know is 404 where the path names it, and 400 where a parameter does:
https://github.com/stripe/stripe-go/issues/1030, read 2026-11."""


class Api:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self._transport = transport
        self._headers = fixed_headers(config, manifest.api_version)

    async def get(self, path: str, params: Mapping[str, str], shape: type[T], *, deadline: float) -> T:
        request = self._read(path, params)
        return await self._transport.send(request, lambda answer: answer.decode(shape), deadline=deadline)

    async def find(self, path: str, params: Mapping[str, str], shape: type[T], *, deadline: float) -> T | None:
        """None for what Stripe does not know."""
        request = self._read(path, params, statuses_read=UNKNOWN)

        def read(answer: Answer) -> T | None:
            if answer.status in UNKNOWN and _error_code(answer) == "resource_missing":
                return None
            raise_for_status(answer, _error_code)
            return answer.decode(shape)

        return await self._transport.send(request, read, deadline=deadline)

    def _read(self, path: str, params: Mapping[str, str], *, statuses_read: frozenset[int] = frozenset()) -> Request:
        _, _, resource, *_ = path.split("/")
        return Request(
            "GET",
            path,
            params=params,
            headers=self._headers,
            repeatable=True,
            statuses_read=statuses_read,
            error_code=_error_code,
            name=f"read {resource}",
        )


def _error_code(answer: Answer) -> str | None:
    try:
        return msgspec.json.decode(answer.body, type=ErrorAnswer).error.code
    except msgspec.DecodeError:
        return None
