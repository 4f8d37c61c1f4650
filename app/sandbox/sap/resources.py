"""What a URL below a service root leads to: a set, one row, the rows of its link, an action; and the options beside."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from app.sandbox.sap.answers import Refusal
from app.sandbox.sap.entity_sets import ACTIONS, ENTITY_SETS, services
from app.sandbox.sap.model import Link
from app.sandbox.sap.tables import Row, Tables

_SEGMENT = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?")
_KEY_PART = re.compile(r"(?:(?P<name>\w+)=)?'(?P<value>(?:[^']|'')*)'(?:,|$)")
_OPTIONS = {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "$format"}


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    """Of the entity set, or of the action."""
    key: Mapping[str, str] | None = None
    link: Link | None = None
    is_action: bool = False


def resource(service: str, path: str) -> Resource:
    """Raises Refusal."""
    first, _, rest = path.partition("/")
    match = _SEGMENT.fullmatch(first)
    name = match["name"] if match else first
    if name in ACTIONS.get(service, ()):
        return Resource(name, is_action=True)
    if match is None or name not in services()[service]:
        raise Refusal(404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{first}'")
    key = None if match["key"] is None else _key(name, match["key"])
    if not rest:
        return Resource(name, key)
    link = ENTITY_SETS[name].links.get(rest)
    if link is None or key is None:
        raise Refusal(404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{rest}'")
    return Resource(name, key, link)


def found(tables: Tables, name: str, key: Mapping[str, str]) -> Row:
    """Raises Refusal."""
    row = tables.find(name, key)
    if row is None:
        raise Refusal(404, "/IWBEP/CM_MGW_RT/022", f"Resource not found for segment '{name}Type'")
    return row


def options(query: Mapping[str, str]) -> Mapping[str, str]:
    """Raises Refusal for a system query option that there is none of."""
    if unknown := [name for name in query if name.startswith("$") and name not in _OPTIONS]:
        raise Refusal(400, "/IWFND/CM_MGW/041", f"Invalid system query options value: {unknown[0]}")
    return query


def paths(query: Mapping[str, str], option: str) -> list[str]:
    return [each.strip() for each in query.get(option, "").split(",") if each.strip()]


def _key(name: str, text: str) -> Mapping[str, str]:
    keys = ENTITY_SETS[name].keys
    given, position = {}, 0
    while position < len(text):
        part = _KEY_PART.match(text, position)
        if part is None:
            raise Refusal(400, "/IWFND/CM_MGW/096", "Invalid key predicate")
        given[part["name"] or keys[0]] = unquote(part["value"].replace("''", "'"))
        position = part.end()
    if given.keys() != set(keys):
        raise Refusal(400, "/IWFND/CM_MGW/096", f"Invalid key predicate type for '{name}'")
    return given
