"""Every name in all that this connector sends, and that the sandbox has, is in Salesforce's own descriptions."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.connectors.contract import Window
from app.connectors.salesforce import soql
from app.connectors.salesforce.contacts import ContactRow
from app.sandbox.salesforce.objects import OBJECTS
from app.sandbox.salesforce.soql import parse
from tests.connectors.vendor_rows import contact_id, record_id
from tests.specifications import salesforce as specification
from tests.specifications.exchange import Exchange, Violation

pytestmark = pytest.mark.skipif(
    not specification.FOLDER.is_dir(), reason="needs ../shared/specs/salesforce, which is not here"
)

LATER = datetime(2026, 10, 2, tzinfo=UTC)
WINDOWS = (Window(3), Window(3, (LATER, contact_id(9))), Window(3, (LATER, "of another source")))
POSITIONS = (soql.Position(LATER), soql.Position(LATER, record_id("500", 1)))


def queries() -> Iterable[str]:
    """One of each that the connector can send."""
    ids = [contact_id(1), contact_id(2)]
    for window in WINDOWS:
        yield soql.cases_of_contacts(ids, window)
        yield soql.activities_of_contacts(ids, window)
        yield soql.activities_and_opportunities_of_contacts(ids, window)
        yield soql.emails_of_contacts(ids, window)
    for position in (None, *POSITIONS):
        yield soql.contacts_changed_after(position, ContactRow, 500)
    for position in POSITIONS:
        yield soql.cases_changed_after(position, 500)
    yield soql.contacts_by_id(ContactRow, ids)
    yield soql.latest_changed_case()
    yield soql.cases_like(contact_id(1), "O'Hara", LATER, 200)
    yield soql.cases_like(None, "Help", LATER, 200)


@pytest.mark.parametrize("query", tuple(queries()))
def test_every_name_is_salesforces_and_may_stand_where_it_stands(query: str) -> None:
    assert parse(query)
    assert set(specification.of_query(query)) == set()


@pytest.mark.parametrize("name", OBJECTS)
def test_the_sandboxed_objects_are_salesforces(name: str) -> None:
    assert set(specification.of_description(name, OBJECTS[name].describe(name))) == set()


def exchange(
    method: str, path: str, body: Any = None, answer: Any = None, *, status: int = 200, q: str = ""
) -> Exchange:
    content = b"" if body is None else json.dumps(body).encode()
    path, query = f"/services/data/v67.0{path}", (("q", q),) if q else ()
    return Exchange("salesforce", method, path, query, {}, content, status, {}, json.dumps(answer).encode())


NONE_FOUND = {"totalSize": 0, "done": True, "records": []}


@pytest.mark.parametrize(
    ("wrong", "where", "keyword"),
    [
        (exchange("GET", "/query", answer=NONE_FOUND, q="SELECT Wings FROM Case"), "Case.Wings", "field"),
        (
            exchange("GET", "/query", answer=NONE_FOUND, q="SELECT Id FROM Case WHERE Description = 'x'"),
            "Case.Description",
            "filterable",
        ),
        (
            exchange("GET", "/query", answer=NONE_FOUND, q="SELECT Id FROM Case WHERE CreatedDate > 'today'"),
            "Case.CreatedDate",
            "literal",
        ),
        (
            exchange("GET", "/query", answer=NONE_FOUND, q="SELECT Id, (SELECT Id FROM Wings) FROM Contact"),
            "Contact.Wings",
            "relationship",
        ),
        (
            exchange(
                "GET",
                "/query",
                answer={
                    "totalSize": 1,
                    "done": True,
                    "records": [{"attributes": {"type": "Case"}, "CreatedDate": "2026-10-02T08:00:00Z"}],
                },
                q="SELECT CreatedDate FROM Case",
            ),
            "Case.CreatedDate",
            "type",
        ),
        (exchange("GET", "/query", answer={"records": [], "done": False}, q="SELECT Id FROM Case"), "", "result"),
        (
            exchange(
                "POST",
                "/sobjects/Case",
                {"CaseNumber": "1"},
                {"id": record_id("500", 1), "success": True, "errors": []},
                status=201,
            ),
            "Case.CaseNumber",
            "createable",
        ),
        (exchange("POST", "/sobjects/Case", {"Subject": "Help"}, {"id": "1"}, status=201), "", "answer"),
        (exchange("GET", "/sobjects/Wings/describe", answer={}), "Wings", "object"),
        (exchange("GET", "/wings"), "", "path"),
        (exchange("GET", "/query", answer={"error": "no"}, status=400, q="SELECT"), "", "error"),
    ],
)
def test_what_is_wrong_is_found(wrong: Exchange, where: str, keyword: str) -> None:
    found = [violation for violation in specification.violations(wrong) if isinstance(violation, Violation)]
    assert (where, keyword) in {(violation.where, violation.keyword) for violation in found}
