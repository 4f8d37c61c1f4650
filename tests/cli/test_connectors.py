"""`junction connectors`: what there is, what is configured, and what is told without secrets."""

import json
from pathlib import Path

import pytest

from app.connectors.manifest import load_manifests
from tests.cli.conftest import Here
from tests.cli.processes import junction
from tests.database.processes import fetch

SOURCES = """
[sources.crm]
vendor = "salesforce"
name = "Our CRM"
base_url = "https://acme.my.salesforce.com"
[sources.crm.settings]
client_id = "abc"
client_secret = "${CRM_SECRET}"

[sources.old_shop]
vendor = "shopify"
name = "Old shop"
base_url = "https://acme.myshopify.com"
enabled = false
"""
AWAY = {"COLUMNS": "400", "CRM_SECRET": "s3cret"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(SOURCES)
    return tmp_path


def test_vendors_are_listed_where_no_source_is_configured(here: Here, tmp_path: Path) -> None:
    code, out, err = here("connectors", DATA_DIR=tmp_path, **AWAY)
    assert (code, err) == (0, "")
    first, unknown, empty, heads, *vendors = out.splitlines()
    assert first == "No source is configured: sources.toml in the data folder names them."
    assert unknown == "What was copied is not known: There is no database yet."
    assert (empty, heads.split()) == ("", ["vendor", "kind", "version", "quality", "capabilities"])
    assert [line.split()[0] for line in vendors] == sorted(load_manifests())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("nobody", "https://api.acme.test"), "No source is called nobody; choose from crm, old_shop."),
        (("old_shop", "https://api.acme.test"), "old_shop is disabled."),
        (("crm", "https://api.acme.test"), "The connector to salesforce has no way to subscribe"),
        (("crm", "api.acme.test"), "api.acme.test is no address: begin with https://."),
    ],
)
def test_a_source_that_cannot_be_subscribed_to_says_why(
    here: Here, data_dir: Path, line: tuple[str, str], message: str
) -> None:
    code, _, err = here("connectors", "subscribe", *line, DATA_DIR=data_dir, **AWAY)
    assert code != 0
    assert message in err


def test_configured_sources_are_listed_without_their_secrets(here: Here, data_dir: Path) -> None:
    code, out, err = here("connectors", "--json", DATA_DIR=data_dir, LOG_LEVEL="DEBUG", **AWAY)
    assert (code, err) == (0, "")
    listing = json.loads(out)
    assert [(each["key"], each["vendor"], each["kind"], each["enabled"]) for each in listing["sources"]] == [
        ("crm", "salesforce", "CRM", True),
        ("old_shop", "shopify", "STOREFRONT", False),
    ]
    assert {each["name"]: each["quality"] for each in listing["vendors"]} == {
        name: manifest.quality for name, manifest in load_manifests().items()
    }
    assert "s3cret" not in out


def test_the_store_tells_what_was_copied_when(here: Here, data_dir: Path, migrated_database: str) -> None:
    fetch(migrated_database, "INSERT INTO sources (key, name, kind) VALUES ('crm', 'Our CRM', 'CRM')")
    fetch(
        migrated_database, "INSERT INTO connectors (source_key, last_sync_at) VALUES ('crm', '2026-11-02T03:04:05.6Z')"
    )
    where = {"DATA_DIR": data_dir, "DATABASE_URL": migrated_database} | AWAY
    _, out, _ = here("connectors", "--json", **where)
    listing = json.loads(out)
    assert [each["last_sync_at"] for each in listing["sources"]] == ["2026-11-02T03:04:05.600000Z", None]
    assert listing["without_store"] is None
    _, out, _ = here("connectors", **where)
    assert out.splitlines()[1].split() == ["crm", "salesforce", "CRM", "yes", "-", "-", "2026-11-02", "03:04:05", "UTC"]


def test_the_store_tells_how_copying_goes_and_what_could_not_be_taken_over(
    here: Here, data_dir: Path, migrated_database: str
) -> None:
    fetch(migrated_database, "INSERT INTO sources (key, name, kind) VALUES ('crm', 'Our CRM', 'CRM')")
    fetch(
        migrated_database,
        "INSERT INTO sync_runs (source_key, feed, mode, status, read, error, started_at, ended_at) VALUES"
        " ('crm', 'customers', 'FULL', 'DONE', 7, NULL, '2026-11-01T03:00:00Z', '2026-11-01T03:00:05Z'),"
        " ('crm', 'customers', 'INCREMENTAL', 'FAILED', 0, 'crm [is] away', '2026-11-02T03:00:00Z', now())",
    )
    fetch(
        migrated_database,
        "INSERT INTO sync_cursors (source_key, feed, cursor, synced_at)"
        " VALUES ('crm', 'customers', 'x', '2026-11-01T03:00:05Z')",
    )
    fetch(
        migrated_database,
        "INSERT INTO webhook_deliveries (source_key, external_event_id, sent_at, body, failed_at, failure)"
        " VALUES ('crm', 'e-1', now(), '{}', now(), 'unreadable')",
    )
    where = {"DATA_DIR": data_dir, "DATABASE_URL": migrated_database} | AWAY
    crm, old_shop = json.loads(here("connectors", "--json", **where)[1])["sources"]
    (sync,) = crm["syncs"]
    assert (sync["feed"], sync["status"], sync["error"]) == ("customers", "FAILED", "crm [is] away")
    assert (crm["failed_webhooks"], old_shop["failed_webhooks"], old_shop["syncs"]) == (1, 0, [])
    _, out, _ = here("connectors", **where)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "crm customers FAILED 2026-11-01 03:00:05 UTC - crm [is] away" in lines
    assert "crm: 1 event could not be taken over; see junction webhooks" in lines


def test_the_store_tells_what_sources_would_not_take(here: Here, data_dir: Path, migrated_database: str) -> None:
    fetch(migrated_database, "INSERT INTO sources (key, name, kind) VALUES ('crm', 'Our CRM', 'CRM')")
    fetch(
        migrated_database,
        "INSERT INTO outgoing_documents (source_key, kind, subject_type, subject_id, attempts, given_up_at, reason)"
        " SELECT 'crm', 'CASES', 'Case', id::uuid, 2, at::timestamptz, reason FROM (VALUES"
        " ('00000000-0000-0000-0000-000000000001', '2026-11-02T03:04:05Z', 'no [such] field'),"
        " ('00000000-0000-0000-0000-000000000002', NULL, NULL)) AS document (id, at, reason)",
    )
    where = {"DATA_DIR": data_dir, "DATABASE_URL": migrated_database} | AWAY
    _, out, _ = here("connectors", "--json", **where)
    assert json.loads(out)["given_up"] == [
        {
            "source_key": "crm", "push": "cases", "about": "Case 00000000-0000-0000-0000-000000000001",
            "since": "2026-11-02T03:04:05Z", "attempts": 2, "reason": "no [such] field",
        }
    ]  # fmt: skip
    _, out, _ = here("connectors", **where)
    assert "Case 00000000-0000-0000-0000-000000000001  2026-11-02 03:04:05 UTC  no [such] field" in out


def test_a_source_is_told_once_more_of_what_it_did_not_take(here: Here, data_dir: Path, migrated_database: str) -> None:
    fetch(
        migrated_database, "INSERT INTO sources (key, name, kind) VALUES ('crm', 'Our CRM', 'CRM'), ('erp', 'E', 'ERP')"
    )
    fetch(
        migrated_database,
        "INSERT INTO outgoing_documents (source_key, kind, subject_type, subject_id, attempts, given_up_at, reason)"
        " SELECT source, 'CASES', 'Case', id::uuid, 2, at::timestamptz, reason FROM (VALUES"
        " ('crm', '00000000-0000-0000-0000-000000000001', '2026-11-02T03:04:05Z', 'no such field'),"
        " ('crm', '00000000-0000-0000-0000-000000000002', NULL, NULL),"
        " ('erp', '00000000-0000-0000-0000-000000000003', '2026-11-02T03:04:05Z', 'no'))"
        " AS document (source, id, at, reason)",
    )
    where = {"DATA_DIR": data_dir, "DATABASE_URL": migrated_database} | AWAY
    jobs = "SELECT dedupe_key FROM jobs.pgqueuer ORDER BY 1"
    assert here("connectors", "retry", "crm", **where) == (0, "crm is told again of 1 document.\n", "")
    assert fetch(migrated_database, jobs) == ["push:crm:cases:00000000-0000-0000-0000-000000000001"]
    assert here("connectors", "retry", "crm", **where) == (0, "crm is told again of 0 documents.\n", "")
    _, out, _ = here("connectors", "--json", **where)
    assert [each["source_key"] for each in json.loads(out)["given_up"]] == ["erp"]
    missing = here("connectors", "retry", "crn", **where)
    assert missing == (1, "", "junction: No source is called crn; choose from crm, old_shop.\n")


def test_tables_of_another_version_are_told_and_the_rest_is_listed(
    here: Here, data_dir: Path, fresh_database: str
) -> None:
    _, out, _ = here("connectors", "--json", DATA_DIR=data_dir, DATABASE_URL=fresh_database, **AWAY)
    listing = json.loads(out)
    assert listing["without_store"].endswith("run junction migrate first.")
    assert [each["key"] for each in listing["sources"]] == ["crm", "old_shop"]


def test_a_source_that_cannot_be_checked_says_so(here: Here, data_dir: Path) -> None:
    assert json.loads(here("connectors", "check", "old_shop", "--json", DATA_DIR=data_dir, **AWAY)[1]) == [
        {"source": "old_shop", "what": "source", "verdict": "skipped", "detail": "It is disabled."}
    ]


def test_a_check_of_no_source_names_those_there_are(here: Here, data_dir: Path) -> None:
    told = here("connectors", "check", "shop", DATA_DIR=data_dir, **AWAY)
    assert told == (1, "", "junction: No source is called shop; choose from crm, old_shop.\n")


def test_options_before_the_subcommand_are_not_lost_in_silence(here: Here, data_dir: Path) -> None:
    code, out, err = here("connectors", "--data-dir", str(data_dir), "check", **AWAY)
    assert (code, out) == (2, "")
    assert err.endswith("Error: put the options behind check\n")


@pytest.mark.parametrize("command", [("connectors",), ("connectors", "check"), ("serve", "--port", "0")])
def test_settings_that_do_not_fit_are_told_without_the_secret(data_dir: Path, command: tuple[str, ...]) -> None:
    file = data_dir / "secret"
    file.write_text("s3cret\n")
    (data_dir / "sources.toml").write_text(SOURCES.replace("client_id", "cleint_id"))
    done = junction(*command, DATA_DIR=data_dir, CRM_SECRET_FILE=file, LOG_LEVEL="DEBUG")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "junction: source crm: the setting client_id is missing"
    assert "s3cret" not in done.stdout + done.stderr
