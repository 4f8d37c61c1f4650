"""The sandboxed system's rows by entity set and key, and how one row leads to others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.sandbox.sap.entity_sets import ENTITY_SETS
from app.sandbox.sap.model import Link

Row = dict[str, Any]
Key = tuple[str, ...]


class Tables:
    def __init__(self) -> None:
        self._rows: dict[str, dict[Key, Row]] = {name: {} for name in ENTITY_SETS}
        self._indexes: dict[tuple[str, tuple[str, ...]], dict[Key, list[Row]]] = {}

    def add(self, name: str, given: Mapping[str, Any]) -> Row:
        """With the rows of its links, given as lists or as `{"results": […]}`; they take over the link's columns."""
        entity_set = ENTITY_SETS[name]
        row = {each: given[each] for each in given if each not in entity_set.links}
        self._rows[name][_key(name, row)] = row
        for (target, columns), index in self._indexes.items():
            if target == name:
                index.setdefault(_values(row, columns), []).append(row)
        for each, link in entity_set.links.items():
            for child in _children(given.get(each)):
                only = {column: min(values) for column, values in link.only.items()}
                taken = {theirs: row.get(ours, "") for ours, theirs in link.columns.items()}
                self.add(link.target, {**only, **child, **taken})
        return row

    def all(self, name: str) -> Iterator[Row]:
        return iter(self._rows[name].values())

    def find(self, name: str, key: Mapping[str, str]) -> Row | None:
        return self._rows[name].get(_key(name, key))

    def follow(self, row: Mapping[str, Any], link: Link) -> list[Row]:
        index = self._index(link.target, tuple(link.columns.values()))
        rows = index.get(_values(row, tuple(link.columns)), [])
        return [each for each in rows if all(each.get(name) in values for name, values in link.only.items())]

    def among(self, name: str, column: str, values: Iterable[str]) -> Iterator[Row]:
        index = self._index(name, (column,))
        for each in values:
            yield from index.get((each,), ())

    def change(self, name: str, row: Row, changes: Mapping[str, Any]) -> None:
        row.update(changes)
        stale = [each for each in self._indexes if each[0] == name and not changes.keys().isdisjoint(each[1])]
        for each in stale:
            del self._indexes[each]

    def _index(self, name: str, columns: tuple[str, ...]) -> dict[Key, list[Row]]:
        index = self._indexes.get((name, columns))
        if index is None:
            index = self._indexes[name, columns] = {}
            for each in self.all(name):
                index.setdefault(_values(each, columns), []).append(each)
        return index


def bare(number: object) -> str:
    """A number as SAP shows it: without the leading zeros that it is stored with."""
    text = str(number)
    return (text.lstrip("0") or "0") if text.isdecimal() else text


def _key(name: str, row: Mapping[str, Any]) -> Key:
    return _values(row, ENTITY_SETS[name].keys)


def _values(row: Mapping[str, Any], columns: tuple[str, ...]) -> Key:
    return tuple(bare(row.get(column, "")) for column in columns)


def _children(given: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(given, dict):
        given = given.get("results", [given])
    return given or ()
