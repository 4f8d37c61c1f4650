"""Every setting of Junction: its name in the environment, unit, default and what it bounds."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta

from app.environment import UnreadableVariable, variable

Count = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Days = Annotated[float, Meta(gt=0, le=3_660)]


SECRETS = ("database_url", "smtp_url")
"""May hold a password, so they may stand in a file: DATABASE_URL_FILE names the one that holds DATABASE_URL."""


class InvalidSetting(ValueError):
    """A setting in the environment that cannot be used; the message names it and says what would do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Read from the environment by `from_environment`; a field's environment name is its own in capitals."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("var")
    """Where the embedded Postgres, imports' progress and the demo's state live."""
    database_url: str | None = None
    """postgresql://… of a server of your own. Without it the embedded Postgres in `data_dir` is used."""
    log_level: str = "INFO"
    log_format: str = "auto"
    """`json`, `text`, or `auto`: text on a terminal, JSON elsewhere."""

    page_size_default: Count = 25
    page_size_max: Count = 100
    node_ids_max: Count = 100
    """Ids that one `nodes(ids:)` or `availability(skus:)` may ask for."""
    body_bytes_max: Count = 1_000_000
    request_timeout_s: Seconds = 30.0
    source_timeout_s: Seconds = 2.0
    """Deadline of one batch to one outside system, retries included."""
    database_connections_max: Count = 10
    """Of one process, which takes one more where it runs jobs. Half of them are for answering queries."""

    worker: bool = True
    """`junction serve` runs jobs, too. With false, `junction worker` has to run beside it."""
    worker_concurrency: Count = 10
    """Jobs that one process runs at a time."""
    worker_takeover_s: Seconds = 30.0
    """A job whose process has given no sign of life for this long is given to another."""

    smtp_url: str | None = None
    """smtp://user:password@host:587, or smtps:// for TLS from the start. Without it no mail is sent."""
    notify_from: str = "Junction <orders@localhost>"
    """Whom customers' mail comes from."""

    shortage: Literal["backorder", "refuse"] = "backorder"
    """What becomes of an order for units that are not in stock: they wait for supply, or it is refused."""
    cart_hold_s: Seconds = 1_800.0
    """How long a cart holds its units when nobody says."""
    unconfirmed_expires_days: Days = 7.0
    """After which an order that was never confirmed gives its units back."""
    return_window_days: Days = 30.0
    """From delivery."""
    refund_shipping: bool = False
    """With the return that brings the last unit of an order back, what it cost to ship it is given back as well."""

    routing_policy: str = "standard"
    """A policy that comes with Junction, or the path of one of your own; docs/routing.md has its keys."""
    postal_centroids: Path | None = None
    """CSV file of where postal codes are. Without it an address is as far away as the middle of its country."""

    trusted_documents: Path | None = None
    """File of the documents that clients may ask for by name; its forms stand in docs/queries.md."""
    trusted_documents_only: bool = False
    """Refuses every other text."""

    def __repr__(self) -> str:
        """Without what may hold a password, should it ever be logged."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in SECRETS)
        return f"Settings({', '.join(shown)})"


def from_environment(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Defaults, then the environment, then `overrides` that are not None. Raises InvalidSetting."""
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {
        name: environment[name.upper()] for name in Settings.__struct_fields__ if environment.get(name.upper())
    } | _secrets(environment)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as exc:
        raise InvalidSetting(_explain(exc)) from exc
    if not 0 <= settings.port <= 65_535:
        raise InvalidSetting(f"PORT must be between 0 and 65535, not {settings.port}")
    if settings.page_size_default > settings.page_size_max:
        raise InvalidSetting(
            f"PAGE_SIZE_DEFAULT, {settings.page_size_default}, must not exceed PAGE_SIZE_MAX, {settings.page_size_max}"
        )
    if settings.trusted_documents_only and settings.trusted_documents is None:
        raise InvalidSetting("TRUSTED_DOCUMENTS_ONLY needs TRUSTED_DOCUMENTS, the file that holds them")
    return settings


def _secrets(environment: Mapping[str, str]) -> dict[str, object]:
    try:
        found = {name: variable(name.upper(), environment) for name in SECRETS}
    except UnreadableVariable as exc:
        raise InvalidSetting(str(exc)) from exc
    return {name: value for name, value in found.items() if value is not None}


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    raise NotImplementedError(kind)


# "Expected `int`, got `str`", "Expected `float` > 0.0"
_EXPECTED = re.compile(r"Expected `(int|float|str|bool)`(?: (>=|>|<=) ([0-9.]+))?")
_KINDS = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false"}
_BOUNDS = {">=": "at least", ">": "above", "<=": "at most"}


def _explain(exc: msgspec.ValidationError) -> str:
    reason, _, where = str(exc).partition(" - at `$.")
    name = where.rstrip("`").upper() or "A setting"
    if reason.startswith("Invalid enum value"):
        words = " or ".join(get_args(get_type_hints(Settings)[name.lower()]))
        return f"{name} must be {words}"
    expected = _EXPECTED.match(reason)
    if expected is None:
        return f"{name} cannot be used: {reason[:1].lower()}{reason[1:]}"
    kind, comparison, bound = expected.groups()
    limit = f" {_BOUNDS[comparison]} {float(bound):.0f}" if comparison else ""
    return f"{name} must be {_KINDS[kind]}{limit}"
