"""Which text a request means: the one it sends, or one that is stored and that it names in its place.

Stored are the trusted documents, and what clients registered by its hash (automatic persisted queries) while there is
room. A request names one by `documentId`, as in the appendix “Persisted Documents” of GraphQL over HTTP (working draft,
read 2026-11), or by `extensions.persistedQuery`, as Apollo's clients and urql do. Where both are sent, `documentId`
counts: urql sends a hash beside it.

DocumentRefused
├── DocumentMissing         BAD_USER_INPUT: neither a text nor a name
├── DocumentMisnamed        BAD_USER_INPUT: a name of the wrong form, or another text's
├── DocumentNotFound        DOCUMENT_NOT_FOUND: nothing is stored under this documentId
├── PersistedQueryNotFound  PERSISTED_QUERY_NOT_FOUND: nothing is stored under this hash; clients then send the text
└── DocumentNotTrusted      DOCUMENT_NOT_TRUSTED: a text of the client's own where only trusted ones are answered
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

import msgspec
from cachetools import LRUCache
from graphql import GraphQLError

from app.execution.errors import BadUserInput, ClientFacing

ErrorsIn = Callable[[str], Sequence[GraphQLError]]
"""What is wrong with a text: its syntax, or that the schema or a limit does not allow it."""

REGISTERED_MAX = 2_000
REGISTERED_BYTES_MAX = 16_000_000
SHA256_PREFIX = "sha256:"


class DocumentRefused(ClientFacing):
    """The request says what it wants in a way that cannot be followed."""

    code = BadUserInput.code
    status = 400
    """With application/graphql-response+json."""
    status_as_json = 200
    """With application/json."""


class DocumentMissing(DocumentRefused):
    status_as_json = 400  # Not a GraphQL request at all.

    def __init__(self) -> None:
        super().__init__("Send a query, or name a stored one by documentId or by extensions.persistedQuery.")


class DocumentMisnamed(DocumentRefused):
    pass


class DocumentNotFound(DocumentRefused):
    code = "DOCUMENT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No document is stored under this documentId: it must be one of the trusted documents.")


class PersistedQueryNotFound(DocumentRefused):
    """Apollo Client looks for the message or the code, urql for the message alone (sources read 2026-11)."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    # As from Apollo Server, whatever is accepted: no client's way with HTTP errors then comes in between.
    status = 200

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class DocumentNotTrusted(DocumentRefused):
    code = "DOCUMENT_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__(
            "Only trusted documents are answered here: have this one added to them, and send its documentId."
        )


class PersistedQuery(msgspec.Struct, rename="camel"):
    version: Literal[1]
    sha256_hash: str


class Documents:
    """`trusted` holds texts by their names: ids and hashes, as `read_trusted_documents` makes it."""

    def __init__(
        self,
        errors_in: ErrorsIn,
        trusted: Mapping[str, str],
        *,
        trusted_only: bool = False,
        registered_max: int = REGISTERED_MAX,
        registered_bytes_max: int = REGISTERED_BYTES_MAX,
    ) -> None:
        self._errors_in = errors_in
        self._trusted = trusted
        self._trusted_texts = frozenset(trusted.values())
        self._trusted_only = trusted_only
        # A text counts as its share at least, so that the one limit bounds bytes and number alike.
        share = registered_bytes_max // registered_max
        self._registered: LRUCache[str, str] = LRUCache(
            registered_bytes_max, getsizeof=lambda text: max(share, sys.getsizeof(text))
        )

    def find(self, query: str | None, document_id: str | None, extensions: Mapping[str, Any] | None) -> str:
        """The text to execute, which may still be wrong in itself. Raises DocumentRefused."""
        not_found: type[DocumentRefused]
        if document_id is not None:
            name, not_found = document_id.removeprefix(SHA256_PREFIX), DocumentNotFound
        elif extensions and (persisted := extensions.get("persistedQuery")) is not None:
            name, not_found = _persisted_hash(persisted), PersistedQueryNotFound
        else:
            return self._sent(query)
        if query:
            return self._named(name, query)
        text = self._trusted.get(name) or self._registered.get(name)
        if text is None:
            raise not_found
        return text

    def _sent(self, query: str | None) -> str:
        if not query:
            raise DocumentMissing
        if self._trusted_only and query not in self._trusted_texts:
            raise DocumentNotTrusted
        return query

    def _named(self, name: str, query: str) -> str:
        """A text sent with its name, registered if that is its hash and nothing is wrong with it."""
        if self._trusted.get(name) == query:
            return query
        if name != (digest := digest_of(query)):
            raise DocumentMisnamed(f"The query is not the document that the request names: its SHA-256 is {digest}.")
        if self._trusted_only:
            raise DocumentNotTrusted
        if self._registered.get(digest) is None and not self._errors_in(query):
            self._register(digest, query)
        return query

    def _register(self, digest: str, query: str) -> None:
        if self._registered.getsizeof(query) <= self._registered.maxsize:
            self._registered[digest] = query


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _persisted_hash(persisted_query: object) -> str:
    try:
        return msgspec.convert(persisted_query, PersistedQuery).sha256_hash
    except msgspec.ValidationError as exc:
        form = '{"version": 1, "sha256Hash": "…"}'
        raise DocumentMisnamed(f"extensions.persistedQuery must read {form}: {exc}.") from exc
