from pathlib import Path

import pytest

from app.workflows.order_import.errors import InvalidMapping, UnknownMapping
from app.workflows.order_import.mapping import load_mapping, shipped_mappings

SOUND = """
[source]
key = "shop"
name = "Shop"
kind = "STOREFRONT"

[columns]
order_number = "order"
sku = "sku"
quantity = "units"
unit_price = "price"
placed_at = "at"

[constants]
currency = "EUR"
"""


def write_mapping(folder: Path, text: str) -> str:
    path = folder / "shop.toml"
    path.write_text(text)
    return str(path)


def test_a_mapping_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    mapping = load_mapping(write_mapping(tmp_path, SOUND))
    assert mapping.columns["sku"] == "sku"
    assert mapping.channel == "shop"
    assert mapping.formats.timezone == "UTC"


@pytest.mark.parametrize("name", ["adventureworks", "northwind", "online_retail"])
def test_shipped_mappings_are_sound(name: str) -> None:
    assert load_mapping(name).source.key == name
    assert name in shipped_mappings()


def test_comments_and_order_do_not_make_another_mapping(tmp_path: Path) -> None:
    first = load_mapping(write_mapping(tmp_path, SOUND))
    sections = ["[" + section for section in SOUND.split("\n[")[1:]]
    again = load_mapping(write_mapping(tmp_path, "# the same\n" + "\n".join(reversed(sections))))
    assert again.fingerprint == first.fingerprint


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(UnknownMapping) as refused:
        load_mapping("magento")
    assert str(refused.value) == (
        "There is no mapping magento: it is neither a file nor one of adventureworks, northwind, online_retail."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[source]", "[source"), "shop.toml is not a TOML file: Expected ']' at the end of a table declaration"),
        (
            ('kind = "STOREFRONT"', 'kind = "SHOP"'),
            "shop.toml, source.kind: Invalid enum value 'SHOP'; it is one of CRM, ERP, STOREFRONT, PAYMENT, CARRIER, "
            "INVENTORY, ANALYTICS, INTERNAL.",
        ),
        (
            ("[source]", '[rules]\ndisposition = "EAT"\n[source]'),
            "shop.toml, rules.disposition: Invalid enum value 'EAT'; it is one of RESTOCK, REFURBISH, SCRAP, MISSING.",
        ),
        (('name = "Shop"\n', ""), "shop.toml, source: Object missing required field `name`."),
        (("[source]", "[sauce]\n[source]"), "shop.toml, top level: Object contains unknown field `sauce`."),
        (('sku = "sku"\n', ""), "shop.toml: columns lacks sku."),
        (('sku = "sku"', 'sku = "sku"\nsize = "size"'), "shop.toml: columns has the unknown field size."),
        (('sku = "sku"', 'sku = "items.sku"'), "shop.toml: items.sku is a column of items, which is no join."),
        (('currency = "EUR"', 'currency = "EURO"'), "shop.toml: constants.currency EURO is no ISO 4217 code."),
        (('currency = "EUR"\n', ""), "shop.toml: neither columns nor constants has currency."),
        (("[columns]", '[formats]\ntimezone = "Mars"\n[columns]'), "shop.toml: formats.timezone Mars is no time zone."),
        (
            ("[columns]", '[formats]\ntime = ["dd.mm.yyyy"]\n[columns]'),
            "shop.toml: formats.time has dd.mm.yyyy, which is neither iso nor a strptime pattern.",
        ),
        (
            ("[columns]", '[joins]\nitems = { file = "items", column = "id", on = "goods.id" }\n[columns]'),
            "shop.toml: joins.items.on names goods, which is not joined before it.",
        ),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(InvalidMapping) as refused:
        load_mapping(write_mapping(tmp_path, SOUND.replace(*change)))
    assert str(refused.value).startswith(message)
