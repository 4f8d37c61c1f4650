"""Reads a routing policy from its TOML file. docs/routing.md has every key."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from app.domain.routing.policy import Policy
from app.workflows.routing.errors import RoutingNotConfigured

SHIPPED = Path(__file__).parents[2] / "policies"
STANDARD = "standard"


def shipped_policies() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_policy(name_or_path: str) -> Policy:
    """A shipped policy by its name, else the file at the path. Raises RoutingNotConfigured."""
    path = SHIPPED / f"{name_or_path}.toml"
    if name_or_path not in shipped_policies():
        path = Path(name_or_path)
        if not path.is_file():
            raise RoutingNotConfigured(
                f"There is no routing policy {name_or_path}: "
                f"it is neither a file nor one of {', '.join(shipped_policies())}."
            )
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        _refuse_unknown(written, Policy, "")
        return msgspec.convert(written, Policy)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise RoutingNotConfigured(f"{path.name} is not a TOML file: {exc}.") from exc
    except msgspec.ValidationError as exc:
        reason, _, where = str(exc).partition(" - at `$")
        place = where.rstrip("`").lstrip(".")
        raise RoutingNotConfigured(f"{path.name}, {place or 'top level'}: {reason}.") from exc


def _refuse_unknown(written: Any, kind: Any, place: str) -> None:
    """A key that means nothing is most often one misspelled, and its default would be taken in silence."""
    parts = [part for part in get_args(kind) if is_dataclass(part)]
    if is_dataclass(kind) and isinstance(written, Mapping):
        hints, known = get_type_hints(kind), {each.name for each in fields(kind)}
        for key, value in written.items():
            if key not in known:
                raise msgspec.ValidationError(f"the key {key} is not known - at `${place}`")
            _refuse_unknown(value, hints[key], f"{place}.{key}")
    elif parts:
        entries = written.items() if isinstance(written, Mapping) else enumerate(written)
        for key, value in entries:
            _refuse_unknown(value, parts[0], f"{place}.{key}")
