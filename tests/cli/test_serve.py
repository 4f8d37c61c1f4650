"""`junction serve --demo` as a process: what it tells, serves, shares, and leaves behind."""

import json
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.cli.demo_sources import DEMO_SOURCES
from app.cli.welcome import DEMO_QUERY
from app.stores.migrations import newest_revision
from tests.cli.processes import Serving, environment, junction, serving
from tests.database.processes import is_served, wait_until

CASES = {
    "query": '{ customer(by: {email: "ada.lovelace@example.com"}) { number cases(first: 1) { nodes { status } } } }'
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(data_dir: Path) -> Iterator[Serving]:
    """Whose plans are made and whose tokens are fetched, which takes a busy machine longer than a source may."""
    with serving("--demo", PORT=0, DATA_DIR=data_dir, LOG_LEVEL="DEBUG", SOURCE_TIMEOUT_S=4) as running:
        _ask(running.address, {"query": DEMO_QUERY})
        yield running


def _ask(address: str, body: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = httpx2.post(f"{address}/graphql", json=body, timeout=60).raise_for_status().json()
    return answer


def test_the_hero_answers_from_store_crm_and_storefronts(demo: Serving) -> None:
    answer = _ask(demo.address, {"query": DEMO_QUERY})
    customer = answer["data"]["customer"]
    assert "errors" not in answer
    assert customer["displayName"] == "Ada Lovelace"
    assert {each["source"]["key"] for each in customer["identities"]} == {
        "salesforce", "sap", "shopify", "shopify_outlet",
    }  # fmt: skip
    assert len(customer["orders"]["nodes"]) == 5
    assert len(customer["cases"]["nodes"]) == 3
    assert [each["state"] for each in customer["storefrontProfiles"]["sources"]] == ["FRESH", "FRESH"]


def test_the_sources_of_the_demo_are_listed(demo: Serving, data_dir: Path) -> None:
    listing = json.loads(junction("connectors", "--json", DATA_DIR=data_dir).stdout)
    assert [each["key"] for each in listing["sources"]] == [each.key for each in DEMO_SOURCES]
    assert listing["without_store"] is None


def test_the_sources_of_the_demo_can_be_checked(demo: Serving, data_dir: Path) -> None:
    done = junction("connectors", "check", "salesforce", "--json", DATA_DIR=data_dir)
    findings = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {(each["source"], each["verdict"]) for each in findings} == {("salesforce", "ok")}
    assert [each["what"] for each in findings][:2] == ["credentials", "object Contact"]


def test_the_first_start_says_what_it_is_at(demo: Serving, data_dir: Path) -> None:
    lines = [json.loads(line) for line in demo.log().splitlines()]
    steps = ["making a database", "made the tables", "loading the demo's data", "serving"]
    assert [line["event"] for line in lines if line["event"] in steps] == steps
    assert lines[0]["folder"] == str(data_dir / "postgres")
    assert "Running upgrade" not in demo.log()


def test_the_printed_curl_line_runs_as_it_stands(demo: Serving) -> None:
    done = subprocess.run(demo.curl, shell=True, capture_output=True, env=environment(), check=True)  # noqa: S602
    assert json.loads(done.stdout)["data"]["customer"]["displayName"] == "Ada Lovelace"


def test_it_is_alive_and_ready(demo: Serving) -> None:
    assert httpx2.get(f"{demo.address}/health/live").json() == {"status": "ok"}
    ready = httpx2.get(f"{demo.address}/health/ready")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "migrations": "ok"})


def test_a_source_is_switched_off_and_on(demo: Serving, data_dir: Path) -> None:
    down = junction("sandbox", "fault", "salesforce", "down", DATA_DIR=data_dir)
    assert (down.returncode, down.stdout) == (0, "salesforce: down\n")
    answer = _ask(demo.address, CASES)
    assert answer["data"]["customer"] == {"number": "C100001", "cases": None}
    assert [(each["path"], each["extensions"]["source"]) for each in answer["errors"]] == [
        (["customer", "cases"], "salesforce")
    ]
    clear = junction("sandbox", "fault", "salesforce", "clear", DATA_DIR=data_dir)
    assert (clear.returncode, clear.stdout) == (0, "salesforce: clear\n")


def test_a_slow_source_misses_its_deadline(demo: Serving, data_dir: Path) -> None:
    slow = junction("sandbox", "fault", "salesforce", "slow", DATA_DIR=data_dir)
    assert (slow.returncode, slow.stdout) == (0, "salesforce: slow, 5000 ms\n")
    answer = _ask(demo.address, CASES)
    assert answer["data"]["customer"] == {"number": "C100001", "cases": None}
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["SOURCE_TIMED_OUT"]
    assert junction("sandbox", "fault", "salesforce", "clear", DATA_DIR=data_dir).returncode == 0


def test_the_sandbox_says_which_sources_it_has(demo: Serving, data_dir: Path) -> None:
    refused = junction("sandbox", "fault", "oracle", "slow", "--latency-ms", "5", DATA_DIR=data_dir)
    assert refused.returncode == 1
    assert refused.stderr == (
        "junction: No source is called oracle; choose from salesforce, sap, shopify, shopify_outlet, stripe, ups.\n"
    )


def test_a_parcel_moves_along(demo: Serving, data_dir: Path) -> None:
    query = "{ customers(first: 25) { nodes { shipments(first: 10) { nodes { carrier { key } trackingNumber } } } } }"
    customers = _ask(demo.address, {"query": query})["data"]["customers"]["nodes"]
    found = [parcel for each in customers for parcel in each["shipments"]["nodes"]]
    number = next(each["trackingNumber"] for each in found if (each["carrier"] or {}).get("key") == "ups")
    moved = junction("sandbox", "parcel", number, "returned", "--at", "2099-01-02T03:04:05", DATA_DIR=data_dir)
    assert (moved.returncode, moved.stdout) == (0, f"{number}: returned\n")
    tracking = f'{{ shipment(by: {{trackingNumber: "{number}"}}) {{ tracking {{ status events {{ at }} }} }} }}'
    told = _ask(demo.address, {"query": tracking})["data"]["shipment"]["tracking"]
    assert (told["status"], told["events"][-1]["at"]) == ("RETURNED_TO_SENDER", "2099-01-02T03:04:05+00:00")
    refused = junction("sandbox", "parcel", "1Z", "lost", DATA_DIR=data_dir)
    assert (refused.returncode, refused.stderr) == (1, "junction: No parcel has this tracking number.\n")


def test_the_way_to_the_sandbox_is_the_owners_alone(demo: Serving, data_dir: Path) -> None:
    assert stat.S_IMODE((data_dir / "demo.json").stat().st_mode) == 0o600


def test_a_second_command_joins_the_database(demo: Serving, data_dir: Path) -> None:
    migrated = junction("migrate", DATA_DIR=data_dir)
    assert (migrated.returncode, migrated.stdout) == (0, f"Already at {newest_revision()}.\n")
    examined = junction("doctor", "--json", DATA_DIR=data_dir)
    findings = {finding["check"]: finding for finding in json.loads(examined.stdout)}
    assert findings["database.reachable"]["summary"] == "The database answers (joined)"
    assert [name for name, finding in findings.items() if finding["verdict"] == "FAILED"] == []
    assert examined.returncode == 0


def test_requests_are_logged_as_json_without_their_query(demo: Serving) -> None:
    _ask(demo.address, CASES)
    lines = [json.loads(line) for line in demo.log().splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"][-1:]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/graphql", 200)
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])
    assert "ada.lovelace" not in demo.log()


def test_a_term_signal_stops_all_of_it_in_order(demo: Serving, data_dir: Path) -> None:
    assert demo.stop(signal.SIGTERM) == 0
    assert not is_served(data_dir)
    assert not (data_dir / "demo.json").exists()
    assert "Traceback" not in demo.log()


def test_a_kill_leaves_nothing_running_and_loses_nothing(data_dir: Path) -> None:
    """Second and third start on the folder: the story is told once, and goes on being the same."""
    with serving("--demo", PORT=0, DATA_DIR=data_dir, SOURCE_TIMEOUT_S=20) as first:
        before = _ask(first.address, {"query": DEMO_QUERY})
        first.stop(signal.SIGKILL)
    wait_until(lambda: not is_served(data_dir))
    with serving("--demo", PORT=0, DATA_DIR=data_dir, SOURCE_TIMEOUT_S=20) as second:
        after = _ask(second.address, {"query": DEMO_QUERY})
        assert second.stop(signal.SIGINT) == 0
    assert _without_times(after) == _without_times(before)
    assert not is_served(data_dir)


def _without_times(answer: dict[str, Any]) -> str:
    """An answer but for when its live parts were read."""
    return re.sub(r'"asOf": "[^"]+"', "", json.dumps(answer))
