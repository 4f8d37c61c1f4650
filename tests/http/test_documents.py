"""Which text a request means, by every way of naming one, and what is remembered of what clients send."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, parse, validate

from app.http.documents import (
    DocumentMisnamed,
    DocumentMissing,
    DocumentNotFound,
    DocumentNotTrusted,
    DocumentRefused,
    Documents,
    PersistedQueryNotFound,
    digest_of,
)
from tests.architecture.source_tree import ROOT

SCHEMA = build_schema("type Query { books: [String] authors: [String] }")
BOOKS, AUTHORS, INVALID = "{ books }", "{ authors } # Ærø", "{ nothing }"


def errors_in(text: str) -> Sequence[GraphQLError]:
    try:
        return validate(SCHEMA, parse(text))
    except GraphQLError as error:
        return [error]


def by_hash(text: str, **more: object) -> Mapping[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest_of(text), **more}}


def open_to_all() -> Documents:
    return Documents(errors_in, {})


def trusting(*, only: bool) -> Documents:
    """BOOKS alone, by the id `books` and by its hash."""
    return Documents(errors_in, {"books": BOOKS, digest_of(BOOKS): BOOKS}, trusted_only=only)


def test_the_digest_is_that_of_the_specification() -> None:
    # The example of GraphQL over HTTP, appendix Persisted Documents.
    expected = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b"
    assert digest_of("query($id:ID!){user(id:$id){name}}") == expected


@pytest.mark.parametrize("text", [BOOKS, INVALID, "{"])
@pytest.mark.parametrize("extensions", [None, {}, {"plan": True}, {"persistedQuery": None}])
def test_a_text_alone_is_meant_as_it_is(text: str, extensions: Mapping[str, Any] | None) -> None:
    assert open_to_all().find(text, None, extensions) == text


@pytest.mark.parametrize("query", [None, ""])
def test_neither_text_nor_name_is_no_request(query: str | None) -> None:
    with pytest.raises(DocumentMissing) as refused:
        open_to_all().find(query, None, {})
    assert (refused.value.status, refused.value.status_as_json) == (400, 400)


def test_a_hash_nobody_registered_is_told_as_apollo_client_and_urql_expect() -> None:
    for query in (None, ""):
        with pytest.raises(PersistedQueryNotFound, match=r"^PersistedQueryNotFound$") as refused:
            open_to_all().find(query, None, by_hash(BOOKS))
        assert refused.value.extensions == {"code": "PERSISTED_QUERY_NOT_FOUND"}
        assert (refused.value.status, refused.value.status_as_json) == (200, 200)


def test_a_text_sent_with_its_hash_is_found_by_it_from_then_on() -> None:
    documents = open_to_all()
    assert documents.find(AUTHORS, None, by_hash(AUTHORS, miss=True)) == AUTHORS  # urql marks the second try
    assert documents.find(None, None, by_hash(AUTHORS)) == AUTHORS
    assert documents.find(None, f"sha256:{digest_of(AUTHORS)}", None) == AUTHORS
    assert documents.find(AUTHORS, None, by_hash(AUTHORS)) == AUTHORS


def test_a_text_is_registered_by_document_id_as_well() -> None:
    documents = open_to_all()
    id_ = f"sha256:{digest_of(AUTHORS)}"
    with pytest.raises(DocumentNotFound):
        documents.find(None, id_, None)
    assert documents.find(AUTHORS, id_, None) == AUTHORS
    assert documents.find(None, id_, None) == AUTHORS


@pytest.mark.parametrize("text", [INVALID, "{"])
def test_an_invalid_text_is_passed_on_but_not_remembered(text: str) -> None:
    documents = open_to_all()
    assert documents.find(text, None, by_hash(text)) == text
    with pytest.raises(PersistedQueryNotFound):
        documents.find(None, None, by_hash(text))


def test_a_text_is_validated_once() -> None:
    validated: list[str] = []

    def noting(text: str) -> Sequence[GraphQLError]:
        validated.append(text)
        return errors_in(text)

    documents = Documents(noting, {})
    for _ in range(3):
        documents.find(BOOKS, None, by_hash(BOOKS))
        documents.find(AUTHORS, None, None)
    assert validated == [BOOKS]


def test_a_hash_of_another_text_is_refused_and_nothing_remembered() -> None:
    documents = open_to_all()
    for id_, extensions in ((None, by_hash(BOOKS)), (digest_of(BOOKS), None), ("books", None)):
        with pytest.raises(DocumentMisnamed) as refused:
            documents.find(AUTHORS, id_, extensions)
        told = f"The query is not the document that the request names: its SHA-256 is {digest_of(AUTHORS)}."
        assert str(refused.value) == told
        assert (refused.value.code, refused.value.status) == ("BAD_USER_INPUT", 400)
    for text in (BOOKS, AUTHORS):
        with pytest.raises(PersistedQueryNotFound):
            documents.find(None, None, by_hash(text))


@pytest.mark.parametrize(
    ("persisted_query", "reason"),
    [
        ({"version": 2, "sha256Hash": "00"}, "Invalid enum value 2 - at `$.version`"),
        ({"version": 1}, "Object missing required field `sha256Hash`"),
        ({"version": 1, "sha256Hash": 7}, "Expected `str`, got `int` - at `$.sha256Hash`"),
        ("00", "Expected `object`, got `str`"),
    ],
)
def test_a_hash_in_another_form_is_refused(persisted_query: object, reason: str) -> None:
    with pytest.raises(DocumentMisnamed) as refused:
        open_to_all().find(BOOKS, None, {"persistedQuery": persisted_query})
    told = 'extensions.persistedQuery must read {"version": 1, "sha256Hash": "…"}: '
    assert str(refused.value) == f"{told}{reason}."


def _registered(documents: Documents, texts: Sequence[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(documents.find(None, None, by_hash(text)))
        except PersistedQueryNotFound:
            continue
    return found


def _numbered(number: int, characters: int = 20) -> str:
    return f"{{ books }} # {number}".ljust(characters)


def test_what_is_remembered_is_bounded_in_number() -> None:
    documents = Documents(errors_in, {}, registered_max=3, registered_bytes_max=30_000)
    texts = [_numbered(number) for number in range(4)]
    for text in texts[:3]:
        documents.find(text, None, by_hash(text))
    documents.find(None, None, by_hash(texts[0]))  # so that the second is the one not asked for longest
    documents.find(texts[3], None, by_hash(texts[3]))
    assert _registered(documents, texts) == [texts[0], texts[2], texts[3]]


def test_what_is_remembered_is_bounded_in_bytes() -> None:
    documents = Documents(errors_in, {}, registered_max=100, registered_bytes_max=30_000)
    texts = [_numbered(number, 9_000) for number in range(4)]
    for text in texts:
        documents.find(text, None, by_hash(text))
    assert _registered(documents, texts) == texts[1:]
    wide = _numbered(4, 9_000) + "😀"  # four bytes for each character
    assert documents.find(wide, None, by_hash(wide)) == wide
    assert _registered(documents, [*texts, wide]) == texts[1:]


@pytest.mark.parametrize("only", [False, True])
def test_a_trusted_document_is_found_by_every_name_and_by_its_text(*, only: bool) -> None:
    documents, digest = trusting(only=only), digest_of(BOOKS)
    for id_ in ("books", digest, f"sha256:{digest}"):
        assert documents.find(None, id_, None) == BOOKS
        assert documents.find(BOOKS, id_, None) == BOOKS
    assert documents.find(None, None, by_hash(BOOKS)) == BOOKS
    assert documents.find(BOOKS, None, by_hash(BOOKS)) == BOOKS
    assert documents.find(BOOKS, None, None) == BOOKS
    # Apollo Client sends the ids of its manifest as hashes, whatever they are; urql sends a hash beside the id.
    assert documents.find(None, None, {"persistedQuery": {"version": 1, "sha256Hash": "books"}}) == BOOKS
    assert documents.find(None, "books", by_hash(AUTHORS)) == BOOKS


def test_an_unknown_document_id_is_told() -> None:
    with pytest.raises(DocumentNotFound) as refused:
        trusting(only=False).find(None, "authors", None)
    assert refused.value.extensions == {"code": "DOCUMENT_NOT_FOUND"}
    assert (refused.value.status, refused.value.status_as_json) == (400, 200)


def test_a_trusted_id_with_another_text_is_refused() -> None:
    with pytest.raises(DocumentMisnamed):
        trusting(only=False).find(AUTHORS, "books", None)


def test_beside_trusted_documents_others_are_answered_and_registered() -> None:
    documents = trusting(only=False)
    assert documents.find(AUTHORS, None, None) == AUTHORS
    assert documents.find(AUTHORS, None, by_hash(AUTHORS)) == AUTHORS
    assert documents.find(None, None, by_hash(AUTHORS)) == AUTHORS


def test_where_only_trusted_documents_are_answered_no_other_is_and_none_is_registered() -> None:
    documents = trusting(only=True)
    for id_, extensions in ((None, None), (None, by_hash(AUTHORS)), (digest_of(AUTHORS), None)):
        with pytest.raises(DocumentNotTrusted) as refused:
            documents.find(AUTHORS, id_, extensions)
        assert refused.value.extensions == {"code": "DOCUMENT_NOT_TRUSTED"}
        assert (refused.value.status, refused.value.status_as_json) == (400, 200)
    with pytest.raises(PersistedQueryNotFound):
        documents.find(None, None, by_hash(AUTHORS))
    with pytest.raises(DocumentMissing):
        documents.find(None, None, None)


def test_the_documentation_tells_every_code() -> None:
    told = (ROOT / "docs" / "queries.md").read_text()
    assert [each.code for each in DocumentRefused.__subclasses__() if f"`{each.code}`" not in told] == []
