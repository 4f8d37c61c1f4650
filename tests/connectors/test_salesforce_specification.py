"""Every name in every SOQL this connector can send exists in Salesforce's own description of its objects."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.connectors.contract import Window
from app.connectors.salesforce import soql
from app.sandbox.salesforce.objects import OBJECTS, FieldType
from app.sandbox.salesforce.soql import Comparison, Condition, Junction, Membership, Select, parse
from tests.connectors.vendor_rows import contact_id

SPECS = Path(__file__).parents[3] / "shared" / "specs" / "salesforce"
WINDOWS = [Window(3), Window(3, (datetime(2026, 10, 2, tzinfo=UTC), contact_id(9)))]
QUERIES = [soql.cases_of_contacts, soql.activities_of_contacts, soql.emails_of_contacts]


class Description:
    """Of one object, from its describe call where there is one, else from the schema of the standard objects."""

    def __init__(self, name: str) -> None:
        if not SPECS.is_dir():
            pytest.skip("needs ../shared/specs/salesforce, which is not here")
        standard = json.loads((SPECS / "standard-schema.json").read_text())[name]
        self.fields = set(standard["fields"])
        self.parents = set(standard["parentReferences"])
        self.children: dict[str, tuple[str, str]] = {}
        describe = SPECS / f"describe-{name}.json"
        if describe.exists():
            described = json.loads(describe.read_text())
            self.fields = {field["name"] for field in described["fields"]}
            relations = described["childRelationships"]
            self.children = {each["relationshipName"]: (each["childSObject"], each["field"]) for each in relations}

    def has(self, path: str) -> bool:
        first, _, rest = path.partition(".")
        # A parent may be one of several objects; Name is what all of them have.
        return first in self.fields if not rest else first in self.parents and rest == "Name"


def names(select: Select) -> set[str]:
    conditions = names_in(select.where) if select.where else set()
    return {*select.fields, *(order.field for order in select.order_by), *conditions}


def names_in(condition: Condition) -> set[str]:
    match condition:
        case Junction(_, parts):
            return {name for part in parts for name in names_in(part)}
        case Comparison(field) | Membership(field):
            return {field}


@pytest.mark.parametrize("window", WINDOWS, ids=["first page", "next page"])
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.__name__)
def test_every_name_is_salesforces(query: soql.Query, window: Window) -> None:
    select = parse(query([contact_id(1)], window))
    description = Description(select.source)
    assert {name for name in names(select) if not description.has(name)} == set()
    for subquery in select.subqueries:
        child, _ = description.children[subquery.source]
        assert {name for name in names(subquery) if not Description(child).has(name)} == set()


@pytest.mark.parametrize("name", OBJECTS)
def test_the_sandboxed_objects_are_salesforces(name: str) -> None:
    description, sandboxed = Description(name), OBJECTS[name]
    parents = {field for field, kind in sandboxed.fields.items() if kind is FieldType.PARENT}
    assert parents - description.parents == set()
    assert sandboxed.fields.keys() - parents - description.fields == set()
    assert {each: description.children[each] for each in sandboxed.children} == dict(sandboxed.children)
