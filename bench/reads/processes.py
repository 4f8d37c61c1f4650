"""What a process and its children have used, from /proc (Linux)."""

import os
from collections.abc import Iterator
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system time of the tree under `pid`, with that of children that have ended."""
    return sum(_own_cpu_s(each, with_ended=each == pid) for each in _tree(pid))


def peak_rss_mb(pid: int) -> float:
    """The sum of what each process of the tree held at most."""
    return sum(_status_kb(each, "VmHWM") for each in _tree(pid)) / 1024


def parent(pid: int) -> int:
    return int(_status(pid, "PPid"))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue  # ended meanwhile
        for child in children:
            yield from _tree(int(child))


def _own_cpu_s(pid: int, *, with_ended: bool) -> float:
    try:
        # The second field is the command in parentheses, which may hold blanks.
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    except OSError:
        return 0.0
    return sum(map(int, times if with_ended else times[:2])) / TICKS_PER_S


def _status_kb(pid: int, name: str) -> int:
    try:
        return int(_status(pid, name).split()[0])
    except OSError:
        return 0


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))
