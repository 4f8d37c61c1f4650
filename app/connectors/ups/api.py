"""One request of UPS's: its headers, its token, its errors, and answers that make no sense."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import uuid4

from app.connectors.contract import SourceGarbled, SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.request import Answer, Request
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport
from app.connectors.ups import bodies
from app.connectors.ups.auth import authorizer
from app.connectors.ups.mapping import ErrorAnswer

S = TypeVar("S")
T = TypeVar("T")


class Api:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self._transport = transport
        self._authorizer = authorizer(config, transport)

    def _request(
        self,
        name: str,
        method: str,
        path: str,
        *,
        json: bodies.Json | None = None,
        params: Mapping[str, str] | None = None,
        transaction_id: str | None = None,
        repeatable: bool = False,
    ) -> Request:
        # Required for tracking, and elsewhere what UPS's support asks for.
        headers = {"transId": transaction_id or uuid4().hex, "transactionSrc": "junction"}
        return Request(
            method,
            path,
            params=params,
            json=json,
            headers=headers,
            repeatable=repeatable,
            error_code=_error_code,
            name=name,
        )

    async def _send(self, request: Request, shape: type[S], value: Callable[[S], T], deadline: float) -> T:
        return await self._transport.send(
            request,
            lambda answer: self._mapped(value, answer.decode(shape)),
            deadline=deadline,
            authorizer=self._authorizer,
        )

    def _mapped(self, value: Callable[[S], T], answered: S) -> T:
        try:
            return value(answered)
        except ValueError as exc:
            raise SourceGarbled(self.info.key, f"{self.info.key} sent an answer that makes no sense") from exc


def _error_code(answer: Answer) -> str | None:
    try:
        errors = answer.decode(ErrorAnswer).response.errors
    except SourceGarbled:
        return None
    return errors[0].code if errors else None
