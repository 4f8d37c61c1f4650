"""The CRM's side: contacts, the cases they opened about their orders, what agents did and wrote, and hope to sell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.order import OrderPaymentStatus, OrderReturnStatus, OrderStatus
from app.sandbox.data import SalesforceOrg
from app.sandbox.story.book import AGENTS, Book, Row
from app.sandbox.story.people import Shopper
from app.sandbox.story.play import Play
from app.sandbox.story.systems import salesforce_id, salesforce_time

_CASE_PROBABILITY = 0.12


@dataclass(frozen=True, slots=True)
class Topic:
    """What a case is about; the texts take the order's number."""

    subject: str
    question: str
    answer: str


_TRACKING = Topic(
    "Where is order {number}?",
    "I have not heard anything about order {number} since the confirmation. When will it arrive?",
    "Thank you for asking about order {number}. The carrier has it; the tracking link is on your order page.",
)
_RETURN = Topic(
    "Return label for order {number}",
    "I would like to send something from order {number} back. Could you mail me a label?",
    "The return for order {number} is open. The label is on your order page; any drop-off point takes the parcel.",
)
_EXCHANGE = Topic(
    "Exchange for a different size, order {number}",
    "The size in order {number} does not fit. May I exchange it?",
    "Certainly. The replacement goes out as soon as your parcel reaches us; nothing more is to be paid.",
)
_CANCELED = Topic(
    "Refund for canceled order {number}",
    "I canceled order {number}. When do I get my money back?",
    "The authorization for order {number} was released at once. Your bank shows it within five working days.",
)
_LATE = Topic(
    "Order {number} has not moved",
    "Tracking for order {number} has shown the same line for a day. Is it lost?",
    "We have asked the carrier about order {number} and will write again as soon as they answer.",
)
_PRODUCT = Topic(
    "Question about order {number}",
    "Is there a spare-parts kit for what I bought with order {number}?",
    "There is, and it is free within two years of order {number}. It is on its way to you.",
)

_HERO_CASES: tuple[tuple[int, Topic, bool], ...] = (
    (0, _TRACKING, False),
    (4, _EXCHANGE, False),
    (6, _RETURN, False),
    (7, _LATE, True),
)
"""Which of her orders, about what, and whether the case is still open."""


@dataclass(slots=True)
class _Desk:
    book: Book
    cases: list[Row] = field(default_factory=list)
    tasks: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    emails: list[Row] = field(default_factory=list)
    opportunities: list[Row] = field(default_factory=list)
    roles: list[Row] = field(default_factory=list)


def crm(book: Book, shoppers: Sequence[Shopper], plays: Sequence[Play]) -> SalesforceOrg:
    desk = _Desk(book)
    known: dict[UUID | None, Shopper] = {one.id: one for one in shoppers if "salesforce" in one.seen}
    hero = shoppers[0]
    hers = [play for play in plays if play.order["customer_id"] == hero.id]
    for turn, topic, is_open in _HERO_CASES:
        _open_case(desk, hero, hers[turn], topic, is_open=is_open)
    for play in plays:
        shopper = known.get(play.order["customer_id"])
        if shopper and shopper is not hero and book.chance(_CASE_PROBABILITY):
            _open_case(desk, shopper, play, _topic(play), is_open=book.now - play.at < timedelta(days=6))
    for shopper in known.values():
        _note_activities(desk, shopper)
        if shopper is hero or shopper.party.company:
            _open_opportunity(desk, shopper)
    return SalesforceOrg(
        contacts=[one.seen["salesforce"].record for one in known.values()],
        cases=desk.cases, tasks=desk.tasks, events=desk.events, email_messages=desk.emails,
        accounts=[_account(one) for one in known.values() if one.party.company],
        opportunities=desk.opportunities, opportunity_contact_roles=desk.roles,
    )  # fmt: skip


def _topic(play: Play) -> Topic:
    order = play.order
    if order["status"] is OrderStatus.CANCELED:
        return _CANCELED
    if order["return_status"] is not OrderReturnStatus.NONE:
        return _EXCHANGE if play.exchange else _RETURN
    if order["status"] is OrderStatus.COMPLETED:
        return play.book.random.choice((_TRACKING, _PRODUCT))
    return _LATE if order["payment_status"] is OrderPaymentStatus.PAID else _TRACKING


def _open_case(desk: _Desk, shopper: Shopper, play: Play, topic: Topic, *, is_open: bool) -> None:
    """Asked while the order was under way, answered within the hour, closed the next day; or asked since, and open."""
    book, random = desk.book, desk.book.random
    placed_at: datetime = play.order["placed_at"]
    last_at = book.now if is_open else play.at
    opened_at = max(shopper.seen["salesforce"].created_at, placed_at + (last_at - placed_at) * random.uniform(0.5, 0.9))
    answered_at = min(opened_at + timedelta(minutes=random.randint(8, 50)), book.now)
    closed_at = None if is_open else min(answered_at + timedelta(hours=random.randint(3, 30)), book.now)
    number = play.order["number"]
    case_id = salesforce_id("500", 4_000 + len(desk.cases))
    last_change = salesforce_time(closed_at or answered_at)
    desk.cases.append(
        {
            "Id": case_id,
            "CaseNumber": f"{1_042 + len(desk.cases):08d}",
            "ContactId": shopper.seen["salesforce"].external_id,
            "Subject": topic.subject.format(number=number),
            "Description": topic.question.format(number=number),
            "Status": random.choice(("New", "Working", "Escalated")) if is_open else "Closed",
            "Priority": random.choice(("Medium", "Medium", "Low", "High")),
            "Origin": random.choice(("Email", "Email", "Phone", "Web")),
            "Reason": "Other",
            "IsClosed": not is_open,
            "IsEscalated": False,
            "CreatedDate": salesforce_time(opened_at),
            "ClosedDate": salesforce_time(closed_at) if closed_at else None,
            "LastModifiedDate": last_change,
            "SystemModstamp": last_change,
            "Owner": {"Name": random.choice(AGENTS).name},
        }
    )
    _write_email(desk, case_id, shopper, topic.subject, topic.question, number, opened_at, incoming=True)
    _write_email(desk, case_id, shopper, f"Re: {topic.subject}", topic.answer, number, answered_at, incoming=False)


def _write_email(
    desk: _Desk, case_id: str, shopper: Shopper, subject: str, body: str, number: str, at: datetime, *, incoming: bool
) -> None:
    party, sent = shopper.party, salesforce_time(at)
    own = ("Customer Care", "care@example.com")
    theirs = (f"{party.given_name} {party.family_name}", party.emails[0])
    (from_name, from_address), (_, to_address) = (theirs, own) if incoming else (own, theirs)
    desk.emails.append(
        {
            "Id": salesforce_id("02s", 7_000 + len(desk.emails)),
            "ParentId": case_id,
            "Subject": subject.format(number=number),
            "TextBody": body.format(number=number),
            "FromName": from_name,
            "FromAddress": from_address,
            "ToAddress": to_address,
            "Incoming": incoming,
            "HasAttachment": False,
            "Status": "1" if incoming else "3",
            "MessageDate": sent,
            "CreatedDate": sent,
            "LastModifiedDate": sent,
            "SystemModstamp": sent,
        }
    )


_CALLS = ("Welcome call", "Called back about a delivery window", "Asked for a review", "Advice on sizing")
_MEETINGS = ("Season planning", "Fitting appointment in the store", "Contract renewal")


def _note_activities(desk: _Desk, shopper: Shopper) -> None:
    random = desk.book.random
    is_hero = shopper.party.birth == 0
    for subject in random.sample(_CALLS, 3 if is_hero else random.choice((0, 0, 1, 1, 2))):
        _write_task(desk, shopper, subject)
    if is_hero or shopper.party.company or desk.book.chance(0.05):
        _write_event(desk, shopper, random.choice(_MEETINGS))


def _write_task(desk: _Desk, shopper: Shopper, subject: str) -> None:
    random = desk.book.random
    at = salesforce_time(_some_time(desk.book, shopper))
    is_call = random.random() < 0.7
    desk.tasks.append(
        {
            "Id": salesforce_id("00T", 9_000 + len(desk.tasks)),
            "WhoId": shopper.seen["salesforce"].external_id,
            "Subject": subject,
            "Description": f"{subject}. Spoke with {shopper.party.given_name}.",
            "Status": "Completed",
            "Priority": "Normal",
            "TaskSubtype": "Call" if is_call else "Task",
            "CallType": "Outbound" if is_call else None,
            "IsClosed": True,
            "IsHighPriority": False,
            "CreatedDate": at,
            "LastModifiedDate": at,
            "SystemModstamp": at,
            "Owner": {"Name": random.choice(AGENTS).name},
        }
    )


def _write_event(desk: _Desk, shopper: Shopper, subject: str) -> None:
    start = _some_time(desk.book, shopper)
    at, end = salesforce_time(start), salesforce_time(start + timedelta(minutes=45))
    desk.events.append(
        {
            "Id": salesforce_id("00U", 3_000 + len(desk.events)),
            "WhoId": shopper.seen["salesforce"].external_id,
            "Subject": subject,
            "Description": f"{subject} with {shopper.party.name}.",
            "Location": "Portland Store",
            "EventSubtype": "Event",
            "IsChild": False,
            "IsPrivate": False,
            "IsAllDayEvent": False,
            "StartDateTime": at,
            "ActivityDateTime": at,
            "EndDateTime": end,
            "CreatedDate": at,
            "LastModifiedDate": at,
            "SystemModstamp": at,
            "Owner": {"Name": desk.book.random.choice(AGENTS).name},
        }
    )


_DEALS = (
    ("Outfitting of the showroom", "Negotiation/Review", 18_400.0),
    ("Gifts for the season", "Proposal/Price Quote", 2_350.0),
    ("Second location", "Closed Won", 41_900.0),
)
"""Stages are those of a new org."""


def _account(shopper: Shopper) -> Row:
    at = salesforce_time(shopper.seen["salesforce"].created_at)
    times = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
    account_id = salesforce_id("001", shopper.party.birth)
    return {"Id": account_id, "Name": shopper.party.company, "Type": "Customer - Direct", "IsDeleted": False} | times


def _open_opportunity(desk: _Desk, shopper: Shopper) -> None:
    """Entered a month after they were first seen. Nothing of it is chance: what else the story tells stays the same."""
    party, seen = shopper.party, shopper.seen["salesforce"]
    name, stage, amount = _DEALS[party.birth % len(_DEALS)]
    entered_at = min(seen.created_at + timedelta(days=30), desk.book.now - timedelta(days=3)).replace(microsecond=0)
    at, is_won = salesforce_time(entered_at), stage == "Closed Won"
    times = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at, "IsDeleted": False}
    opportunity_id = salesforce_id("006", party.birth)
    desk.opportunities.append(
        {
            "Id": opportunity_id,
            "AccountId": seen.record["AccountId"],
            "Name": f"{name}, {party.company or party.name}",
            "StageName": stage,
            "Amount": amount,
            "CloseDate": f"{entered_at + timedelta(days=60):%Y-%m-%d}",
            "IsClosed": is_won,
            "IsWon": is_won,
            "Owner": {"Name": AGENTS[party.birth % len(AGENTS)].name},
            **times,
        }
    )
    desk.roles.append(
        {
            "Id": salesforce_id("00K", party.birth),
            "ContactId": seen.external_id,
            "OpportunityId": opportunity_id,
            "Role": "Decision Maker",
            "IsPrimary": True,
            **times,
        }
    )


def _some_time(book: Book, shopper: Shopper) -> datetime:
    """Between their first contact and two days before the end."""
    met_at, end = shopper.seen["salesforce"].created_at, book.now - timedelta(days=2)
    return (met_at + (end - met_at) * book.random.uniform(0.05, 1)).replace(microsecond=0)
