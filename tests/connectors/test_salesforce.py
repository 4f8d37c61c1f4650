"""Salesforce's own: SOQL, paging of rows and of relationships, keyset windows, ids of two lengths."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors.contract import Page, SourceGarbled, SourceRefused, SourceThrottled, Window
from app.connectors.ports.crm import CaseSource, InteractionKind, InteractionRecord, InteractionSource
from app.connectors.registry import Registry
from app.connectors.salesforce import soql
from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.soql import Comparison, Junction, parse
from app.sandbox.salesforce.wire import URI_BYTES_MAX, SalesforceApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import (
    contact_id,
    make_case,
    make_config,
    make_contact,
    make_email,
    make_event,
    make_opportunity,
    make_role,
    make_task,
    record_id,
)


class Org:
    """A connector to an org in this process, with small pages."""

    def __init__(self, org: SalesforceOrg, *, rows_per_page: int = 2_000, **settings: str) -> None:
        self.clock = FakeClock()
        app = SalesforceApp(org, rows_per_page=rows_per_page, monotonic=self.clock.monotonic)
        http = httpx2.ASGITransport(app.asgi)
        config = make_config("salesforce", "http://salesforce.test", **settings)
        registry = Registry([config], http=http, clock=self.clock.as_clock())
        self._connector = registry["salesforce"]

    async def cases(self, *contacts: str, first: int = 10, after: tuple[datetime, str] | None = None) -> Any:
        assert isinstance(self._connector, CaseSource)
        return await self._connector.cases(contacts, Window(first, after), deadline=self.clock.monotonic() + 60)

    async def interactions(self, *contacts: str, first: int = 10, after: tuple[datetime, str] | None = None) -> Any:
        assert isinstance(self._connector, InteractionSource)
        return await self._connector.interactions(contacts, Window(first, after), deadline=self.clock.monotonic() + 60)


def ids(page: Page[Any]) -> list[str]:
    return [item.external_id for item in page.items]


ADA, BOB = contact_id(1), contact_id(2)


@given(text=st.text(st.sampled_from("a'\\\n) OR") | st.characters(codec="utf-8")))
def test_no_text_leaves_its_quotes(text: str) -> None:
    query = parse(f"SELECT Id FROM Case WHERE Subject = {soql.quoted(text)} AND IsClosed = true")
    assert query.where == Junction("AND", (Comparison("Subject", "=", text), Comparison("IsClosed", "=", True)))


def test_text_is_escaped() -> None:
    assert soql.quoted("O'Hara \\ Sons") == "'O\\'Hara \\\\ Sons'"


def test_times_are_utc_with_milliseconds() -> None:
    berlin = timezone(timedelta(hours=1))
    assert soql.timestamp(datetime(2026, 11, 1, 9, 5, 3, 7_999, tzinfo=berlin)) == "2026-11-01T08:05:03.007Z"


def test_many_contacts_are_one_query() -> None:
    window = Window(2, (datetime(2026, 10, 2, tzinfo=UTC), record_id("500", 7)))
    assert soql.cases_of_contacts([ADA, BOB], window) == (
        "SELECT Id, (SELECT Id, CaseNumber, Subject, Status, Priority, Origin, CreatedDate, ClosedDate FROM Cases "
        "WHERE (CreatedDate < 2026-10-02T00:00:00.000Z "
        "OR (CreatedDate = 2026-10-02T00:00:00.000Z AND Id < '500000000000007AAA')) "
        f"ORDER BY CreatedDate DESC, Id DESC LIMIT 3) FROM Contact WHERE Id IN ('{ADA}', '{BOB}')"
    )


@pytest.mark.parametrize("foreign_id", ["12345", "' OR Id != '", ""])
async def test_a_page_may_follow_another_sources_item(foreign_id: str) -> None:
    cases = [make_case(n, contact=1, created=f"2026-10-0{n}T08:00:00") for n in (1, 2, 3)]
    org = Org(SalesforceOrg([make_contact(1)], cases))
    page = (await org.cases(ADA, after=(datetime(2026, 10, 2, 8, tzinfo=UTC), foreign_id)))[ADA]
    assert ids(page) == [record_id("500", 1)]


def test_a_full_chunk_fits_into_a_uri() -> None:
    window = Window(100, (datetime(2026, 10, 2, tzinfo=UTC), record_id("500", 1)))
    contacts = [contact_id(number) for number in range(200)]
    for query in (
        soql.cases_of_contacts,
        soql.activities_and_opportunities_of_contacts,
        soql.emails_of_contacts,
    ):
        uri = httpx2.Request(
            "GET", "https://salesforce.test/services/data/v67.0/query", params={"q": query(contacts, window)}
        ).url
        assert len(str(uri)) < URI_BYTES_MAX / 2


async def test_rows_and_relationships_are_paged() -> None:
    cases = [
        make_case(contact * 10 + number, contact=contact, created=f"2026-10-{number:02d}T08:00:00")
        for contact in range(1, 6)
        for number in range(1, 6)
    ]
    org = Org(SalesforceOrg(contacts=[make_contact(n) for n in range(1, 6)], cases=cases), rows_per_page=2)
    pages = await org.cases(*(contact_id(n) for n in range(1, 6)), first=4)
    assert {key: ids(page) for key, page in pages.items()} == {
        contact_id(n): [record_id("500", n * 10 + number) for number in (5, 4, 3, 2)] for n in range(1, 6)
    }
    assert all(page.has_next for page in pages.values())


async def test_pages_of_interactions_follow_each_other_without_gap_or_repeat() -> None:
    noon = "2026-10-01T12:00:00"
    data = SalesforceOrg(
        contacts=[make_contact(1)],
        cases=[make_case(1, contact=1, created=noon), make_case(2, contact=1, created=noon)],
        tasks=[make_task(n, contact=1, created=noon) for n in (1, 2)],
        events=[make_event(1, contact=1, start=noon), make_event(2, contact=1, start="2026-10-01T13:00:00")],
        email_messages=[make_email(1, case=1, sent=noon), make_email(2, case=2, sent="2026-10-01T11:00:00")],
    )
    org, seen, after = Org(data), [], None
    while True:
        page = (await org.interactions(ADA, first=2, after=after))[ADA]
        seen += ids(page)
        if not page.has_next:
            break
        after = (page.items[-1].at, page.items[-1].external_id)
    newest, oldest = record_id("00U", 2), record_id("02s", 2)
    at_noon = [record_id("02s", 1), record_id("00U", 1), record_id("00T", 2), record_id("00T", 1)]
    assert seen == [newest, *at_noon, oldest]


async def test_only_what_happened_is_an_interaction() -> None:
    data = SalesforceOrg(
        contacts=[make_contact(1)],
        cases=[make_case(1, contact=1, created="2026-10-01T08:00:00")],
        tasks=[
            make_task(1, contact=1, created="2026-10-01T08:00:00", IsClosed=False),
            make_task(2, contact=1, created="2026-10-01T08:00:00", TaskSubtype="Email"),
            make_task(3, contact=1, created="2026-10-01T08:00:00", TaskSubtype=None),
        ],
        events=[make_event(1, contact=1, start="2026-10-01T08:00:00", IsChild=True)],
        email_messages=[
            make_email(1, case=1, sent="2026-10-01T08:00:00", Status="5"),
            make_email(2, case=1, sent="2026-10-01T08:00:00") | {"MessageDate": None},
            make_email(3, case=1, sent="2026-10-01T08:00:00", Incoming=False, Status="3"),
        ],
    )
    page = (await Org(data).interactions(ADA))[ADA]
    assert [(each.external_id, each.kind, each.agent) for each in page.items] == [
        (record_id("02s", 3), "EMAIL", "Ada"),
        (record_id("00T", 3), "NOTE", None),
    ]


SALES = SalesforceOrg(
    contacts=[make_contact(1), make_contact(2)],
    opportunities=[
        make_opportunity(1, created="2026-10-01T08:00:00", Owner={"Name": "Grace"}),
        make_opportunity(2, created="2026-10-02T08:00:00", Amount=None, StageName="Closed Won"),
    ],
    opportunity_contact_roles=[
        make_role(1, contact=1, opportunity=1, role="Decision Maker"),
        make_role(2, contact=1, opportunity=2),
        make_role(3, contact=2, opportunity=1),
    ],
    tasks=[make_task(1, contact=1, created="2026-10-01T12:00:00")],
)


async def test_an_opportunity_is_an_interaction_of_those_with_a_part_in_it() -> None:
    pages = await Org(SALES).interactions(ADA, BOB)
    assert pages[ADA].items[0] == InteractionRecord(
        external_id=record_id("00K", 2),
        kind=InteractionKind.SALES,
        at=datetime(2026, 10, 2, 8, tzinfo=UTC),
        subject="Deal 2 (Closed Won)",
        body="Stage: Closed Won\nClose date: 2026-12-01",
        agent=None,
    )
    assert ids(pages[ADA]) == [record_id("00K", 2), record_id("00T", 1), record_id("00K", 1)]
    assert [(each.body, each.agent) for each in pages[BOB].items] == [
        ("Stage: Negotiation\nAmount: 12,500.50\nClose date: 2026-12-01", "Grace")
    ]


async def test_pages_go_on_behind_an_opportunity() -> None:
    org, seen, after = Org(SALES), [], None
    for _ in range(3):
        page = (await org.interactions(ADA, first=1, after=after))[ADA]
        seen += ids(page)
        after = (page.items[-1].at, page.items[-1].external_id)
    assert seen == [record_id("00K", 2), record_id("00T", 1), record_id("00K", 1)]
    assert not page.has_next


async def test_an_org_without_opportunities_is_not_asked_for_them() -> None:
    org = replace(SALES, hidden=frozenset({"Opportunity", "OpportunityContactRole"}))
    with pytest.raises(SourceRefused, match="INVALID_TYPE"):
        await Org(org).interactions(ADA)
    assert ids((await Org(org, opportunities="no").interactions(ADA))[ADA]) == [record_id("00T", 1)]


async def test_ids_of_15_characters_find_the_same_contact() -> None:
    org = Org(SalesforceOrg([make_contact(1)], [make_case(1, contact=1, created="2026-10-01T08:00:00")]))
    pages = await org.cases(ADA[:15], ADA)
    assert ids(pages[ADA[:15]]) == ids(pages[ADA]) == [record_id("500", 1)]


async def test_a_case_without_subject_has_an_empty_one() -> None:
    org = Org(SalesforceOrg([make_contact(1)], [make_case(1, contact=1, created="2026-10-01T08:00:00", Subject=None)]))
    page = (await org.cases(ADA))[ADA]
    assert page.items[0].subject == ""


@dataclass(frozen=True)
class Answers:
    """Grants any token and gives one answer to every query."""

    body: object
    status: int = 200

    def connector(self) -> CaseSource:
        async def answer(request: httpx2.Request) -> httpx2.Response:
            if request.url.path.endswith("/token"):
                return httpx2.Response(200, json={"access_token": "t"})
            return httpx2.Response(self.status, json=self.body)

        clock = FakeClock().as_clock()
        config = make_config("salesforce", "http://salesforce.test")
        connector = Registry([config], http=httpx2.MockTransport(answer), clock=clock)["salesforce"]
        assert isinstance(connector, CaseSource)
        return connector


@pytest.mark.parametrize(
    ("limit", "retry_after_s"),
    [
        ("TotalRequests Limit exceeded.", 7_200),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", None),
        ("ConcurrentPerOrgLongTxn Limit exceeded.", None),
    ],
)
async def test_only_the_days_requests_are_waited_for_for_hours(limit: str, retry_after_s: float | None) -> None:
    answers = Answers([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": limit}], status=403)
    with pytest.raises(SourceThrottled) as throttled:
        await answers.connector().cases([ADA], Window(1), deadline=FakeClock().monotonic() + 60)
    assert throttled.value.retry_after_s == retry_after_s


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"done": False, "records": [], "nextRecordsUrl": "http://evil.test/"},
            "gave no usable address of the next page",
        ),
        (
            {"done": False, "records": [], "nextRecordsUrl": "/services/data/v67.0/sobjects/Contact"},
            "gave no usable address",
        ),
        (
            {"done": False, "records": [], "nextRecordsUrl": "/services/data/v67.0/query/../sobjects/Contact"},
            "gave no usable address",
        ),
        ({"done": False, "records": []}, "gave no usable address of the next page"),
        (
            {"done": False, "records": [], "nextRecordsUrl": "/services/data/v67.0/query/01g-1"},
            "answered with more than 20 pages",
        ),
        ({"done": True, "records": [{"Id": 5, "Cases": None}]}, "sent an answer that cannot be read"),
        ({"done": True, "records": [{"Id": ADA}]}, "sent an answer that cannot be read"),
        ({"done": True}, "sent an answer that cannot be read"),
    ],
    ids=["foreign page", "other resource", "above", "no page", "endless", "wrong type", "missing field", "no records"],
)
async def test_an_answer_that_makes_no_sense_is_garbled(body: Mapping[str, Any], message: str) -> None:
    with pytest.raises(SourceGarbled, match=f"^salesforce {re.escape(message)}"):
        await Answers(body).connector().cases([ADA], Window(1), deadline=2_000)
