"""Answers in parts, as multipart/mixed, for clients that accept it: queries with @defer and @stream.

Two forms of a part are in use, and a client names the one that it reads in its Accept:

- `multipart/mixed;deferSpec=20220824`, https://specs.apollo.dev/incremental/v0.1/: each piece of data with its path and
  label. Also what clients read that name no form: urql, GraphiQL, most network layers of Relay.
- `multipart/mixed;incrementalSpec=v0.2`, https://specs.apollo.dev/incremental/v0.2/: what is awaited is announced with
  an id. The form of graphql-js 17, and that of `app/execution/parts.py`.

The parts are framed as in https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from starlette.types import Message, Send

from app.execution.parts import Part
from app.http.graphql_request import MULTIPART

Path = list[str | int]


class Form(StrEnum):
    V0_1 = "deferSpec=20220824"
    V0_2 = "incrementalSpec=v0.2"

    @property
    def media_type(self) -> str:
        return f'{MULTIPART}; boundary="-"; {self}'


@lru_cache(maxsize=256)
def form_for(accepted: str) -> Form | None:
    """The form of parts that a client reads, by its Accept; None when it takes an answer at once alone."""
    for media_range in accepted.split(","):
        name, *parameters = (each.strip().replace('"', "") for each in media_range.split(";"))
        specs = [each for each in parameters if "Spec=" in each]
        if name.lower() == MULTIPART and not specs:
            return Form.V0_1
        if name.lower() == MULTIPART and specs[0] in tuple(Form):
            return Form(specs[0])
    return None


@dataclass(slots=True)
class _Awaited:
    """A deferred fragment, or a streamed list of which `count` items have been sent."""

    path: Path
    label: str | None
    count: int | None


class PartedAnswer:
    """One answer, part after part. A part is followed by its boundary at once: clients read until there."""

    def __init__(self, form: Form, send: Send) -> None:
        self.media_type = form.media_type
        self.has_begun = False
        self.has_errors = False
        self._has_ended = False
        self._form = form
        self._send = send
        self._awaited: dict[str, _Awaited] = {}

    async def send_all(self, parts: AsyncGenerator[Part, None], headers: Iterable[tuple[bytes, bytes]]) -> None:
        async with aclosing(parts):
            async for part in parts:
                if not self.has_begun:
                    self.has_begun = True
                    await self._send({"type": "http.response.start", "status": 200, "headers": list(headers)})
                    await self._send({"type": "http.response.body", "body": b"\r\n---\r\n", "more_body": True})
                await self._send_part(part)

    async def fail(self, error: dict[str, Any]) -> None:
        """Ends the answer, if it has not ended: what is still awaited has failed."""
        if not self._has_ended:
            failed = [{"id": id_, "errors": [error]} for id_ in self._awaited]
            await self._send_part({"completed": failed, "hasNext": False})

    async def _send_part(self, part: Part) -> None:
        pieces = [self._piece(each) for each in part.get("incremental", ())]
        self._note_pending(part, pieces)
        completed = part.get("completed", ())
        pieces += [self._failure(each) for each in completed if "errors" in each]
        self.has_errors = self.has_errors or any("errors" in each for each in (part, *pieces))
        self._has_ended = not part["hasNext"]
        await self._send(_framed(part if self._form is Form.V0_2 else _as_v0_1(part, pieces)))
        for each in completed:
            del self._awaited[each["id"]]

    def _note_pending(self, part: Part, pieces: Sequence[Part]) -> None:
        """What the part announces. The lists among it are streamed."""
        for each in part.get("pending", ()):
            begun = [_at(each["path"], piece) for piece in ([part] if "data" in part else pieces)]
            count = next((len(found) for found in begun if isinstance(found, list)), None)
            self._awaited[each["id"]] = _Awaited(each["path"], each.get("label"), count)

    def _piece(self, incremental: Part) -> Part:
        """In form 0.1."""
        awaited = self._awaited[incremental["id"]]
        path = awaited.path + incremental.get("subPath", [])
        if awaited.count is not None:
            path = [*path, awaited.count]
            awaited.count += len(incremental["items"])
        kept = {name: incremental[name] for name in ("data", "items", "errors") if name in incremental}
        return kept | {"path": path} | _label(awaited)

    def _failure(self, completed: Part) -> Part:
        """In form 0.1."""
        awaited = self._awaited[completed["id"]]
        nothing = {"data": None, "path": awaited.path}
        if awaited.count is not None:
            nothing = {"items": None, "path": [*awaited.path, awaited.count]}
        return nothing | {"errors": completed["errors"]} | _label(awaited)


def _label(awaited: _Awaited) -> Part:
    return {} if awaited.label is None else {"label": awaited.label}


def _as_v0_1(part: Part, pieces: Sequence[Part]) -> Part:
    kept: Part = {name: part[name] for name in ("data", "errors", "extensions", "hasNext") if name in part}
    return kept | {"incremental": pieces} if pieces else kept


def _framed(part: Part) -> Message:
    body = orjson.dumps(part, option=orjson.OPT_NON_STR_KEYS)
    end = b"\r\n---\r\n" if part["hasNext"] else b"\r\n-----\r\n"
    framed = b"Content-Type: application/json; charset=utf-8\r\n\r\n%b%b" % (body, end)
    return {"type": "http.response.body", "body": framed, "more_body": part["hasNext"]}


def _at(path: Path, piece: Part) -> Any:
    """What the piece, or the first part, holds at that place of the answer; None if nothing."""
    start: Path = piece.get("path", [])
    found = piece.get("data")
    if "items" in piece:
        *start, index = start
        found = [None] * int(index) + piece["items"]
    if path[: len(start)] != start:
        return None
    for key in path[len(start) :]:
        try:
            found = found[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return found
