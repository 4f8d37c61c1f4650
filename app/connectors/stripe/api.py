"""One request of Stripe's, read only: lists a page at a time, and single objects."""

from collections.abc import Mapping
from typing import TypeVar

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.request import Answer, Request
from app.connectors.source_config import SourceConfig
from app.connectors.stripe.auth import fixed_headers
from app.connectors.transport import SourceTransport

T = TypeVar("T")
NOT_FOUND = frozenset({404})


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
        request = self._read(path, params, statuses_read=NOT_FOUND)

        def read(answer: Answer) -> T | None:
            return None if answer.status in NOT_FOUND else answer.decode(shape)

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
            name=f"read {resource}",
        )
