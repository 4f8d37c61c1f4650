"""The sandbox's SOQL: what it understands, and how it refuses the rest."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.records import Records
from app.sandbox.salesforce.soql import Comparison, Junction, MalformedQuery, Membership, Order, Select, parse
from app.sandbox.salesforce.soql_results import InvalidQuery, QueryRun
from tests.connectors.vendor_rows import contact_id, make_case, make_contact, record_id

ORG = SalesforceOrg(
    contacts=[
        make_contact(1) | {"Email": "Ada@Example.com"},
        make_contact(2),
        make_contact(3) | {"Name": "O'Hara \\ Sons"},
    ],
    cases=[
        make_case(1, contact=1, created="2026-10-01T08:00:00", Priority="High", IsClosed=True),
        make_case(2, contact=1, created="2026-10-02T08:00:00"),
        make_case(3, contact=2, created="2026-10-02T08:00:00", Owner={"Name": "Grace"}),
    ],
)


def numbers(query: str) -> list[int]:
    """The trailing numbers of the Ids found."""
    return [int(record["Id"][3:15]) for record in run(query)]


def run(query: str) -> list[dict[str, Any]]:
    wrap = lambda records: {"totalSize": len(records), "records": records}  # noqa: E731
    return QueryRun(Records(ORG, now=lambda: 0.0), version="67.0", wrap=wrap).records(parse(query))


def test_a_query_is_parsed() -> None:
    query = (
        "SELECT Id, Owner.Name, (SELECT Id FROM EmailMessages LIMIT 1) FROM Case "
        "WHERE Id IN ('a', 'b') AND (CreatedDate < 2026-10-02T00:00:00.000Z OR IsClosed = true) "
        "ORDER BY CreatedDate DESC, Id LIMIT 5"
    )
    assert parse(query) == Select(
        fields=("Id", "Owner.Name"),
        subqueries=(Select(("Id",), (), "EmailMessages", None, (), 1),),
        source="Case",
        where=Junction(
            "AND",
            (
                Membership("Id", ("a", "b")),
                Junction(
                    "OR",
                    (
                        Comparison("CreatedDate", "<", datetime(2026, 10, 2, tzinfo=UTC)),
                        Comparison("IsClosed", "=", True),
                    ),
                ),
            ),
        ),
        order_by=(Order("CreatedDate", descending=True), Order("Id", descending=False)),
        limit=5,
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "expecting SELECT, found end of query"),
        ("DELETE FROM Case", "expecting SELECT, found DELETE"),
        ("SELECT FROM Case", "expecting FROM, found Case"),
        ("SELECT Id FROM Case WHERE", "unexpected end of query"),
        ("SELECT Id FROM Case WHERE Id LIKE 'a%'", "unexpected token: LIKE"),
        ("SELECT Id FROM Case WHERE Id = 'a' AND Id = 'b' OR Id = 'c'", "unexpected token: OR"),
        ("SELECT Id FROM Case WHERE Id = 'a", 'unexpected character at position 30: " \'a"'),
        ("SELECT Id FROM Case LIMIT many", "unexpected token: many"),
        ("SELECT Id FROM Case LIMIT 1 OFFSET 2", "unexpected token: OFFSET"),
        ("SELECT Id FROM Case WHERE Id IN ()", "unexpected token: )"),
        ("SELECT Id FROM Case; DROP", "unexpected character at position 19: '; DROP'"),
    ],
)
def test_what_is_no_soql_is_malformed(query: str, message: str) -> None:
    with pytest.raises(MalformedQuery) as malformed:
        parse(query)
    assert str(malformed.value) == message


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (f"Id = '{record_id('500', 1)}'", [1]),
        (f"Id = '{record_id('500', 1)[:15]}'", [1]),
        (f"ContactId IN ('{contact_id(1)}', '{contact_id(9)}')", [1, 2]),
        (f"Id < '{record_id('500', 3)}'", [1, 2]),
        (f"Id >= '{record_id('500', 2)}'", [2, 3]),
        ("CreatedDate = 2026-10-02T08:00:00.000Z", [2, 3]),
        ("CreatedDate <= 2026-10-01T10:00:00+02:00", [1]),
        ("CreatedDate > 2026-10-02T08:00:00Z", []),
        ("Priority = 'high'", [1]),
        ("Priority = null", [2, 3]),
        ("Priority != 'High'", [2, 3]),
        ("Priority != null", [1]),
        ("Priority < 'Low'", [1]),
        ("IsClosed = false", [2, 3]),
        ("Owner.Name = 'Grace'", [3]),
        ("IsClosed = true OR Owner.Name = 'Grace'", [1, 3]),
        ("IsClosed = false AND (Priority = 'High' OR Owner.Name = 'Grace')", [3]),
    ],
)
def test_conditions_find(where: str, found: list[int]) -> None:
    assert numbers(f"SELECT Id FROM Case WHERE {where}") == found


def test_escaped_text_is_found() -> None:
    assert numbers("SELECT Id FROM Contact WHERE Name = 'o\\'hara \\\\ sons'") == [3]


def test_rows_are_ordered_with_nulls_first_and_cut() -> None:
    assert numbers("SELECT Id FROM Case ORDER BY CreatedDate DESC, Id DESC LIMIT 2") == [3, 2]
    assert numbers("SELECT Id FROM Case ORDER BY Priority, Id DESC") == [3, 2, 1]
    assert numbers("SELECT Id FROM Case ORDER BY Priority DESC, Id") == [2, 3, 1]


def test_each_parent_has_its_own_children() -> None:
    records = run("SELECT Id, (SELECT CaseNumber FROM Cases ORDER BY CreatedDate DESC LIMIT 1) FROM Contact")
    assert [each["Cases"] and [case["CaseNumber"] for case in each["Cases"]["records"]] for each in records] == [
        ["00000002"],
        ["00000003"],
        None,
    ]


def test_a_record_has_its_attributes_and_the_fields_asked_for() -> None:
    records = run("SELECT Id, Priority, Owner.Name FROM Case WHERE Owner.Name = 'Grace'")
    identity = record_id("500", 3)
    assert records == [
        {
            "attributes": {"type": "Case", "url": f"/services/data/v67.0/sobjects/Case/{identity}"},
            "Id": identity,
            "Priority": None,
            "Owner": {"attributes": {"type": "Name"}, "Name": "Grace"},
        }
    ]


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("SELECT Id FROM Spaceship", "INVALID_TYPE", "sObject type 'Spaceship' is not supported."),
        ("SELECT Wings FROM Case", "INVALID_FIELD", "No such column 'Wings' on entity 'Case'."),
        ("SELECT Owner FROM Case", "INVALID_FIELD", "No such column 'Owner' on entity 'Case'."),
        ("SELECT Owner.Age FROM Case", "INVALID_FIELD", "No such column 'Owner.Age' on entity 'Case'."),
        ("SELECT Id FROM Case WHERE Wings = 2", "INVALID_FIELD", "No such column 'Wings' on entity 'Case'."),
        ("SELECT Id FROM Case ORDER BY Wings", "INVALID_FIELD", "No such column 'Wings' on entity 'Case'."),
        (
            "SELECT Id FROM Case WHERE Description = 'x'",
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Case WHERE CreatedDate < '2026-10-01'",
            "INVALID_FIELD",
            "value of filter criterion for field 'CreatedDate' must be of type DATETIME",
        ),
        ("SELECT Id FROM Case WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        (
            "SELECT Id, (SELECT Id FROM Ships) FROM Contact",
            "INVALID_TYPE",
            "Didn't understand relationship 'Ships' in FROM part of query call.",
        ),
    ],
)
def test_what_does_not_fit_the_objects_is_refused(query: str, code: str, message: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        run(query)
    assert (refused.value.error_code, str(refused.value)) == (code, message)
