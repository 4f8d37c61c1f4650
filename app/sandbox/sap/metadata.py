"""A service's `$metadata`, made from our description of it: what a client can compare its fields with."""

from xml.sax.saxutils import quoteattr

from app.sandbox.sap.entity_sets import ACTIONS, ENTITY_SETS, namespace, services
from app.sandbox.sap.model import EntitySet, Property

EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
EDM = "http://schemas.microsoft.com/ado/2008/09/edm"
METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
SAP = "http://www.sap.com/Protocols/SAPData"


def metadata(service: str) -> str:
    names = services()[service]
    links = [(name, link) for name in names for link in ENTITY_SETS[name].links]
    body = [
        *(_entity_type(name, ENTITY_SETS[name]) for name in names),
        *(_association(name, link) for name, link in links),
        f'<EntityContainer Name="{namespace(service)}_Entities" m:IsDefaultEntityContainer="true">',
        *(f'<EntitySet Name="{name}" EntityType="{_type(name)}"/>' for name in names),
        *(_association_set(name, link) for name, link in links),
        *(_action(action) for action in ACTIONS.get(service, ())),
        "</EntityContainer>",
    ]
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<edmx:Edmx Version="1.0" xmlns:edmx="{EDMX}" xmlns:m="{METADATA}" xmlns:sap="{SAP}">'
        '<edmx:DataServices m:DataServiceVersion="2.0">'
        f'<Schema Namespace="{namespace(service)}" xmlns="{EDM}">{"".join(body)}</Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(name: str, entity_set: EntitySet) -> str:
    keys = "".join(f'<PropertyRef Name="{key}"/>' for key in entity_set.keys)
    properties = "".join(_property(each, kind, entity_set) for each, kind in entity_set.properties.items())
    links = "".join(
        f'<NavigationProperty Name="{link}" Relationship="{_schema(name)}.{_relation(name, link)}"'
        f' FromRole="From" ToRole="To"/>'
        for link in entity_set.links
    )
    return f'<EntityType Name="{name}Type"><Key>{keys}</Key>{properties}{links}</EntityType>'


def _property(name: str, kind: Property, entity_set: EntitySet) -> str:
    attributes = {
        "Name": name,
        "Type": f"Edm.{kind.type}",
        "Nullable": None if kind.nullable else "false",
        "MaxLength": kind.length,
        "Precision": kind.precision,
        "Scale": kind.scale,
        "ConcurrencyMode": "Fixed" if entity_set.etag == name else None,
    }
    told = "".join(f" {each}={quoteattr(str(given))}" for each, given in attributes.items() if given is not None)
    return f"<Property{told}/>"


def _association(name: str, link: str) -> str:
    target = ENTITY_SETS[name].links[link]
    return (
        f'<Association Name="{_relation(name, link)}"><End Type="{_type(name)}" Multiplicity="1" Role="From"/>'
        f'<End Type="{_type(target.target)}" Multiplicity="{"*" if target.is_many else "0..1"}" Role="To"/>'
        "</Association>"
    )


def _association_set(name: str, link: str) -> str:
    relation, target = _relation(name, link), ENTITY_SETS[name].links[link].target
    return (
        f'<AssociationSet Name="{relation}Set" Association="{_schema(name)}.{relation}">'
        f'<End EntitySet="{name}" Role="From"/><End EntitySet="{target}" Role="To"/></AssociationSet>'
    )


def _action(name: str) -> str:
    parameter = '<Parameter Name="DeliveryDocument" Type="Edm.String" Mode="In" MaxLength="10"/>'
    return f'<FunctionImport Name="{name}" m:HttpMethod="POST">{parameter}</FunctionImport>'


def _relation(name: str, link: str) -> str:
    return f"{name}_{link}"


def _schema(name: str) -> str:
    return namespace(ENTITY_SETS[name].service)


def _type(name: str) -> str:
    return f"{_schema(name)}.{name}Type"
