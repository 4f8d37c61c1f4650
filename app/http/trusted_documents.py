"""Reads the file of trusted documents, in either form that clients' build tools write.

`{"<id>": "<text>", …}` is what the Relay compiler and GraphQL Code Generator write. Apollo's manifest lists operations
with `id` and `body`: https://www.npmjs.com/package/@apollo/generate-persisted-query-manifest, read 2026-11.
"""

from pathlib import Path
from typing import Any, Literal

import msgspec

from app.http.documents import SHA256_PREFIX, ErrorsIn, digest_of
from app.settings import InvalidSetting

APOLLO = "apollo-persisted-query-manifest"


class _ApolloOperation(msgspec.Struct):
    id: str
    body: str


class _ApolloManifest(msgspec.Struct):
    version: Literal[1]
    operations: list[_ApolloOperation]


def read_trusted_documents(path: Path, errors_in: ErrorsIn) -> dict[str, str]:
    """Texts by id and by hash, so that clients may ask for one either way. Raises InvalidSetting."""
    found: dict[str, str] = {}
    for id_, text in _read(path):
        if errors := errors_in(text):
            reason = errors[0].message.removesuffix(".")
            raise InvalidSetting(f"TRUSTED_DOCUMENTS, {path}, holds a document {id_!r} that is not valid: {reason}")
        name, digest = id_.removeprefix(SHA256_PREFIX), digest_of(text)
        if name != id_ and name != digest:
            raise InvalidSetting(f"TRUSTED_DOCUMENTS, {path}, holds a document {id_!r} whose SHA-256 is {digest}")
        if found.setdefault(name, text) != text:
            raise InvalidSetting(f"TRUSTED_DOCUMENTS, {path}, holds two documents {id_!r}")
    # An id means what the file says, even one that happens to be another text's hash.
    return {digest_of(text): text for text in found.values()} | found


def _read(path: Path) -> list[tuple[str, str]]:
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise InvalidSetting(f"TRUSTED_DOCUMENTS, {path}, cannot be read: {exc.strerror}") from exc
    try:
        manifest = msgspec.json.decode(content, type=dict[str, Any])
        if manifest.get("format") == APOLLO:
            return [(each.id, each.body) for each in msgspec.convert(manifest, _ApolloManifest).operations]
        return list(msgspec.convert(manifest, dict[str, str]).items())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        forms = "a JSON object of texts by id, or Apollo's manifest"
        raise InvalidSetting(f"TRUSTED_DOCUMENTS, {path}, must be {forms}: {exc}") from exc
