"""What a check finds in an org that has everything, and in those that lack something."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.checking import Finding
from app.connectors.salesforce.check import Use, uses
from app.connectors.salesforce.contacts import ContactRow
from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.objects import CASE_KEY_FIELD
from app.sandbox.salesforce.soql import Comparison, Condition, Junction, Membership, Select, parse
from tests.connectors.salesforce_org import SalesforceInProcess
from tests.connectors.test_salesforce_specification import queries

OBJECTS = (
    "Contact", "Account", "Case", "Task", "Event", "EmailMessage", "OpportunityContactRole", "Opportunity",
)  # fmt: skip
EVERYTHING = uses(ContactRow, has_opportunities=True, case_key_field=None)


async def findings(*hidden: str, **settings: str) -> dict[str, Finding]:
    org = SalesforceInProcess(SalesforceOrg(hidden=frozenset(hidden)), settings)
    found = await org.connector.check(deadline=org.deadline)
    return {each.what: each for each in found}


async def test_an_org_with_everything_is_found_sound_for_one_request_an_object() -> None:
    org = SalesforceInProcess(SalesforceOrg(), {"case_key_field": CASE_KEY_FIELD})
    found = await org.connector.check(deadline=org.deadline)
    assert [each.what for each in found] == ["credentials", *(f"object {name}" for name in OBJECTS), "requests"]
    assert [each.what for each in found if not each.is_ok] == []
    assert found[1].detail == "The fields that we use are there: 14."
    assert found[-1].detail == "8 of 5,000,000 requests of the org in 24 hours are used."
    assert org.paths == ["token", *["describe"] * len(OBJECTS)]
    assert list(org.records.rows("Case")) == []


async def test_wrong_credentials_are_one_finding() -> None:
    assert list((await findings(client_secret="wrong")).values()) == [
        Finding("credentials", is_ok=False, detail="salesforce does not accept our credentials.")
    ]


@pytest.mark.parametrize(
    ("hidden", "what", "detail"),
    [
        (
            ("Contact.Email", "Contact.MobilePhone"),
            "object Contact",
            "Amiss: not there, or our user may not see them: Email, MobilePhone.",
        ),
        (("Contact.Tasks",), "object Contact", "Amiss: relationships that are not there: Tasks."),
        (
            ("EmailMessage",),
            "object EmailMessage",
            "It is not there for our user, who needs the permission to read it.",
        ),
        (
            ("Opportunity",),
            "object Opportunity",
            "It is not there for our user, who needs the permission to read it. "
            'Or leave opportunities out: opportunities = "no" in the settings.',
        ),
    ],
)
async def test_what_is_missing_is_named(hidden: tuple[str, ...], what: str, detail: str) -> None:
    found = await findings(*hidden)
    assert [each for each in found.values() if not each.is_ok] == [Finding(what, is_ok=False, detail=detail)]


async def test_opportunities_that_are_left_out_are_not_looked_for() -> None:
    found = await findings("Opportunity", "OpportunityContactRole", opportunities="no")
    assert [each.what for each in found.values() if not each.is_ok] == []
    assert "object Opportunity" not in found


async def test_a_field_for_keys_must_be_an_external_id() -> None:
    found = (await findings(case_key_field="Other__c"))["object Case"]
    assert (found.is_ok, found.detail) == (False, "Amiss: Other__c is no external id field that our user may see.")


@pytest.mark.parametrize(
    ("lacking", "detail"),
    [
        ("uniques", f"Amiss: {CASE_KEY_FIELD} is not unique, so a key may open two cases."),
        ("createable", f"Amiss: our user may not set: {CASE_KEY_FIELD}."),
    ],
)
async def test_a_field_for_keys_must_be_unique_and_ours_to_set(lacking: str, detail: str) -> None:
    org = SalesforceInProcess(SalesforceOrg(), {"case_key_field": CASE_KEY_FIELD})
    case = org.records.objects["Case"]
    org.records.objects["Case"] = replace(case, **{lacking: getattr(case, lacking) - {CASE_KEY_FIELD}})
    found = {each.what: each for each in await org.connector.check(deadline=org.deadline)}["object Case"]
    assert (found.is_ok, found.detail) == (False, detail)


async def test_address_codes_are_looked_for_where_they_are_asked_for() -> None:
    found = (await findings(address_codes="yes"))["object Contact"]
    missing = "MailingCountryCode, MailingStateCode"
    assert found.detail == f"Amiss: not there, or our user may not see them: {missing}."


async def test_most_of_the_requests_used_is_a_finding() -> None:
    org = SalesforceInProcess(SalesforceOrg(), daily_requests_max=8)
    found = (await org.connector.check(deadline=org.deadline))[-1]
    assert found == Finding("requests", is_ok=False, detail="8 of 8 requests of the org in 24 hours are used.")


async def test_an_org_that_does_not_answer_is_a_failure() -> None:
    org = SalesforceInProcess(SalesforceOrg())
    org.lost = 3
    with pytest.raises(SourceUnavailable):
        await org.connector.check(deadline=org.deadline)


def test_what_is_checked_is_what_the_queries_name() -> None:
    """Each query is taken apart, and what it names of an object has to be in that object's `Use`, and the other way."""
    named = [each for query in queries() for each in names(parse(query).source, parse(query))]
    for use in EVERYTHING:
        for clause in ("selected", "filtered", "sorted"):
            found = {name for owner, used_in, name in named if (owner, used_in) == (use.name, clause)}
            assert found == getattr(use, clause), f"{use.name} {clause}"


CHILDREN = {
    "Cases": "Case", "Tasks": "Task", "Events": "Event", "EmailMessages": "EmailMessage",
    "OpportunityContactRoles": "OpportunityContactRole",
}  # fmt: skip


def names(owner: str, select: Select) -> Iterator[tuple[str, str, str]]:
    """Object, clause and field; an Owner may be one of several objects, and has a Name in all of them."""
    for path in select.fields:
        yield from at_the_end(owner, "selected", path)
    for path in paths_in(select.where) if select.where else ():
        yield from at_the_end(owner, "filtered", path)
    for order in select.order_by:
        yield from at_the_end(owner, "sorted", order.field)
    for subquery in select.subqueries:
        assert subquery.source in child_relations(owner)
        yield from names(CHILDREN[subquery.source], subquery)


def child_relations(owner: str) -> frozenset[str]:
    (use,) = [each for each in EVERYTHING if each.name == owner]
    return use.children


def at_the_end(owner: str, clause: str, path: str) -> Iterator[tuple[str, str, str]]:
    *relations, name = path.split(".")
    if "Owner" not in relations:
        yield relations[-1] if relations else owner, clause, name


def paths_in(condition: Condition) -> Iterator[str]:
    match condition:
        case Junction(_, parts):
            for part in parts:
                yield from paths_in(part)
        case Comparison(path) | Membership(path):
            yield path


def test_what_is_written_is_checked() -> None:
    (case,) = [each for each in EVERYTHING if each.name == "Case"]
    assert isinstance(case, Use)
    assert case.created == {"ContactId", "Subject", "Description", "Priority"}
