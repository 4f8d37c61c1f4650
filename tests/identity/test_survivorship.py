from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.source import SourceKind
from app.identity.survivorship import (
    FIELD_RULES,
    TRUST,
    Alternative,
    Rule,
    SourceRecord,
    golden_record,
    normalized_email,
    priorities,
)

PRIORITY = priorities({"crm": SourceKind.CRM, "erp": SourceKind.ERP, "shop": SourceKind.STOREFRONT})
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
HOME = {"line1": "12 St James's Square", "city": "Reno", "country": "US"}
OFFICE = {"line1": "5 Market Street", "city": "Reno", "country": "US"}


def record(source: str, external_id: str = "1", at: datetime = MAY, **profile: Any) -> SourceRecord:
    return SourceRecord(source, external_id, at, profile)


def test_a_name_comes_from_the_most_trusted_source_and_the_others_are_alternatives() -> None:
    golden = golden_record(
        [record("shop", "s1", JUNE, givenName="ADA"), record("crm", "c1", givenName=" Ada ")], PRIORITY
    )
    found = golden.provenance["givenName"]
    assert (found.value, found.source_key, found.external_id, found.observed_at) == ("Ada", "crm", "c1", MAY)
    assert found.rule is Rule.SOURCE_PRIORITY
    assert found.alternatives == (Alternative("ADA", "shop", "s1", JUNE),)


def test_of_two_records_of_one_source_the_newer_names() -> None:
    golden = golden_record(
        [record("crm", "c1", MAY, givenName="Ada"), record("crm", "c2", JUNE, givenName="Augusta")], PRIORITY
    )
    assert golden.value("givenName") == "Augusta"


def test_an_email_comes_from_the_newest_record_whatever_its_source() -> None:
    golden = golden_record(
        [
            record("crm", emails=["old@example.com"]),
            record("shop", at=JUNE, emails=[" New@Example.com", "b@example.com"]),
        ],
        PRIORITY,
    )
    assert golden.value("email") == "new@example.com"
    assert golden.value("emails") == ["new@example.com", "b@example.com", "old@example.com"]
    assert golden.provenance["email"].alternatives == (Alternative("old@example.com", "crm", "1", MAY),)
    assert golden.provenance["emails"].rule is Rule.UNION
    assert golden.provenance["emails"].source_key == "shop"


def test_of_two_equally_old_records_the_more_trusted_gives_the_email() -> None:
    golden = golden_record(
        [record("shop", emails=["a@example.com"]), record("erp", emails=["b@example.com"])], PRIORITY
    )
    assert golden.value("email") == "b@example.com"


def test_addresses_are_the_newest_list_whole() -> None:
    golden = golden_record(
        [record("crm", addresses=[HOME]), record("shop", at=JUNE, addresses=[OFFICE, OFFICE])], PRIORITY
    )
    assert golden.value("addresses") == [OFFICE]
    assert golden.provenance["addresses"].alternatives == (Alternative([HOME], "crm", "1", MAY),)


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({"givenName": "Ada", "familyName": "Lovelace"}, "Ada Lovelace"),
        ({"familyName": "Lovelace", "company": "Engines"}, "Lovelace"),
        ({"kind": "ORGANIZATION", "familyName": "Lovelace", "company": "Engines"}, "Engines"),
        ({"kind": "ORGANIZATION", "familyName": "Lovelace"}, "Lovelace"),
        ({"company": "Engines", "emails": ["a@example.com"]}, "Engines"),
        ({"emails": ["A@example.com"], "phones": ["+12025550101"]}, "a@example.com"),
        ({"phones": ["+12025550101"]}, "+12025550101"),
    ],
)
def test_the_display_name_is_derived(profile: dict[str, Any], name: str) -> None:
    golden = golden_record([record("crm", **profile)], PRIORITY)
    assert golden.value("displayName") == name
    assert golden.provenance["displayName"].rule is Rule.DERIVED


def test_a_display_name_joins_parts_of_several_records() -> None:
    golden = golden_record(
        [record("crm", givenName="Ada"), record("shop", givenName="A", familyName="Lovelace")], PRIORITY
    )
    found = golden.provenance["displayName"]
    assert found.value == "Ada Lovelace"
    assert [alternative.value for alternative in found.alternatives] == ["A Lovelace"]


def test_columns_without_any_record_describe_a_nameless_person() -> None:
    columns = golden_record([], PRIORITY).columns()
    assert list(columns) == [rule.column for rule in FIELD_RULES]
    assert (columns["kind"], columns["display_name"], columns["emails"], columns["email"]) == ("PERSON", "", [], None)


def test_every_kind_of_source_has_its_trust() -> None:
    assert sorted(TRUST) == sorted(SourceKind)
    assert PRIORITY == {"crm": 1, "erp": 2, "shop": 3}


def test_provenance_is_in_the_order_of_the_rules() -> None:
    golden = golden_record(
        [record("shop", emails=["a@example.com"], familyName="L", givenName="A", carrier="ups")], PRIORITY
    )
    assert list(golden.provenance) == ["givenName", "familyName", "displayName", "email", "emails", "carrier"]


def test_an_unknown_source_is_trusted_least() -> None:
    golden = golden_record([record("import", at=JUNE, company="X"), record("shop", company="Y")], PRIORITY)
    assert golden.value("company") == "Y"


def test_an_empty_value_is_no_candidate() -> None:
    golden = golden_record(
        [record("crm", givenName=" ", emails=["", " "], tags=[]), record("shop", givenName="Ada")], PRIORITY
    )
    assert golden.value("givenName") == "Ada"
    assert golden.provenance["givenName"].alternatives == ()
    assert "emails" not in golden.provenance
    assert golden.value("emails") == []


# ── properties

_words = st.sampled_from(["", "Ada", "ada", "Augusta", "Byron", " Lovelace "])
_lists = st.lists(st.sampled_from(["a@example.com", "A@example.com", "b@example.com", ""]), max_size=3)
_profiles = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["PERSON", "ORGANIZATION"]),
        "givenName": _words,
        "familyName": _words,
        "company": _words,
        "emails": _lists,
        "phones": _lists,
        "tags": _lists,
        "addresses": st.lists(st.sampled_from([HOME, OFFICE]), max_size=2),
        "locale": _words,
        "currency": _words,
    },
)
_records = st.lists(
    st.builds(
        SourceRecord,
        st.sampled_from(["crm", "erp", "shop", "import"]),
        st.sampled_from("123456"),
        st.integers(0, 5).map(lambda days: MAY + timedelta(days=days)),
        _profiles,
    ),
    max_size=6,
    unique_by=lambda found: (found.source_key, found.external_id),
)
_CHOSEN = [rule for rule in FIELD_RULES if rule.rule in (Rule.SOURCE_PRIORITY, Rule.MOST_RECENT)]


def _own(found: SourceRecord, field: str) -> Any:
    """What the golden record would show if this were the only record."""
    return golden_record([found], PRIORITY).value(field)


@given(_records, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records: list[SourceRecord], random: Any) -> None:
    shuffled = random.sample(records, len(records))
    assert golden_record(shuffled, PRIORITY) == golden_record(records, PRIORITY)


@given(_records)
def test_every_chosen_value_is_that_of_the_record_it_names(records: list[SourceRecord]) -> None:
    by_identity = {(found.source_key, found.external_id): found for found in records}
    for rule in _CHOSEN:
        found = golden_record(records, PRIORITY).provenance.get(rule.field)
        if found is not None:
            assert found.value == _own(by_identity[found.source_key, found.external_id], rule.field)


@given(_records)
def test_winner_and_alternatives_are_all_distinct_candidates(records: list[SourceRecord]) -> None:
    golden = golden_record(records, PRIORITY)
    for rule in _CHOSEN:
        candidates = [own for found in records if (own := _own(found, rule.field)) not in (None, [])]
        found = golden.provenance.get(rule.field)
        shown = [] if found is None else [found.value, *(other.value for other in found.alternatives)]
        assert all(value in candidates for value in shown)
        assert all(value in shown for value in candidates)
        assert all(shown.index(value) == position for position, value in enumerate(shown))


@given(_records, _profiles)
def test_an_older_record_of_a_less_trusted_source_changes_no_chosen_value(
    records: list[SourceRecord], profile: dict[str, Any]
) -> None:
    older = SourceRecord("unheard-of", "9", MAY - timedelta(days=1), profile)
    before, after = golden_record(records, PRIORITY), golden_record([*records, older], PRIORITY)
    for rule in FIELD_RULES:
        if rule.rule is Rule.UNION:
            assert after.value(rule.field)[: len(before.value(rule.field))] == before.value(rule.field)
        elif rule.rule is not Rule.DERIVED and rule.field in before.provenance:
            assert after.value(rule.field) == before.value(rule.field)


@given(_records)
def test_a_union_holds_every_item_once(records: list[SourceRecord]) -> None:
    shown = golden_record(records, PRIORITY).value("emails")
    expected = {normalized_email(item) for found in records for item in found.profile.get("emails", ()) if item}
    assert set(shown) == expected
    assert len(shown) == len(expected)
