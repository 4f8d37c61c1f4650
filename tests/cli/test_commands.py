"""The commands that need no demo."""

import json
import re
import subprocess
import sys
from importlib.metadata import version
from itertools import product
from pathlib import Path

import httpx2

from app.cli.commands import COMMANDS
from app.stores.laws import LAWS
from app.stores.migrations import newest_revision
from tests.cli.conftest import Here
from tests.cli.processes import REPOSITORY, junction, serving
from tests.database.processes import fetch, is_served


def test_version(here: Here) -> None:
    assert here("version") == (0, f"junction {version('junction')}\n", "")


def test_every_help_fits_a_terminal_and_breaks_off_no_sentence(here: Here) -> None:
    lines: list[tuple[str, ...]] = [()]
    for line in lines:
        code, out, err = here(*line, "--help", COLUMNS="80")
        assert (code, err) == (0, "")
        assert ("..." in out.replace("[ARGS]...", ""), max(map(len, out.splitlines())) <= 80) == (False, True), out
        _, _, commands = out.partition("\nCommands:\n")
        lines += [(*line, row.split()[0]) for row in commands.splitlines()]
    assert len(lines) > len(COMMANDS)


def test_a_signal_while_the_modules_load_ends_it_without_a_word() -> None:
    program = (
        "import signal, sys, types\n"
        # Ignored from the start where the tests run in the background of a shell.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def find_spec(name, path=None, target=None):\n"
        "    if name == '{module}':\n"
        "        signal.raise_signal(signal.{signal})\n"
        "sys.meta_path.insert(0, types.SimpleNamespace(find_spec=find_spec))\n"
        "from app.cli import main\n"
        "main(['schema'])\n"
    )
    # Of all commands, and of the one that is called.
    for name, module in product(("SIGINT", "SIGTERM"), ("app.cli.errors", "app.cli.schema")):
        line = (sys.executable, "-c", program.replace("{signal}", name).replace("{module}", module))
        done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_schema_prints_the_sdl(here: Here) -> None:
    code, out, _ = here("schema")
    assert code == 0
    assert "type Query {" in out.splitlines()


def test_doctor_makes_no_database_where_there_is_none(here: Here, tmp_path: Path) -> None:
    code, out, _ = here("doctor", "--json", DATA_DIR=tmp_path / "data")
    failed = [finding["summary"] for finding in json.loads(out) if finding["verdict"] == "FAILED"]
    assert (code, failed) == (1, ["There is no database yet"])
    assert not (tmp_path / "data").exists()


def test_seed_fills_a_database_once_and_doctor_finds_it_sound(fresh_database: str, tmp_path: Path) -> None:
    wrote = junction("seed", DATABASE_URL=fresh_database).stdout
    assert re.fullmatch(r"Wrote [0-9,]+ rows into [0-9]+ tables\.\n", wrote)
    orders = fetch(fresh_database, "SELECT count(*) FROM orders")
    assert junction("seed", "--database-url", fresh_database).stdout == "The demo's data is there already.\n"
    assert fetch(fresh_database, "SELECT count(*) FROM orders") == orders
    done = junction("doctor", DATABASE_URL=fresh_database, DATA_DIR=tmp_path)
    assert done.returncode == 0
    told = [line.split()[:2] for line in done.stdout.splitlines()]
    assert told[-len(LAWS) :] == [[law.name, "OK"] for law in LAWS]


def test_seed_keeps_invented_customers_apart_from_real_ones(fresh_database: str) -> None:
    assert junction("migrate", DATABASE_URL=fresh_database).stdout == f"Migrated from nothing to {newest_revision()}.\n"
    fetch(fresh_database, "INSERT INTO customers (kind, display_name) VALUES ('PERSON', 'Grace')")
    refused = junction("seed", DATABASE_URL=fresh_database)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1].startswith("junction: ")
    assert fetch(fresh_database, "SELECT display_name FROM customers") == ["Grace"]
    broken = junction("doctor", DATABASE_URL=fresh_database)
    assert broken.returncode == 1
    assert "crosswalk.orphans (rows: 1): Link the customer to the record that it came from" in broken.stdout


def test_sources_come_from_the_data_folder(here: Here, tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[sources.crm]\nvendor = "salesforce"\nname = "Our CRM"\nbase_url = "https://crm.example.com"\n'
        'settings = {client_id = "us", client_secret = "${CRM_SECRET}"}\n'
    )
    _, without, _ = here("doctor", "--json", DATA_DIR=tmp_path)
    assert "crm: client_secret needs CRM_SECRET in the environment" in without
    _, given, _ = here("doctor", "--json", DATA_DIR=tmp_path, CRM_SECRET="s3cret")
    assert "Sources configured: crm" in given
    assert "s3cret" not in given


def test_a_database_of_ones_own_is_not_migrated_by_serving(fresh_database: str, tmp_path: Path) -> None:
    refused = junction("serve", PORT=0, DATABASE_URL=fresh_database, DATA_DIR=tmp_path)
    sentence = "The database's tables are not those of this version; run junction migrate first."
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", f"junction: {sentence}\n")


def test_serving_without_the_demo_starts_empty(tmp_path: Path) -> None:
    with serving(PORT=0, DATA_DIR=tmp_path) as running:
        asked = httpx2.post(
            f"{running.address}/graphql", json={"query": "{ customers { totalCount } connectors { id } }"}
        )
        assert asked.json() == {"data": {"customers": {"totalCount": 0}, "connectors": []}}
        assert is_served(tmp_path)
        assert not (tmp_path / "demo.json").exists()
