"""``python -m perfconsole.controller.guarding COMMAND FOLDER``: a shell command that dies with us.

It leads a process group of its own. Its stdin is a pipe that the controller holds and never writes
to: when that ends, the controller is gone, and the whole group is killed. Else its exit status is
the command's, 128 and the signal's number for one that was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

SHELL = "/bin/sh"
NO_SHELL = 127


def main(command: str, folder: str) -> int:
    signal.signal(signal.SIGTERM, lambda *_: None)  # it is for the command: we tell how that ended
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = subprocess.Popen([SHELL, "-c", command], stdin=subprocess.DEVNULL, cwd=folder)
    except OSError as error:
        sys.stderr.write(f"{error.strerror}: {error.filename}\n")
        return NO_SHELL
    threading.Thread(target=_kill_all_at_eof, daemon=True).start()
    status = process.wait()
    return status if status >= 0 else 128 - status


def _kill_all_at_eof() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
