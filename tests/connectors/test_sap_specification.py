"""The sandbox's description of its entity sets is a part of SAP's, and its `$metadata` says the same."""

import pytest
from pyodata.v2.model import EntitySet, MetadataBuilder, Schema

from app.sandbox.sap.entity_sets import ACTIONS, ENTITY_SETS, services
from app.sandbox.sap.metadata import metadata
from app.sandbox.sap.model import Property
from tests.specifications import sap

pytestmark = pytest.mark.skipif(not sap.FOLDER.is_dir(), reason="needs ../shared/specs/sap, which is not here")


def facts(schema: Schema, name: str) -> dict[str, object]:
    """Of the properties and links that the sandbox has."""
    found: EntitySet = schema.entity_set(name)
    row_type, ours = found.entity_type, ENTITY_SETS[name]
    links = {each.name: each.to_role for each in row_type.nav_proprties}
    return {
        "keys": {each.name for each in row_type.key_proprties},
        **{each: _facts_of(row_type.proprty(each)) for each in ours.properties},
        **{each: (links[each].entity_type.name, links[each].multiplicity == "*") for each in ours.links},
    }


def _facts_of(declared: object) -> tuple[object, ...]:
    type_name = declared.typ.name  # type: ignore[attr-defined]
    length = declared.max_length if type_name == "Edm.String" else None  # type: ignore[attr-defined]
    digits = (declared.precision, declared.scale) if type_name == "Edm.Decimal" else None  # type: ignore[attr-defined]
    return type_name, length, digits, declared.nullable  # type: ignore[attr-defined]


def _facts_of_ours(ours: Property) -> tuple[object, ...]:
    digits = (ours.precision, ours.scale) if ours.type == "Decimal" else None
    return f"Edm.{ours.type}", ours.length, digits, ours.nullable


@pytest.mark.parametrize("name", ENTITY_SETS)
def test_an_entity_set_is_saps(name: str) -> None:
    ours = ENTITY_SETS[name]
    told = facts(sap.schema(ours.service), name)
    assert told == {
        "keys": set(ours.keys),
        **{each: _facts_of_ours(kind) for each, kind in ours.properties.items()},
        **{each: (f"{link.target}Type", link.is_many) for each, link in ours.links.items()},
    }


@pytest.mark.parametrize("service", services())
def test_the_description_served_says_the_same(service: str) -> None:
    served = MetadataBuilder(metadata(service).encode()).build()
    assert {each.name for each in served.entity_sets} == set(services()[service])
    for name in services()[service]:
        assert facts(served, name) == facts(sap.schema(service), name)
    assert {each.name for each in served.function_imports} == set(ACTIONS.get(service, ()))
