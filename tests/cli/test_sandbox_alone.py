"""`junction sandbox`: the vendors without a Junction beside them."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.sandbox_alone import fault_from_start
from app.connectors.contract import SourceUnavailable
from app.connectors.ports.checking import Checkable
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig, load_configs
from tests.cli.conftest import Here
from tests.cli.processes import LAST_LINE, LINE, REPOSITORY, environment, junction


class Alone:
    def __init__(self, process: "subprocess.Popen[str]", data_dir: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self.data_dir = data_dir
        told = ""
        while not told.endswith(LAST_LINE.strip() + "\n"):
            line = process.stdout.readline()
            assert line, "it ended"
            told += line
        self.told = told

    def sources(self, folder: Path) -> tuple[SourceConfig, ...]:
        """By the file that it tells to write."""
        path = folder / "sources.toml"
        path.write_text(self.told[self.told.index("[sources.") : self.told.index("Faults:")])
        return load_configs(path, {})


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    with subprocess.Popen(
        [*LINE, "sandbox", "--port", "0", "--fault", "shopify=down", "--fault", "stripe=throttled:7"],
        env=environment(DATA_DIR=tmp_path / "data"),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        yield Alone(process, tmp_path / "data")
        process.kill()


async def test_it_answers_whoever_takes_over_its_sources(alone: Alone, tmp_path: Path) -> None:
    configs = alone.sources(tmp_path)
    assert {config.vendor for config in configs} >= {"salesforce", "shopify", "stripe", "ups"}
    registry = Registry(configs)
    findings = {}
    for key in ("salesforce", "ups"):
        connector = registry[key]
        assert isinstance(connector, Checkable)
        findings[key] = await connector.check(deadline=time.monotonic() + 60)
    await registry.close()
    assert [each for found in findings.values() for each in found if not each.is_ok] == []


async def test_its_faults_are_there_from_the_start_and_controlled_from_elsewhere(alone: Alone, tmp_path: Path) -> None:
    registry = Registry([each for each in alone.sources(tmp_path) if each.key == "shopify"])
    shop = registry["shopify"]
    with pytest.raises(SourceUnavailable, match=r"^shopify broke off the connection$"):
        await shop.profiles(["1"], deadline=time.monotonic() + 60)  # type: ignore[attr-defined]
    cleared = junction("sandbox", "fault", "shopify", "clear", DATA_DIR=alone.data_dir)
    assert cleared.stdout == "shopify: clear\n"
    assert await shop.profiles(["1"], deadline=time.monotonic() + 60) == {"1": None}  # type: ignore[attr-defined]
    await registry.close()


def test_a_signal_ends_it_in_order(alone: Alone) -> None:
    address = re.search(r"http://127\.0\.0\.1:[0-9]+", alone.told)
    assert address is not None
    alone.process.send_signal(signal.SIGTERM)
    assert alone.process.wait(30) == 0
    assert not (alone.data_dir / "demo.json").exists()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("shopify", "'shopify' is not SOURCE=FAULT with a FAULT of down, slow, garbage,"),
        ("shopify=explode", "'shopify=explode' is not SOURCE=FAULT with a FAULT of down, slow, garbage,"),
        ("shopify=down:5", "'shopify=down:5': a number goes with slow (milliseconds) and throttled (seconds) only"),
        ("shopify=slow:x", "'shopify=slow:x': a number goes with slow (milliseconds) and throttled (seconds) only"),
        ("oracle=down", "junction: No source of the sandbox is called oracle; choose from "),
    ],
)
def test_a_wrong_fault_is_refused(here: Here, tmp_path: Path, fault: str, message: str) -> None:
    code, out, err = here("sandbox", "--port", "0", "--fault", fault, DATA_DIR=tmp_path)
    assert (code in (1, 2), out) == (True, "")
    assert message in err


def test_events_need_an_address(here: Here, tmp_path: Path) -> None:
    code, out, err = here("sandbox", "--port", "0", "--events-to", "localhost", DATA_DIR=tmp_path)
    assert (code, out) == (2, "")
    assert err.endswith("Error: Invalid value for --events-to: localhost is no address: begin with http://.\n")


def test_slow_without_a_number_is_slower_than_a_deadline() -> None:
    slow, quick = fault_from_start("shopify=slow"), fault_from_start("shopify=slow:0")
    assert (slow.latency_ms, quick.latency_ms) == (5_000, 0)


def test_a_second_one_on_the_folder_is_refused_and_the_first_stays_reachable(alone: Alone) -> None:
    url = re.search(r"http://127\.0\.0\.1:[0-9]+", alone.told)
    assert url is not None
    second = junction("sandbox", "--port", "0", DATA_DIR=alone.data_dir)
    assert (second.returncode, second.stdout, second.stderr) == (
        1,
        "",
        f"junction: Vendors are simulated on {alone.data_dir} already, at {url[0]}; "
        "stop those or choose another DATA_DIR.\n",
    )
    assert junction("sandbox", "fault", "shopify", "clear", DATA_DIR=alone.data_dir).stdout == "shopify: clear\n"
