"""How the sandboxed system describes its entity sets: properties with Edm types, keys, links to other sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Property:
    type: str
    """An Edm type, without `Edm.`."""
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    nullable: bool = True

    @property
    def initial(self) -> object:
        """What SAP answers where nothing was entered."""
        match self.type:
            case "String":
                return ""
            case "Boolean":
                return False
            case "Decimal":
                return f"{0:.{self.scale or 0}f}"
            case "Time":
                return "PT00H00M00S"
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Link:
    """A navigation property: the target's rows whose columns equal the row's."""

    target: str
    columns: Mapping[str, str]
    """The target's column by the row's."""
    is_many: bool = True
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of these those with one of the values in a column."""


@dataclass(frozen=True, slots=True)
class EntitySet:
    service: str
    keys: tuple[str, ...]
    properties: Mapping[str, Property]
    links: Mapping[str, Link] = field(default_factory=dict)
    etag: str | None = None
    """The property whose value is the row's version."""
