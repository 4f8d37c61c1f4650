"""What is remembered of a question comes back as what it was."""

from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors import reads
from app.connectors.contract import Page, Read, Window
from app.connectors.ports.carrier import CarrierEvent, TrackingRecord
from app.connectors.ports.crm import CaseRecord, InteractionRecord
from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.storefront import StorefrontProfileRecord
from app.connectors.reading_cache import read_back, text_of, written
from app.connectors.reads import Cases, ErpAccounts, ErpDocuments, Interactions, Stock, StorefrontProfiles, Tracking
from app.domain.money import Money

AT = datetime(2026, 11, 1, 12, 30, 0, 123456, UTC)
MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
MONEY = st.builds(Money, st.integers(-(2**53), 2**53), st.sampled_from(["EUR", "JPY", "USD"]))
WINDOW = Window(25, (AT, "500x"))


st.register_type_strategy(datetime, MOMENT)
st.register_type_strategy(Money, MONEY)
EVENTS = st.lists(st.builds(CarrierEvent), max_size=3).map(tuple)
ANSWERS: dict[Read[Any], st.SearchStrategy[Any]] = {
    Cases(WINDOW): st.builds(Page, st.lists(st.builds(CaseRecord), max_size=3).map(tuple), st.booleans()),
    Interactions(WINDOW): st.builds(Page, st.lists(st.builds(InteractionRecord), max_size=3).map(tuple), st.booleans()),
    StorefrontProfiles(): st.none() | st.builds(StorefrontProfileRecord),
    Tracking(): st.none() | st.builds(TrackingRecord, events=EVENTS),
    ErpAccounts(): st.none() | st.builds(ErpAccountRecord),
    ErpDocuments(): st.lists(st.builds(ErpDocumentRecord), max_size=3).map(tuple),
    Stock(): st.lists(st.builds(StockLevel), max_size=3).map(tuple),
}


def test_there_is_an_example_of_every_question() -> None:
    questions: set[object] = {
        each
        for each in vars(reads).values()
        if is_dataclass(each) and getattr(each, "__module__", "") == reads.__name__
    }
    assert questions == {type(question) for question in ANSWERS}


@pytest.mark.parametrize("question", ANSWERS, ids=lambda question: question.capability)
@given(data=st.data())
def test_an_answer_comes_back_as_it_was(question: Read[Any], data: st.DataObject) -> None:
    answer = data.draw(ANSWERS[question])
    assert read_back(question, written(answer)) == answer


def test_equal_questions_have_one_text_and_others_have_others() -> None:
    texts = [
        text_of(Cases(Window(25))),
        text_of(Cases(Window(26))),
        text_of(Cases(Window(25, (AT, "1")))),
        text_of(Cases(Window(25, (AT + timedelta(microseconds=1), "1")))),
        text_of(Interactions(Window(25))),
        text_of(StorefrontProfiles()),
    ]
    assert len(set(texts)) == len(texts)
    assert text_of(Cases(Window(25))) == texts[0] == 'cases {"window":{"first":25,"after":null}}'
