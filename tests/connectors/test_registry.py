"""Which connectors are built from a configuration, and what is said when it does not fit."""

import re
from pathlib import Path

import pytest

from app.connectors.capabilities import CAPABILITIES
from app.connectors.contract import CircuitState, SourceInfo
from app.connectors.manifest import InvalidManifest, load_manifest, load_manifests
from app.connectors.registry import VENDORS, Registry
from app.connectors.source_config import InvalidSourceConfig, SourceConfig, load_configs
from app.domain.source import SourceKind
from tests.connectors.vendor_rows import make_config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "connectors"
MANIFEST = """
name = "acme"
title = "Acme"
kind = "ERP"
capabilities = ["cases"]
api_version = "1"
documentation = "https://acme.test/"
[auth]
kind = "none"
source = "https://acme.test/"
[settings.client]
description = "Number of the client."
required = true
[limits.concurrent_requests]
value = 1
source = "ours"
[quality]
contract-suite = "done"
"""


async def test_one_vendor_may_stand_under_several_keys() -> None:
    configs = [
        make_config("shopify", "http://one.test"),
        make_config("shopify", "http://two.test", key="shopify_outlet"),
        make_config("salesforce", "http://crm.test"),
    ]
    registry = Registry(configs)
    assert [each.key for each in registry.sources] == ["shopify", "shopify_outlet", "salesforce"]
    assert registry["shopify_outlet"].info is registry.sources[1]
    assert registry.circuit("shopify_outlet") is CircuitState.CLOSED
    assert registry.last_failure("shopify_outlet") is None
    await registry.close()


async def test_a_disabled_source_is_known_and_not_built() -> None:
    config = SourceConfig("crm", "salesforce", "Our CRM", "http://crm.test", enabled=False)
    registry = Registry([config])
    capabilities = load_manifests()["salesforce"].capabilities
    expected = SourceInfo("crm", "Our CRM", SourceKind.CRM, False, capabilities)
    assert registry.sources == (expected,)
    assert registry.circuit("crm") is CircuitState.CLOSED
    with pytest.raises(KeyError):
        registry["crm"]
    await registry.close()


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        (
            [make_config("acme", "http://acme.test")],
            f"source acme: no vendor is called 'acme'; choose from {', '.join(sorted(VENDORS))}",
        ),
        (
            [make_config("shopify", "http://shop.test", client_secret="")],
            "source shopify: the setting client_secret is missing",
        ),
        (
            [make_config("shopify", "http://shop.test", client_sceret="s3cret")],
            "source shopify: there is no setting client_sceret; choose from client_id, client_secret",
        ),
        (
            [make_config("shopify", "http://shop.test")] * 2,
            "source shopify is configured twice; give one another key",
        ),
        *(
            (
                [make_config("shopify", base_url)],
                "source shopify: base_url must be an address such as https://shop.example.com",
            )
            for base_url in (
                "shop.test",
                "https://",
                "https://shop.test:x",
                "https://shop.test?a=1",
                "https://a b.test",
            )
        ),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(configs: list[SourceConfig], message: str) -> None:
    with pytest.raises(InvalidSourceConfig, match=f"^{re.escape(message)}$"):
        Registry(configs)


def test_every_vendor_folder_is_in_the_registry() -> None:
    assert load_manifests().keys() == VENDORS.keys()


@pytest.mark.parametrize("name", VENDORS)
async def test_a_client_offers_what_its_manifest_names_and_no_more(name: str) -> None:
    """What it offers is used: whoever needs a capability asks the client, and the manifest is what people read."""
    registry = Registry([make_config(name, "http://vendor.test")])
    offered = {capability for capability, port in CAPABILITIES.items() if isinstance(registry[name], port)}
    await registry.close()
    assert offered == load_manifests()[name].capabilities


@pytest.mark.parametrize("name", VENDORS)
def test_a_manifest_says_for_each_rule_done_or_todo_or_why_exempt(name: str) -> None:
    rules = load_manifests()[name].quality
    documented = set(
        re.findall(r"^- `([a-z-]+)`:", (ROOT / "docs" / "connectors" / "adding-a-vendor.md").read_text(), re.MULTILINE)
    )
    assert rules.keys() == documented
    assert [rule for rule in rules.values() if not re.fullmatch(r"done|(todo|exempt): .+\.", rule)] == []


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_folder_has_the_same_files(name: str) -> None:
    files = {path.name for path in (ROOT / "app" / "connectors" / name).iterdir()}
    assert files >= {"__init__.py", "auth.py", "client.py", "manifest.toml", "mapping.py"}
    assert (ROOT / "docs" / "connectors" / f"{name}.md").exists()


@pytest.mark.parametrize("name", VENDORS)
def test_a_manifest_declares_the_settings_that_the_vendors_code_reads(name: str) -> None:
    folder = ROOT / "app" / "connectors" / name
    declared = load_manifests()[name].settings
    read = {
        setting
        for path in folder.glob("*.py")
        for setting in re.findall(r"settings(?:\.get\(|\[)[\"'](\w+)", path.read_text())
    }
    assert declared.keys() == read
    assert [setting for setting, said in declared.items() if not said.description.endswith(".")] == []
    # A unit is part of the name, too: docs/connectors/adding-a-vendor.md.
    assert [each for each, said in declared.items() if said.unit and f"_{said.unit}" not in each] == []


@pytest.mark.parametrize(
    ("folder", "change", "message"),
    [
        ("acme", ("", ""), None),
        ("other", ("", ""), "name is 'acme' but the folder is 'other'; make them equal"),
        (
            "acme",
            ('["cases"]', '["poems"]'),
            f"unknown capability poems; choose from {', '.join(sorted(CAPABILITIES))}",
        ),
        ("acme", ('"ERP"', '"TOY"'), "Invalid enum value 'TOY' - at `$.kind`"),
        ("acme", ('source = "ours"', ""), "Object missing required field `source` - at `$.limits[...]`"),
        (
            "acme",
            ("required = true", "needed = true"),
            "Object contains unknown field `needed` - at `$.settings[...]`",
        ),
        ("acme", ('title = "Acme"', "title = Acme"), "Invalid value (at line 3, column 9)"),
    ],
)
def test_a_manifest_is_validated(tmp_path: Path, folder: str, change: tuple[str, str], message: str | None) -> None:
    path = tmp_path / folder / "manifest.toml"
    path.parent.mkdir()
    path.write_text(MANIFEST.replace(*change) if change[0] else MANIFEST)
    if message is None:
        manifest = load_manifest(path.parent)
        assert manifest.limit("concurrent_requests") == 1
        with pytest.raises(
            InvalidManifest, match=r"^acme: the manifest lacks \[limits.ids\], which the connector needs$"
        ):
            manifest.limit("ids")
        return
    with pytest.raises(InvalidManifest, match=f"^{re.escape(f'{path}: {message}')}"):
        load_manifest(path.parent)


SOURCES = """
[sources.crm]
vendor = "salesforce"
name = "Our CRM"
base_url = "https://${CRM_DOMAIN}.my.salesforce.com"
[sources.crm.settings]
client_id = "abc"
client_secret = "${CRM_SECRET}"

[sources.old_shop]
vendor = "shopify"
name = "Old shop"
base_url = "https://${OLD_SHOP}.myshopify.com"
enabled = false
full_sync_every_s = 0
"""


def test_configurations_take_secrets_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(SOURCES)
    crm, old_shop = load_configs(path, {"CRM_DOMAIN": "acme", "CRM_SECRET": "s3cret"})
    assert (crm.sync_every_s, crm.full_sync_every_s, old_shop.full_sync_every_s) == (300, 86_400, 0)
    settings = {"client_id": "abc", "client_secret": "s3cret"}
    assert crm == SourceConfig("crm", "salesforce", "Our CRM", "https://acme.my.salesforce.com", settings)
    assert (old_shop.key, old_shop.enabled) == ("old_shop", False)
    assert "s3cret" not in repr(crm)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path, secret = tmp_path / "sources.toml", tmp_path / "crm-secret"
    path.write_text(SOURCES)
    secret.write_text("s3cret\n")
    crm, _ = load_configs(path, {"CRM_DOMAIN": "acme", "CRM_SECRET_FILE": str(secret)})
    assert crm.settings["client_secret"] == "s3cret"
    secret.unlink()
    with pytest.raises(InvalidSourceConfig) as refused:
        load_configs(path, {"CRM_DOMAIN": "acme", "CRM_SECRET_FILE": str(secret)})
    cannot = f"CRM_SECRET_FILE names {secret}, which cannot be read: No such file or directory"
    assert str(refused.value) == f"source crm: client_secret: {cannot}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("", ""),
            "source crm: client_secret needs CRM_SECRET in the environment, "
            "or a file that CRM_SECRET_FILE names; neither is set",
        ),
        (("sources.crm", "sources.Crm"), "source 'Crm': a key is a lower-case word such as shopify or shopify_outlet"),
        (('name = "Our CRM"', ""), "source crm: Object missing required field `name`"),
        (
            ("[sources.crm]", "[sources.crm]\nsynch = []"),
            "source crm: Object contains unknown field `synch`; choose from vendor, name, base_url, settings, ",
        ),
        (
            ("[sources.crm]", '[sources.crm]\nsync = ["customer"]'),
            "source crm: Invalid enum value 'customer' - at `$.sync[0]`; "
            "choose from customers, products, orders, stock, cases, events",
        ),
        (
            ("[sources.crm]", '[sources.crm]\norders = "ours"'),
            "source crm: Invalid enum value 'ours' - at `$.orders`; choose from managed, unmanaged",
        ),
        (("[sources.crm]", "[sources.crm"), "PATH: "),
        (("[sources.", "[source."), "PATH: source is not understood; a source is a table [sources.<key>]"),
        ((SOURCES, "sources = 1"), "PATH: sources is not understood; a source is a table [sources.<key>]"),
        (
            ("${CRM_SECRET}", "${crm_secret}"),
            "source crm: client_secret: a variable is written in capitals, such as ${NAME}",
        ),
        (
            ('name = "Our CRM"', 'name = "Our CRM"\nfull_sync_every_s = 3599'),
            "source crm: full_sync_every_s is 3600 at least, or 0 where no full run is to begin by itself",
        ),
    ],
)
def test_a_wrong_configuration_names_source_and_setting(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(SOURCES.replace(*change) if change[0] else SOURCES)
    with pytest.raises(InvalidSourceConfig, match=f"^{re.escape(message.replace('PATH', str(path)))}"):
        load_configs(path, {"CRM_DOMAIN": "acme"})


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_bytes(SOURCES.encode() + b"\xff")
    with pytest.raises(InvalidSourceConfig, match=r"sources\.toml: 'utf-8' codec"):
        load_configs(path, {"CRM_DOMAIN": "acme", "CRM_SECRET": "s3cret"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSourceConfig, match=r"sources\.toml: .*No such file"):
        load_configs(tmp_path / "sources.toml", {})


def test_the_documentation_says_which_vendor_does_what() -> None:
    table = re.findall(r"^\| `([a-z_]+)` \| [^|]+\|(.*)\|$", (DOCS / "README.md").read_text(), re.MULTILINE)
    told = {capability: {each for each in vendors.strip().split(", ") if each} for capability, vendors in table}
    manifests = load_manifests()
    assert told == {
        capability: {name for name, manifest in manifests.items() if capability in manifest.capabilities}
        for capability in CAPABILITIES
    }


@pytest.mark.parametrize("name", VENDORS)
def test_the_documentation_leads_to_each_vendor(name: str) -> None:
    assert f"({name}.md)" in (DOCS / "README.md").read_text()
