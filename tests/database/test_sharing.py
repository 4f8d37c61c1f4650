"""Several processes on one data folder: who starts the server, who joins, and when it stops."""

import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.database.open import open_database
from tests.database.processes import fetch, is_served, postmaster_pid, running, wait_until


def test_second_process_joins_and_never_stops_the_server(tmp_path: Path) -> None:
    with running("hold.py", tmp_path) as owner:
        origin, url = owner.first_line()
        with open_database(None, tmp_path) as joined:
            assert (origin, joined.origin, joined.url) == ("embedded", "joined", url)
            assert fetch(joined.url, "SELECT 1") == [1]
        assert fetch(url, "SELECT 1") == [1]
        owner.leave()
    assert not is_served(tmp_path)


def test_server_outlives_its_starter_for_those_who_joined(tmp_path: Path) -> None:
    with running("hold.py", tmp_path) as owner:
        owner.first_line()
        with open_database(None, tmp_path) as joined:
            pid = postmaster_pid(tmp_path)
            owner.kill()
            assert fetch(joined.url, "SELECT 1") == [1]
            assert postmaster_pid(tmp_path) == pid
    assert not is_served(tmp_path)


def test_processes_starting_at_once_share_one_server(tmp_path: Path) -> None:
    with ExitStack() as stack:
        programs = [stack.enter_context(running("hold.py", tmp_path)) for _ in range(4)]
        lines = [program.first_line() for program in programs]
        assert sorted(origin for origin, _ in lines) == ["embedded", "joined", "joined", "joined"]
        assert len({url for _, url in lines}) == 1
        assert fetch(lines[0][1], "SELECT 1") == [1]
    wait_until(lambda: not is_served(tmp_path))


def test_process_coming_while_the_server_stops_starts_it_anew(tmp_path: Path) -> None:
    for _ in range(3):
        with running("hold.py", tmp_path) as owner:
            owner.first_line()
            owner.kill()
            with open_database(None, tmp_path) as database:
                assert fetch(database.url, "SELECT 1") == [1]


def test_interrupt_in_the_terminal_leaves_the_server_to_the_application(tmp_path: Path) -> None:
    with running("hold.py", tmp_path) as owner:
        owner.first_line()
        os.killpg(owner.process.pid, signal.SIGINT)
        assert owner.lines(1) == ["42"]
        owner.process.wait()
    assert not is_served(tmp_path)


def test_termination_without_cleanup_stops_the_server(tmp_path: Path) -> None:
    with running("hold.py", tmp_path) as owner:
        owner.first_line()
        owner.process.terminate()
        owner.process.wait()
        wait_until(lambda: not is_served(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_server_stops_when_its_watcher_is_killed(tmp_path: Path) -> None:
    with open_database(None, tmp_path, durable=False) as killed:
        status = Path(f"/proc/{postmaster_pid(tmp_path)}/status").read_text()
        watcher = int(status.partition("PPid:")[2].split()[0])
        os.kill(watcher, signal.SIGKILL)
        wait_until(lambda: not is_served(tmp_path))
    shutil.rmtree(parse_qs(urlsplit(killed.url).query)["host"][0])  # what the watcher would have done
    with open_database(None, tmp_path, durable=False) as database:
        assert (database.origin, fetch(database.url, "SELECT 1")) == ("embedded", [1])
