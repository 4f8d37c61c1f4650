"""Reads which sources are configured: vendor, address, settings; secrets come from the environment or from files."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

from app.connectors.ports.feeds import Feed
from app.domain.order import OrderManagement
from app.domain.outgoing import Push
from app.environment import UnreadableVariable, variable

SYNC_EVERY_S = 300
"""Ours: orders should not wait longer for want of a webhook, and no vendor's daily quota minds."""
FULL_SYNC_EVERY_S = 86_400
"""Ours: what a source forgot to tell of is found within a day, and its quotas are by the day."""
FULL_SYNC_EVERY_S_MIN = 3600
"""Ours: less is no time in which a shop of some size can be read, and the quota of the day is gone before noon."""
REFERENCE = re.compile(r"\$\{([^}]*)\}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
KEY = re.compile(r"[a-z][a-z0-9_]*")


class InvalidSourceConfig(ValueError):
    """The message names the source and the setting, and says what would do."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    key: str
    """Names the source in the API, in the crosswalk and in logs. One vendor may stand under several keys."""
    vendor: str
    name: str
    base_url: str
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    enabled: bool = True
    sync: frozenset[Feed] = frozenset()
    """What is copied from it."""
    sync_every_s: int = SYNC_EVERY_S
    full_sync_every_s: int = FULL_SYNC_EVERY_S
    """After which what is taken over from it is read as a whole; 0 for never."""
    push: frozenset[Push] = frozenset()
    """What it is told of."""
    orders: OrderManagement = OrderManagement.UNMANAGED
    """Whether the lifecycle of the orders copied from it runs here, or goes on there and is mirrored."""
    channel: str | None = None
    """Of the orders copied from it; the source's key where absent."""
    locations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Our location's key by what the source calls the place. A place left out has the same name in both."""

    def location_key(self, theirs: str) -> str:
        return self.locations.get(theirs, theirs)

    def location_there(self, key: str) -> str:
        """What the source calls our location."""
        return next((theirs for theirs, ours in self.locations.items() if ours == key), key)


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vendor: str
    name: str
    base_url: str
    settings: dict[str, str] = {}
    enabled: bool = True
    sync: frozenset[Feed] = frozenset()
    sync_every_s: Annotated[int, msgspec.Meta(ge=10)] = SYNC_EVERY_S
    full_sync_every_s: Annotated[int, msgspec.Meta(ge=0)] = FULL_SYNC_EVERY_S
    push: frozenset[Push] = frozenset()
    orders: Literal["managed", "unmanaged"] = "unmanaged"
    channel: str | None = None
    locations: dict[str, str] = {}


def load_configs(path: Path, environment: Mapping[str, str]) -> tuple[SourceConfig, ...]:
    """From a file of `[sources.<key>]` tables, in its order. `${NAME}` stands for a variable of `environment`,
    or for what is in the file that NAME_FILE names.

    Raises InvalidSourceConfig. The variables of a disabled source need not be set.
    """
    try:
        document = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InvalidSourceConfig(f"{path}: {exc}") from exc
    tables = document.pop("sources", {})
    if document or not isinstance(tables, dict):
        found = next(iter(document), "sources")
        raise InvalidSourceConfig(f"{path}: {found} is not understood; a source is a table [sources.<key>]")
    return tuple(_config(key, table, environment) for key, table in tables.items())


def _config(key: str, table: dict[str, Any], environment: Mapping[str, str]) -> SourceConfig:
    if not KEY.fullmatch(key):
        raise InvalidSourceConfig(f"source {key!r}: a key is a lower-case word such as shopify or shopify_outlet")
    try:
        entry = msgspec.convert(table, _Entry)
    except msgspec.ValidationError as exc:
        raise InvalidSourceConfig(f"source {key}: {exc}{_choices(str(exc))}") from exc
    if 0 < entry.full_sync_every_s < FULL_SYNC_EVERY_S_MIN:
        message = f"full_sync_every_s is {FULL_SYNC_EVERY_S_MIN} at least, or 0 where no full run is to begin by itself"
        raise InvalidSourceConfig(f"source {key}: {message}")
    # Unset variables of a disabled source stay as they are written: nobody will send them.
    known = environment if entry.enabled else {}
    return SourceConfig(
        key=key,
        vendor=entry.vendor,
        name=entry.name,
        base_url=_resolve(key, "base_url", entry.base_url, known, entry.enabled),
        settings={name: _resolve(key, name, value, known, entry.enabled) for name, value in entry.settings.items()},
        enabled=entry.enabled,
        sync=entry.sync,
        sync_every_s=entry.sync_every_s,
        full_sync_every_s=entry.full_sync_every_s,
        push=entry.push,
        orders=OrderManagement(entry.orders.upper()),
        channel=entry.channel,
        locations=entry.locations,
    )


def _choices(sentence: str) -> str:
    """What would do in place of what msgspec objects to."""
    words = dict[str, Iterable[str]](sync=Feed, push=Push, orders=("managed", "unmanaged"))
    at = re.search(r"Invalid enum value .* at `\$\.(\w+)", sentence)
    names = words[at[1]] if at else _Entry.__struct_fields__ if "unknown field" in sentence else ()
    return f"; choose from {', '.join(names)}" if names else ""


def _resolve(key: str, setting: str, text: str, environment: Mapping[str, str], enabled: bool) -> str:
    if not enabled:
        return text

    def value(reference: re.Match[str]) -> str:
        name = reference.group(1)
        if not VARIABLE.fullmatch(name):
            raise InvalidSourceConfig(f"source {key}: {setting}: a variable is written in capitals, such as ${{NAME}}")
        try:
            found = variable(name, environment)
        except UnreadableVariable as exc:
            raise InvalidSourceConfig(f"source {key}: {setting}: {exc}") from exc
        if found is None:
            message = f"{setting} needs {name} in the environment, or a file that {name}_FILE names; neither is set"
            raise InvalidSourceConfig(f"source {key}: {message}")
        return found

    return REFERENCE.sub(value, text)
