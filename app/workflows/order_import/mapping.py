"""The description of a file's layout: a small TOML file, decoded strictly. docs/importing-data.md has every key."""

import hashlib
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from iso4217 import Currency
from msgspec import Meta, Struct
from msgspec.structs import fields

from app.domain.customer import CustomerKind
from app.domain.returns import Disposition
from app.domain.source import SourceKind
from app.workflows.order_import.errors import InvalidMapping, UnknownMapping

SHIPPED = Path(__file__).parents[2] / "mappings"

TEXT_FIELDS = frozenset(
    {
        "order_number", "sku", "title", "currency", "region", "country", "shipping_method",
        "customer_id", "customer_name", "customer_given_name", "customer_family_name", "customer_company",
        "customer_email", "customer_phone",
        "customer_line1", "customer_city", "customer_region", "customer_postal_code", "customer_country",
        "ship_name", "ship_line1", "ship_city", "ship_region", "ship_postal_code", "ship_country",
    }
)  # fmt: skip
DECIMAL_FIELDS = frozenset({"unit_price", "discount_rate", "discount", "shipping_fee"})
TIME_FIELDS = frozenset({"placed_at", "shipped_at", "due_at"})
QUANTITY = "quantity"
FIELDS = TEXT_FIELDS | DECIMAL_FIELDS | TIME_FIELDS | {QUANTITY}
REQUIRED_FIELDS = ("order_number", "sku", "quantity", "unit_price", "placed_at")
RETURN_FIELDS = frozenset({"sku", "quantity", "unit_price", "placed_at", "region", "customer_id", "currency"})
REQUIRED_RETURN_FIELDS = ("sku", "quantity", "unit_price", "placed_at")

Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Meta(min_length=1)]


class ZeroPrice(StrEnum):
    """What a line with the price 0 is."""

    IMPORT = "import"
    """A gift."""
    WITH_CUSTOMER = "with_customer"
    """A gift when a customer got it, otherwise the retailer's own bookkeeping."""
    REJECT = "reject"


class MatchOn(StrEnum):
    """What a cancellation and its sale must share besides the article."""

    CUSTOMER = "customer_id"
    REGION = "region"


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SourceSection(Section, frozen=True, kw_only=True):
    key: Key
    name: Text
    kind: SourceKind


class FileSection(Section, frozen=True, kw_only=True):
    name: Text | None = None
    """Of a set of files: the one that has the lines, without its suffix. FILE may then be any of the set."""
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    encoding: Text = "utf-8"
    decimal_point: Annotated[str, Meta(pattern=r"^[.,]$")] = "."


class Join(Section, frozen=True, kw_only=True):
    """A side file; its columns are then known as `<join>.<column>`."""

    file: Text
    column: Text
    """The key in the side file, which must not repeat."""
    on: Text
    """The key in the lines, or in a side file joined before."""


class Formats(Section, frozen=True, kw_only=True):
    time: Annotated[tuple[Text, ...], Meta(min_length=1)] = ("iso",)
    """strptime patterns, tried in order; `iso` is any ISO 8601 date or time."""
    timezone: Text = "UTC"
    """Of times that name none."""
    single_precision: tuple[str, ...] = ()
    """Fields printed from four-byte floats: 9.80000019 is the 9.8 that was stored."""


class Orders(Section, frozen=True, kw_only=True):
    number_prefix: str = ""
    channel: Text | None = None
    """The source's key when absent."""


class Customers(Section, frozen=True, kw_only=True):
    kind: CustomerKind = CustomerKind.PERSON
    display_name: Annotated[str, Meta(pattern=r"\{id\}")] = "Customer {id}"
    """For a customer the file gives no name of."""


class RejectRule(Section, frozen=True, kw_only=True):
    field: Text
    prefix: Text
    reason: Key


class Rules(Section, frozen=True, kw_only=True):
    cancellation_prefix: Text | None = None
    """Of the order number: the line takes back a sale, and its quantity is negative."""
    cancel_within_hours: Annotated[int, Meta(ge=0)] = 24
    """Taken back so soon, nothing was shipped yet: a cancellation. Later: a return."""
    match_on: MatchOn = MatchOn.CUSTOMER
    disposition: Disposition = Disposition.RESTOCK
    zero_price: ZeroPrice = ZeroPrice.IMPORT
    charges: tuple[Text, ...] = ()
    """Codes in the article column that are no article, such as postage; `gift_*` is a prefix."""
    reject: tuple[RejectRule, ...] = ()


class Returns(Section, frozen=True, kw_only=True):
    """A side file of returns without a number of their own; quantities in it are positive."""

    file: Text
    columns: dict[str, Text]


class Mapping(Section, frozen=True, kw_only=True):
    source: SourceSection
    file: FileSection = FileSection()
    columns: dict[str, Text]
    """Our field to the file's column, or `<join>.<column>`."""
    constants: dict[str, Text] = {}
    """Our text field to the value that it has on every line."""
    joins: dict[Key, Join] = {}
    formats: Formats = Formats()
    orders: Orders = Orders()
    customers: Customers = Customers()
    rules: Rules = Rules()
    returns: Returns | None = None
    countries: dict[Text, Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]] = {}
    """How the file spells a country, to its ISO 3166 code."""

    @property
    def channel(self) -> str:
        return self.orders.channel or self.source.key

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    def is_mapped(self, field: str) -> bool:
        return field in self.columns or field in self.constants


def shipped_mappings() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_mapping(name_or_path: str) -> Mapping:
    """A shipped mapping by its name, else the file at the path. Raises UnknownMapping, InvalidMapping."""
    path = SHIPPED / f"{name_or_path}.toml"
    if name_or_path not in shipped_mappings():
        path = Path(name_or_path)
        if not path.is_file():
            raise UnknownMapping(
                f"There is no mapping {name_or_path}: it is neither a file nor one of {', '.join(shipped_mappings())}."
            )
    try:
        mapping = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Mapping)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise InvalidMapping(f"{path.name} is not a TOML file: {exc}.") from exc
    except msgspec.ValidationError as exc:
        reason, _, where = str(exc).partition(" - at `$.")
        where = where.rstrip("`")
        choices = f"; it is one of {', '.join(words)}" if (words := _words(where)) else ""
        raise InvalidMapping(f"{path.name}, {where or 'top level'}: {reason}{choices}.") from exc
    for fault in _faults(mapping):
        raise InvalidMapping(f"{path.name}: {fault}.")
    return mapping


def _words(where: str) -> list[str]:
    """Those that the key may have as its value; none if it takes other values too."""
    kind: Any = Mapping
    for name in where.split("."):
        if not (isinstance(kind, type) and issubclass(kind, Struct)):
            return []
        kind = next((field.type for field in fields(kind) if field.name == name), None)
    return [str(word) for word in kind] if isinstance(kind, type) and issubclass(kind, StrEnum) else []


def _faults(mapping: Mapping) -> list[str]:
    """What the decoder cannot see, since it takes two keys to see it."""
    faults: list[str] = []
    for section, columns, known, required in (
        ("columns", mapping.columns | mapping.constants, FIELDS, REQUIRED_FIELDS),
        (
            "returns.columns",
            mapping.returns.columns if mapping.returns else None,
            RETURN_FIELDS,
            REQUIRED_RETURN_FIELDS,
        ),
    ):
        if columns is not None:
            faults += [f"{section} has the unknown field {field}" for field in columns if field not in known]
            faults += [f"{section} lacks {field}" for field in required if field not in columns]
    for field, value in mapping.constants.items():
        if field not in TEXT_FIELDS:
            faults.append(f"constants.{field} is no text field")
        if field in mapping.columns:
            faults.append(f"{field} is both a column and a constant")
        if field == "currency" and value not in Currency.__members__:
            faults.append(f"constants.currency {value} is no ISO 4217 code")
    if not mapping.is_mapped("currency"):
        faults.append("neither columns nor constants has currency")
    faults += [f"formats.single_precision names {field}, which is no decimal field"
               for field in mapping.formats.single_precision if field not in DECIMAL_FIELDS]  # fmt: skip
    faults += [f"rules.reject names {rule.field}, which is no text field"
               for rule in mapping.rules.reject if rule.field not in TEXT_FIELDS]  # fmt: skip
    faults += [f"formats.time has {pattern}, which is neither iso nor a strptime pattern"
               for pattern in mapping.formats.time if pattern != "iso" and not re.search("%", pattern)]  # fmt: skip
    faults += _join_faults(mapping)
    try:
        ZoneInfo(mapping.formats.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(f"formats.timezone {mapping.formats.timezone} is no time zone")
    return faults


def _join_faults(mapping: Mapping) -> list[str]:
    faults: list[str] = []
    known: set[str] = set()
    for name, join in mapping.joins.items():
        side, dot, _ = join.on.partition(".")
        if dot and side not in known:
            faults.append(f"joins.{name}.on names {side}, which is not joined before it")
        known.add(name)
    columns = [*mapping.columns.values(), *(mapping.returns.columns.values() if mapping.returns else ())]
    faults += [f"{column} is a column of {column.partition('.')[0]}, which is no join"
               for column in columns if "." in column and column.partition(".")[0] not in known]  # fmt: skip
    return faults
