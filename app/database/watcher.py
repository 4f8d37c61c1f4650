"""Runs one Postgres for as long as somebody uses it.

A process of its own, started by server.py with the bare interpreter (standard library only, nothing of ours):

    watcher.py USERS_LOCK SOCKET_FOLDER UID GID DESCRIPTORS COMMAND...

Every process using the server holds a shared lock on USERS_LOCK, which the kernel releases however that process ends.
The watcher waits for the exclusive lock: when it gets it, nobody is left, and Postgres is stopped. UID and GID are
what the server runs as, DESCRIPTORS (comma-separated) what it inherits; among them is the lock that says it lives.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

FAST_SHUTDOWN_TIMEOUT_S = 20
IMMEDIATE_SHUTDOWN_TIMEOUT_S = 5
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(users_lock: str, socket_folder: str, uid: int, gid: int, descriptors: list[int], command: list[str]) -> None:
    if os.fork():  # the starter waits for this process only; its child belongs to nobody
        os._exit(0)
    switch = uid != os.geteuid()
    server = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=descriptors,
        preexec_fn=_stop_with_parent(),
        user=uid if switch else None,
        group=gid if switch else None,
        extra_groups=() if switch else None,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.send_signal(signal.SIGINT))
    threading.Thread(target=_stop_when_unused, args=(server, users_lock), daemon=True).start()
    server.wait()
    shutil.rmtree(socket_folder, ignore_errors=True)


def _stop_when_unused(server: "subprocess.Popen[bytes]", users_lock: str) -> None:
    # Kept to the end of this process: who comes meanwhile waits, then starts a server afresh.
    fcntl.flock(os.open(users_lock, os.O_RDONLY), fcntl.LOCK_EX)
    for number, timeout_s in (
        (signal.SIGINT, FAST_SHUTDOWN_TIMEOUT_S),
        (signal.SIGQUIT, IMMEDIATE_SHUTDOWN_TIMEOUT_S),
    ):
        server.send_signal(number)
        try:
            server.wait(timeout_s)
        except subprocess.TimeoutExpired:
            continue
        return
    server.kill()


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
