"""No child of ours outlives us: one small shell holds a pipe of ours, and ends them when it ends.

A killed process cannot clean up, and not every command ends with its input. The shell is told of
each child's process group when it starts and when it is over.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

_SCRIPT = """\
trap "" HUP INT TERM
while read -r sign group folder; do
  left=$#
  while [ "$left" -gt 0 ]; do
    [ "${1%% *}" = "$group" ] || set -- "$@" "$1"
    shift
    left=$((left - 1))
  done
  [ "$sign" = - ] || set -- "$@" "$group $folder"
done
[ $# -gt 0 ] || exit 0
for each; do kill -s TERM -- "-${each%% *}"; done
sleep 1
for each; do
  kill -s KILL -- "-${each%% *}"
  folder=${each#* }
  [ -z "$folder" ] || rm -rf -- "$folder"
done"""


class Orphanage:
    """Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shell: subprocess.Popen[bytes] | None = None
        self._known: dict[int, Path | None] = {}

    @contextlib.contextmanager
    def knowing(self, group: int, folder: Path | None = None) -> Iterator[None]:
        """If we are killed while inside, all of the process `group` is ended, and `folder` removed
        with what is in it. Raises OSError."""
        try:
            with self._lock:
                self._known[group] = folder
                self._tell(_line("+", group, folder))
            yield
        finally:
            # Should there be no shell now, the next one is not told of it.
            with self._lock, contextlib.suppress(OSError):
                del self._known[group]
                self._tell(_line("-", group))

    def _tell(self, line: bytes) -> None:
        if self._shell is None or self._shell.poll() is not None:
            self._start()
            return
        assert self._shell.stdin is not None
        try:
            self._shell.stdin.write(line)
        except BrokenPipeError:
            self._start()

    def _start(self) -> None:
        """A new one knows what the one before it knew."""
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, cwd="/", bufsize=0,
        )  # fmt: skip
        assert self._shell.stdin is not None
        lines = (_line("+", group, folder) for group, folder in self._known.items())
        self._shell.stdin.write(b"".join(lines))


def _line(sign: str, group: int, folder: Path | None = None) -> bytes:
    return f"{sign} {group} {folder or ''}\n".encode(errors="surrogateescape")


ORPHANAGE = Orphanage()
"""Of this process."""
