"""Cases that are opened for us: once, whatever is lost under way, with a field for the key and without one."""

from dataclasses import replace
from typing import Any

import pytest

from app.connectors.contract import SourceRefused, SourceThrottled, SourceUnavailable
from app.connectors.ports.crm import NewCase
from app.connectors.ports.sinks import Written
from app.connectors.registry import Registry
from app.connectors.source_config import InvalidSourceConfig
from app.sandbox.data import SalesforceOrg
from app.sandbox.salesforce.objects import CASE_KEY_FIELD
from tests.connectors.salesforce_org import SalesforceInProcess
from tests.connectors.vendor_rows import contact_id, make_case, make_config, make_contact

KEY = "salesforce:cases:ü/1001"
CASE = NewCase(
    customer_external_id=contact_id(1),
    subject="Wrong size",
    description="The shoes are too small.",
    priority="High",
    order_number="1001",
)
ORG = SalesforceOrg(contacts=[make_contact(1), make_contact(2)])


class Desk(SalesforceInProcess):
    async def open(self, case: NewCase = CASE, *, key: str = KEY, is_repeat: bool = False) -> Written:
        return await self.connector.open_case(key, case, is_repeat=is_repeat, deadline=self.deadline)

    @property
    def cases(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.records.rows("Case")]


def without_field(org: SalesforceOrg = ORG) -> Desk:
    return Desk(org)


def with_field(org: SalesforceOrg = ORG) -> Desk:
    return Desk(org, {"case_key_field": CASE_KEY_FIELD})


BOTH = pytest.mark.parametrize("make_desk", [without_field, with_field])


@BOTH
async def test_a_case_is_opened_as_asked(make_desk: Any) -> None:
    desk = make_desk()
    written = await desk.open()
    (case,) = desk.cases
    assert written == Written(case["Id"], f"http://salesforce.test/{case['Id']}")
    assert (case["ContactId"], case["Subject"], case["Priority"]) == (contact_id(1), "Wrong size", "High")
    assert case["Description"].startswith("The shoes are too small.\n\nOrder: 1001")


@BOTH
async def test_a_case_of_nobody_we_know(make_desk: Any) -> None:
    desk = make_desk()
    case = NewCase(customer_external_id=None, subject="Lost parcel", description="It is not ours.")
    await desk.open(case)
    await desk.open(case, is_repeat=True)
    (row,) = desk.cases
    assert ("ContactId" in row, row["Subject"]) == (False, "Lost parcel")


@BOTH
async def test_a_repeat_after_an_answer_that_was_lost_opens_no_second_case(make_desk: Any) -> None:
    desk = make_desk()
    desk.lost = 3
    with pytest.raises(SourceUnavailable):
        await desk.open()
    assert len(desk.cases) == 1
    repeated = await desk.open(is_repeat=True)
    assert [case["Id"] for case in desk.cases] == [repeated.external_id]
    assert sum(desk.records.effects.shown()["case"].values()) == 1


@BOTH
async def test_a_repeat_of_what_never_arrived_opens_it(make_desk: Any) -> None:
    desk = make_desk(SalesforceOrg(ORG.contacts, [make_case(7, contact=1, created="2026-11-20T11:00:00")]))
    written = await desk.open(is_repeat=True)
    assert written.external_id in {case["Id"] for case in desk.cases}
    assert len(desk.cases) == 2


@BOTH
async def test_other_cases_with_the_same_words_are_not_taken_for_it(make_desk: Any) -> None:
    desk = make_desk()
    first = await desk.open(key="salesforce:cases:1")
    second = await desk.open(key="salesforce:cases:11", is_repeat=True)
    assert first.external_id != second.external_id
    assert await desk.open(key="salesforce:cases:1", is_repeat=True) == first
    assert len(desk.cases) == 2


async def test_without_a_field_a_case_is_sent_once_by_itself() -> None:
    desk = without_field()
    desk.lost = 1
    with pytest.raises(SourceUnavailable, match="broke off the connection"):
        await desk.open()
    assert desk.paths == ["token", "Case"]


async def test_with_a_field_it_is_sent_again_at_once() -> None:
    desk = with_field()
    desk.lost = 1
    await desk.open()
    assert len(desk.cases) == 1
    assert desk.paths == ["token", "1001", "1001"]


async def test_texts_longer_than_their_fields_are_cut_before_the_key() -> None:
    desk = without_field()
    case = NewCase(customer_external_id=contact_id(1), subject="S" * 300, description="D" * 40_000, order_number="1001")
    first = await desk.open(case)
    (row,) = desk.cases
    assert (len(row["Subject"]), len(row["Description"])) == (255, 32_000)
    assert await desk.open(case, is_repeat=True) == first


@BOTH
async def test_a_subject_of_several_lines_becomes_one(make_desk: Any) -> None:
    """Its field has one, and a repeat looks for what stands there."""
    desk = make_desk()
    case = replace(CASE, subject=" Wrong size:\r\n\t7 for 8 ")
    first = await desk.open(case)
    assert [row["Subject"] for row in desk.cases] == ["Wrong size: 7 for 8"]
    assert await desk.open(case, is_repeat=True) == first


@pytest.mark.parametrize(
    ("customer", "told"),
    [
        ("0031", "HTTP 400 MALFORMED_ID: ContactId"),
        (contact_id(9), "HTTP 400 INVALID_CROSS_REFERENCE_KEY"),
    ],
)
@BOTH
async def test_what_salesforce_does_not_take_is_refused_with_its_fields(
    make_desk: Any, customer: str, told: str
) -> None:
    desk = make_desk()
    case = NewCase(customer_external_id=customer, subject="Help", description="s3cret words")
    with pytest.raises(SourceRefused) as refused:
        await desk.open(case)
    assert str(refused.value) == f"salesforce refused the request ({told})"
    assert desk.cases == []


async def test_a_field_that_is_not_there_is_refused() -> None:
    desk = Desk(ORG, {"case_key_field": "Nowhere__c"})
    with pytest.raises(SourceRefused, match=r"^salesforce refused the request \(HTTP 404 NOT_FOUND\)$"):
        await desk.open()
    assert desk.cases == []


@pytest.mark.parametrize("name", ["Subject", "Key__c/..", "Key__c' OR"])
def test_only_a_custom_fields_name_can_be_the_keys(name: str) -> None:
    config = make_config("salesforce", "http://salesforce.test", case_key_field=name)
    with pytest.raises(InvalidSourceConfig, match="case_key_field must be a custom field's name"):
        Registry([config])


async def test_used_up_requests_are_no_refusal_and_free_themselves_with_the_day() -> None:
    desk = Desk(ORG, daily_requests_max=1)
    await desk.open()
    with pytest.raises(SourceThrottled) as throttled:
        await desk.open(key="another")
    assert str(throttled.value) == "salesforce asks for fewer requests (HTTP 403 REQUEST_LIMIT_EXCEEDED)"
    assert throttled.value.retry_after_s == 7_200
    # It was not tried again by itself, and not done.
    assert (desk.paths, len(desk.cases)) == (["token", "Case", "Case"], 1)
    desk.clock.now_s += 86_400
    await desk.open(key="another")
    assert len(desk.cases) == 2
