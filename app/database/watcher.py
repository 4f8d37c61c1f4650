"""Runs one Postgres for as long as somebody uses it.

A process of its own, started by server.py with the bare interpreter (standard library only, nothing of ours):

    watcher.py USERS_LOCK SOCKET_FOLDER UID GID DESCRIPTORS COMMAND...

Every process using the server holds a shared lock on USERS_LOCK, which the kernel releases however that process ends.
The watcher waits for the exclusive lock: when it gets it, nobody is left, and Postgres is stopped. A Postgres that was
killed (by the kernel for want of memory, by a mistaken hand) is started again at the same address; one that ended by
itself, told to or over damaged data, is not. UID and GID are what the server runs as, DESCRIPTORS (comma-separated)
what it inherits; among them is the lock that says it lives.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

FAST_SHUTDOWN_TIMEOUT_S = 20
IMMEDIATE_SHUTDOWN_TIMEOUT_S = 5
RESTARTS_MAX = 5
RESTARTS_WITHIN_S = 60
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(users_lock: str, socket_folder: str, uid: int, gid: int, descriptors: list[int], command: list[str]) -> None:
    if os.fork():  # the starter waits for this process only; its child belongs to nobody
        os._exit(0)
    postgres = Postgres(command, uid, gid, descriptors)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: postgres.ask_to_stop(signal.SIGINT))
    threading.Thread(target=_stop_when_unused, args=(postgres, users_lock), daemon=True).start()
    postgres.run()
    shutil.rmtree(socket_folder, ignore_errors=True)


class Postgres:
    """The server, started again when it is killed."""

    def __init__(self, command: list[str], uid: int, gid: int, descriptors: list[int]) -> None:
        self._command = command
        self._uid, self._gid = uid, gid
        self._descriptors = descriptors
        self._stopping = False
        self._server, self._lifeline = self._start()

    def run(self) -> None:
        """Returns when the server has ended and is not to be started again."""
        restarts: deque[float] = deque(maxlen=RESTARTS_MAX)
        while self._server.wait() < 0 and not self._stopping:
            # The rest of its processes may be finishing a query, and two servers must never share the files.
            os.read(self._lifeline, 1)
            os.close(self._lifeline)
            now = time.monotonic()
            if len(restarts) == RESTARTS_MAX and now - restarts[0] < RESTARTS_WITHIN_S:
                _log(f"Postgres was killed {RESTARTS_MAX + 1} times within {RESTARTS_WITHIN_S} s; it stays down")
                return
            _log(f"Postgres was killed by signal {-self._server.returncode}; starting it again")
            restarts.append(now)
            self._server, self._lifeline = self._start()
            if self._stopping:  # asked to meanwhile, when there was no server to tell
                self._server.send_signal(signal.SIGINT)

    def ask_to_stop(self, number: int) -> None:
        self._stopping = True
        self._server.send_signal(number)

    def wait(self, timeout_s: float) -> None:
        """Raises TimeoutExpired."""
        self._server.wait(timeout_s)

    def _start(self) -> "tuple[subprocess.Popen[bytes], int]":
        """The process, and the end of a pipe that ends when no process of the server is left to hold the other."""
        lifeline, held = os.pipe()
        switch = self._uid != os.geteuid()
        server = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
            self._command,
            stdin=subprocess.DEVNULL,
            pass_fds=[*self._descriptors, held],
            preexec_fn=_stop_with_parent(),
            user=self._uid if switch else None,
            group=self._gid if switch else None,
            extra_groups=() if switch else None,
        )
        os.close(held)
        return server, lifeline


def _stop_when_unused(postgres: Postgres, users_lock: str) -> None:
    # Kept to the end of this process: who comes meanwhile waits, then starts a server afresh.
    fcntl.flock(os.open(users_lock, os.O_RDONLY), fcntl.LOCK_EX)
    for number, timeout_s in (
        (signal.SIGINT, FAST_SHUTDOWN_TIMEOUT_S),
        (signal.SIGQUIT, IMMEDIATE_SHUTDOWN_TIMEOUT_S),
    ):
        postgres.ask_to_stop(number)
        try:
            postgres.wait(timeout_s)
        except subprocess.TimeoutExpired:
            continue
        return
    postgres.ask_to_stop(signal.SIGKILL)


def _log(sentence: str) -> None:
    sys.stderr.write(f"watcher: {sentence}\n")
    sys.stderr.flush()


def _stop_with_parent() -> Callable[[], None] | None:
    """On Linux the server stops also when the watcher itself is killed; elsewhere the next process joins it."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    watcher = os.getpid()

    def before_exec() -> None:  # after the change of user, which would clear the signal
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != watcher:
            os._exit(1)

    return before_exec


if __name__ == "__main__":
    users_lock, socket_folder, uid, gid, descriptors, *command = sys.argv[1:]
    main(users_lock, socket_folder, int(uid), int(gid), [int(number) for number in descriptors.split(",")], command)
