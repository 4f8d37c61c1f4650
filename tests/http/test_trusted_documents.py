"""The file of trusted documents: the forms it may have, and the one sentence that says what is wrong with it."""

import json
from pathlib import Path

import pytest

from app.http.documents import digest_of
from app.http.trusted_documents import read_trusted_documents
from app.settings import InvalidSetting
from tests.http.test_documents import AUTHORS, BOOKS, INVALID, errors_in

BY_NAME = {"books": BOOKS, "authors": AUTHORS, digest_of(BOOKS): BOOKS, digest_of(AUTHORS): AUTHORS}


def written(folder: Path, content: object) -> Path:
    path = folder / "trusted.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def apollo(**operations: str) -> dict[str, object]:
    listed = [{"id": id_, "name": "Named", "type": "query", "body": body} for id_, body in operations.items()]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": listed}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"books": BOOKS, "authors": AUTHORS}, BY_NAME),
        (apollo(books=BOOKS, authors=AUTHORS), BY_NAME),
        ({digest_of(BOOKS): BOOKS}, {digest_of(BOOKS): BOOKS}),
        ({f"sha256:{digest_of(BOOKS)}": BOOKS}, {digest_of(BOOKS): BOOKS}),
        ({"format": BOOKS, "version": BOOKS}, {"format": BOOKS, "version": BOOKS, digest_of(BOOKS): BOOKS}),
        ({}, {}),
    ],
)
def test_both_forms_are_read(tmp_path: Path, content: object, expected: dict[str, str]) -> None:
    assert read_trusted_documents(written(tmp_path, content), errors_in) == expected


def test_an_id_means_what_the_file_says(tmp_path: Path) -> None:
    path = written(tmp_path, {digest_of(BOOKS): AUTHORS, "books": BOOKS})
    assert read_trusted_documents(path, errors_in)[digest_of(BOOKS)] == AUTHORS


FORMS = "must be a JSON object of texts by id, or Apollo's manifest"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", f"{FORMS}: Input data was truncated"),
        (b"\xff", f"{FORMS}: JSON is malformed: invalid character (byte 0)"),
        ([BOOKS], f"{FORMS}: Expected `object`, got `array`"),
        ({"books": 1}, f"{FORMS}: Expected `str`, got `int` - at `$[...]`"),
        (apollo(books=BOOKS) | {"version": 2}, f"{FORMS}: Invalid enum value 2 - at `$.version`"),
        (
            apollo() | {"operations": [{"id": "books"}]},
            f"{FORMS}: Object missing required field `body` - at `$.operations[0]`",
        ),
        (
            {"books": BOOKS, "wrong": INVALID},
            "holds a document 'wrong' that is not valid: Cannot query field 'nothing' on type 'Query'",
        ),
        ({"torn": "{"}, "holds a document 'torn' that is not valid: Syntax Error: Expected Name, found <EOF>"),
        (
            {f"sha256:{digest_of(AUTHORS)}": BOOKS},
            f"holds a document 'sha256:{digest_of(AUTHORS)}' whose SHA-256 is {digest_of(BOOKS)}",
        ),
        (
            apollo() | {"operations": [{"id": "a", "body": BOOKS}, {"id": "a", "body": AUTHORS}]},
            "holds two documents 'a'",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, content: object, told: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidSetting) as refused:
        read_trusted_documents(path, errors_in)
    assert str(refused.value) == f"TRUSTED_DOCUMENTS, {path}, {told}"


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    with pytest.raises(InvalidSetting) as refused:
        read_trusted_documents(path, errors_in)
    assert str(refused.value) == f"TRUSTED_DOCUMENTS, {path}, cannot be read: No such file or directory"
